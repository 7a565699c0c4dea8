//! All SQL of the bench: the house that seats are sold of, the bare statements of the hot path, and what the database
//! says of itself. Much of it is raw: diesel's builder knows neither sets that PostgreSQL makes up nor its settings.

pub mod batch;
pub mod catalogue;
mod find_earlier;
pub mod house;
mod take_seats;

use std::collections::BTreeMap;

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Integer, Text},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::{cores, error::Error};

/// What the report shows of PostgreSQL's settings.
const SETTINGS: &str = "server_version, fsync, full_page_writes, synchronous_commit, synchronous_standby_names, \
                        wal_sync_method, wal_level, shared_buffers, max_wal_size, data_directory";

/// Connects. Each commit waits for the replica, where there is one, so that none of this work is left to it when a
/// measurement begins.
pub async fn connect(url: &str) -> Result<AsyncPgConnection, Error> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    conn.batch_execute("SET synchronous_commit = remote_apply; SET timezone = 'UTC'").await?;
    Ok(conn)
}

/// The URL of the database `name` on the server of `url`.
pub fn beside(url: &str, name: &str) -> String {
    url.rsplit_once('/').map_or_else(|| url.to_owned(), |(server, _)| format!("{server}/{name}"))
}

/// Creates the database `name` on the server of `url`.
pub async fn create(url: &str, name: &str) -> Result<(), Error> {
    Ok(connect(url).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?)
}

/// Drops it, whoever is connected to it.
pub async fn drop(url: &str, name: &str) -> Result<(), Error> {
    Ok(connect(url).await?.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?)
}

/// The process of the server at `url`: the parent of whichever serves a connection.
pub async fn server_pid(url: &str) -> Result<u32, Error> {
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    let mut conn = AsyncPgConnection::establish(url).await?;
    let backend: Backend = sql_query("SELECT pg_backend_pid() AS pid").get_result(&mut conn).await?;
    let backend = u32::try_from(backend.pid).map_err(std::io::Error::other)?;
    // Asked while the connection stands: its process ends with it.
    Ok(cores::parent(backend)?)
}

/// The server's settings that decide what a commit costs.
pub async fn settings(url: &str) -> Result<BTreeMap<String, String>, Error> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        value: String,
    }
    // A connection that was told nothing else.
    let mut conn = AsyncPgConnection::establish(url).await?;
    let settings = "SELECT name, current_setting(name) AS value FROM unnest(string_to_array($1, ', ')) AS name";
    let settings: Vec<Setting> = sql_query(settings).bind::<Text, _>(SETTINGS).load(&mut conn).await?;
    Ok(settings.into_iter().map(|setting| (setting.name, setting.value)).collect())
}
