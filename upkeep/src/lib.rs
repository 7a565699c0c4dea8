//! What an operator runs beside the services, once each time: bringing the schema up to date, and auditing that what must
//! always hold does. Serves nobody.

mod config;
pub use config::{Config, Task};

pub mod audit;
mod store;

use std::time::Duration;

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

/// How long the database may take to let somebody in.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Why a task was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database can't be reached.
    #[error("DATABASE_URL: can't reach the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The database took too long to let us in.
    #[error("DATABASE_URL: no answer from the database within {} s", CONNECT_MAX.as_secs())]
    Silent,
    /// A migration failed; the schema is as it was before that one.
    #[error("can't migrate: {0}")]
    Migrate(#[from] usher::database::Error),
    /// The audit could not be carried out.
    #[error("can't audit: {0}")]
    Audit(#[from] diesel::result::Error),
    /// The audit found what must never be.
    #[error("{0} violations")]
    Violated(usize),
}

/// Does the task.
pub async fn run(config: Config) -> Result<(), Error> {
    match config.task {
        Task::Migrate => Ok(usher::database::migrate(config.database_url.expose_secret()).await?),
        Task::Audit => audit(&config.database_url, config.audit_statement_ms).await,
    }
}

async fn audit(url: &SecretString, statement_ms_max: u64) -> Result<(), Error> {
    let connecting = timeout(CONNECT_MAX, AsyncPgConnection::establish(url.expose_secret()));
    let mut conn = connecting.await.map_err(|_| Error::Silent)??;
    conn.batch_execute(&format!("SET statement_timeout = {statement_ms_max}; SET default_transaction_read_only = on"))
        .await?;
    let violations = audit::check(&mut conn).await?;
    for violation in &violations {
        tracing::error!(invariant = violation.invariant, "{}", violation.what);
    }
    if violations.is_empty() {
        tracing::info!("I1, I2 and I6 hold");
        return Ok(());
    }
    Err(Error::Violated(violations.len()))
}
