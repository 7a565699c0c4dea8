//! What can go wrong in search-svc, and what callers are told.

use tonic::Status;
use usher::{
    database::{self, Fault, Faulty},
    reason::{Reason, Refusal},
};

/// Why search-svc refuses. Each variant has one reason of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request never got as far as the database.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database's.
    #[error(transparent)]
    Database(database::Error),
    /// The index's.
    #[error("index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A search in the index did not end.
    #[error("index: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        Self::Database(error)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Faulty for Error {
    fn fault(&self) -> Option<Fault> {
        match self {
            Self::Refused(_) | Self::Index(_) | Self::Stopped(_) => None,
            Self::Database(error) => error.fault(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Database(error) => Refusal::from(error).into(),
            Error::Index(_) | Error::Stopped(_) => {
                Refusal::new(Reason::Internal, "something went wrong on our side: try again").into()
            }
        }
    }
}
