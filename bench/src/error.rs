//! What keeps a measurement from being taken.

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The launcher is not where `make bench` builds it.
    #[error("{0} is missing: run `make bench`")]
    NoLauncher(String),
    /// A file or a process.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The mesh did not come up.
    #[error("the mesh did not come up; it said:\n{0}")]
    NotReady(String),
    /// What the launcher wrote makes no sense.
    #[error("the ready file: {0}")]
    Ready(#[from] serde_json::Error),
    /// The key that signs the callers' tokens.
    #[error("the token key: {0}")]
    Key(#[from] usher::signing::Error),
    /// A token that can't be sent.
    #[error("a token can't be sent as metadata")]
    Token,
    /// booking-svc's address.
    #[error("booking-svc: {0}")]
    Channel(#[from] tonic::transport::Error),
    /// The database's address.
    #[error("the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] diesel::result::Error),
}
