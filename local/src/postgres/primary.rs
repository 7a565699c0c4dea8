//! The server that is written to.

use std::{path::PathBuf, time::Duration};

use diesel::{QueryableByName, sql_query, sql_types::Bool};
use diesel_async::RunQueryDsl as _;

use super::{Cluster, DATABASE, cluster, connect};
use crate::{
    error::Error,
    health,
    layout::Layout,
    port::Port,
    supervisor::{Preparation, Stage, Supervisor},
};

/// How long the primary may take to serve: after a crash it replays its log first.
const UP_MAX: Duration = Duration::from_secs(180);

/// Starts the primary and answers once it serves.
pub(crate) async fn start(
    supervisor: &mut Supervisor,
    layout: &Layout,
    cluster: &Cluster,
    port: &mut Port,
) -> Result<(), Error> {
    cluster.make().await?;
    let data = cluster.primary();
    cluster::end_leftover(&data).await?;
    let server = cluster.server("postgres-primary", &data, port.release());
    let name = server.name;
    supervisor.start(Stage::Primary, layout, server, Some(clean(data)));
    // The database that is always there.
    let url = cluster.url(port.client_addr(), "postgres");
    health::until(name, &layout.log(name), UP_MAX, async || connect(&url).await.map(drop)).await
}

/// Makes Usher's database, unless it is there.
pub(crate) async fn make_database(cluster: &Cluster, port: &Port) -> Result<(), Error> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    let failed = |why: String| Error::Database { doing: "make the database", why };
    let mut conn = connect(&cluster.url(port.client_addr(), "postgres")).await.map_err(failed)?;
    let exists = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1) AS found";
    let exists = sql_query(exists).bind::<diesel::sql_types::Text, _>(DATABASE);
    let found: Found = exists.get_result(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    if !found.found {
        let make = sql_query(format!("CREATE DATABASE {DATABASE}"));
        make.execute(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// Before each start: the server before may have been killed.
fn clean(data: PathBuf) -> Preparation {
    Box::new(move |_| {
        let data = data.clone();
        Box::pin(async move { cluster::end_leftover(&data).await })
    })
}
