//! The launcher's own connections to PostgreSQL: few, short, never synchronous.

use std::time::Duration;

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Connects. Commits of the connection don't wait for the replica: the launcher works also while there is none.
pub(crate) async fn connect(url: &str) -> Result<AsyncPgConnection, String> {
    let connect = async {
        let mut conn = AsyncPgConnection::establish(url).await.map_err(|error| error.to_string())?;
        let setup = "SET synchronous_commit = local; SET statement_timeout = '60s'; SET timezone = 'UTC'";
        conn.batch_execute(setup).await.map_err(|error| error.to_string())?;
        Ok(conn)
    };
    tokio::time::timeout(CONNECT_MAX, connect).await.unwrap_or_else(|_| Err("no answer".into()))
}
