//! The replica's slot on the primary: what makes it keep the log that the replica has not seen yet. Raw SQL: diesel's
//! builder knows no catalogue and none of its functions.

use std::net::SocketAddr;

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

use super::{Cluster, REPLICA, connect};
use crate::error::Error;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// Makes the slot, unless it is there; answers whether the primary still has all that the replica lacks.
pub(super) async fn keep(cluster: &Cluster, primary: SocketAddr) -> Result<bool, Error> {
    let mut conn = primary_conn(cluster, primary).await?;
    let make = sql_query(
        "SELECT pg_create_physical_replication_slot($1, true) WHERE NOT EXISTS \
         (SELECT 1 FROM pg_replication_slots WHERE slot_name = $1)",
    );
    make.bind::<Text, _>(REPLICA).execute(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    let kept = sql_query("SELECT wal_status <> 'lost' AS answer FROM pg_replication_slots WHERE slot_name = $1");
    let kept: Answer =
        kept.bind::<Text, _>(REPLICA).get_result(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    Ok(kept.answer)
}

/// Drops the slot: one that lost its log can't be used again, and one that a copy before left is in nobody's use.
pub(super) async fn drop(cluster: &Cluster, primary: SocketAddr) -> Result<(), Error> {
    let mut conn = primary_conn(cluster, primary).await?;
    let drop = sql_query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active",
    );
    drop.bind::<Text, _>(REPLICA).execute(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    Ok(())
}

async fn primary_conn(cluster: &Cluster, primary: SocketAddr) -> Result<AsyncPgConnection, Error> {
    connect(&cluster.url(primary, "postgres")).await.map_err(failed)
}

const fn failed(why: String) -> Error {
    Error::Database { doing: "look after the replica's slot", why }
}
