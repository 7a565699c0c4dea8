//! A pool of connections, each set up the same way.

use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, bb8},
};

use super::Error;

pub(super) type Pool = bb8::Pool<AsyncPgConnection>;

/// What every connection of a pool is set to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) pool_size: u32,
    pub(super) wait_max: Duration,
    pub(super) statement_ms_max: u64,
    pub(super) read_only: bool,
}

pub(super) fn new(url: &str, session: Session) -> Pool {
    let mut config = ManagerConfig::default();
    // The default asks the server at each checkout whether it is there; the query itself finds that out.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| Box::pin(connect(url, session)));
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config);
    bb8::Pool::builder()
        .max_size(session.pool_size)
        .connection_timeout(session.wait_max)
        .test_on_check_out(false)
        .build_unchecked(manager)
}

async fn connect(url: &str, session: Session) -> Result<AsyncPgConnection, ConnectionError> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    let setup = format!(
        // A client that is gone must not hold its locks until its statement ends.
        "SET client_connection_check_interval = '200ms'; \
         SET statement_timeout = {statement}; \
         SET lock_timeout = {statement}; \
         SET idle_in_transaction_session_timeout = {idle}; \
         SET lc_messages = 'C'; \
         SET timezone = 'UTC'; \
         SET default_transaction_read_only = {read_only}; \
         SET synchronous_commit = remote_apply",
        statement = session.statement_ms_max,
        idle = session.statement_ms_max.saturating_mul(2),
        read_only = session.read_only,
    );
    conn.batch_execute(&setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

pub(super) async fn ping(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let answer = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"));
    answer.execute(conn).await?;
    Ok(())
}
