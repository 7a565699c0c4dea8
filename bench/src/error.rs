//! What keeps a measurement from being taken.

use usher::database::{self, Fault, Faulty};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not where `make bench` builds it.
    #[error("{0} is missing: run `make bench`")]
    NotBuilt(String),
    /// Another run has the folder.
    #[error("a bench runs already in {0}: let it end, or set BENCH_DIR")]
    Running(String),
    /// pgbench is not beside PostgreSQL's other programs.
    #[error("{0} is missing: install it; on Debian it comes with postgresql, elsewhere with postgresql-contrib")]
    NoPgbench(String),
    /// The event that is looked at can't be seen.
    #[error("GetEvent: {0}")]
    View(Box<tonic::Status>),
    /// Nothing can be searched.
    #[error("Search: {0}")]
    Search(Box<tonic::Status>),
    /// Redis.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// A file or a process.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// PostgreSQL's programs.
    #[error(transparent)]
    Local(#[from] local::error::Error),
    /// A program did not come up, or ended.
    #[error("{name}: {why}; see {log}")]
    Program {
        /// Its name.
        name: &'static str,
        /// What happened.
        why: String,
        /// What it said.
        log: String,
    },
    /// Something was written that makes no sense.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The key that signs the customers' tokens.
    #[error("the token key: {0}")]
    Key(#[from] usher::signing::Error),
    /// A token that can't be sent.
    #[error("a token can't be sent as metadata")]
    Token,
    /// booking-svc's address.
    #[error("booking-svc: {0}")]
    Channel(#[from] tonic::transport::Error),
    /// Where a channel leads.
    #[error("booking-svc: its address {0}")]
    Target(#[from] usher::channel::MalformedTarget),
    /// Where a call goes to.
    #[error("an address: {0}")]
    Address(#[from] http::Error),
    /// The sandbox's back room.
    #[error("the payment sandbox: {0}")]
    Sandbox(#[from] reqwest::Error),
    /// The database's address.
    #[error("the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] database::Error),
    /// A task of the bench's own ended before its time.
    #[error("a task of the bench: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// What was counted and what is in the database differ: the measurement is worth nothing.
    #[error("the count is wrong: {0}")]
    Count(String),
    /// A call did not do what a measurement is of.
    #[error("{what}: {failed} calls failed, one of them so: {said}")]
    Calls {
        /// The measurement.
        what: &'static str,
        /// How many failed.
        failed: u64,
        /// What one of them said.
        said: String,
    },
    /// SIGINT or SIGTERM came before the end.
    #[error("stopped before the end")]
    Interrupted,
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Faulty for Error {
    fn fault(&self) -> Option<Fault> {
        match self {
            Self::Database(error) => error.fault(),
            _ => None,
        }
    }
}
