//! The database's errors, sorted once.

use std::{fmt, time::Duration};

use bb8::RunError;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::PoolError;

use crate::reason::{Reason, Refusal};

/// When a caller may come back to a database that was out of reach.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a caller can do about a database error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server is out of reach, starting, stopping, no longer the primary, or its disk is full; or no connection was free
    /// in time.
    Unavailable,
    /// The statement took longer than it may.
    Timeout,
    /// Another transaction won; trying again may help.
    Conflict,
    /// The row is there already.
    Unique,
    /// There is no such row.
    NotFound,
    /// A defect.
    Other,
}

/// An error of the database, sorted. Its text is for the logs and must not reach a client.
#[derive(Debug)]
pub struct Error {
    kind: Fault,
    text: String,
    constraint: Option<String>,
}

impl Error {
    pub(super) fn new(kind: Fault, cause: impl fmt::Display) -> Self {
        Self { kind, text: cause.to_string(), constraint: None }
    }

    /// Another transaction wrote first what this one was about to: run again, it sees what the other one did.
    #[must_use]
    pub fn lost_race(what: &str) -> Self {
        Self::new(Fault::Conflict, what)
    }

    /// What can be done about it.
    #[must_use]
    pub const fn kind(&self) -> Fault {
        self.kind
    }

    /// The constraint that refused the row, where one did.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database: {} ({:?})", self.text, self.kind)
    }
}

impl std::error::Error for Error {}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let kind = match &error {
            DieselError::NotFound => Fault::NotFound,
            DieselError::BrokenTransactionManager => Fault::Unavailable,
            DieselError::DatabaseError(kind, details) => sort(*kind, details.message()),
            _ => Fault::Other,
        };
        let constraint = match &error {
            DieselError::DatabaseError(_, details) => details.constraint_name().map(ToOwned::to_owned),
            _ => None,
        };
        Self { constraint, ..Self::new(kind, &error) }
    }
}

impl From<RunError<PoolError>> for Error {
    fn from(error: RunError<PoolError>) -> Self {
        Self::new(Fault::Unavailable, error)
    }
}

impl From<Error> for Refusal {
    /// Says what the caller can do. What is a defect is logged here, and never leaves with the answer.
    fn from(error: Error) -> Self {
        match error.kind {
            Fault::Unavailable | Fault::Conflict => {
                tracing::warn!(%error, "not served");
                Self::unavailable("the database can't serve this right now: try again", RETRY_AFTER)
            }
            Fault::Timeout => {
                tracing::warn!(%error, "not served");
                Self::new(Reason::DeadlineExceeded, "the database took longer than it may: try again")
            }
            Fault::Unique | Fault::NotFound | Fault::Other => {
                tracing::error!(%error, "a defect");
                Self::new(Reason::Internal, "something went wrong on our side; nothing was changed")
            }
        }
    }
}

/// diesel hands on the SQLSTATE of few errors only; the others are known by the server's message, which the session
/// keeps in English (`lc_messages`).
fn sort(kind: DatabaseErrorKind, message: &str) -> Fault {
    match kind {
        DatabaseErrorKind::UniqueViolation => Fault::Unique,
        DatabaseErrorKind::SerializationFailure => Fault::Conflict,
        DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ReadOnlyTransaction => Fault::Unavailable,
        _ if message.starts_with("deadlock detected") => Fault::Conflict,
        // The statement before this one failed, of several that were sent together: which error is seen first is chance.
        // Nothing was done, and another try shows what was wrong.
        _ if message.starts_with("current transaction is aborted") => Fault::Conflict,
        _ if message.starts_with("canceling statement due to") => Fault::Timeout,
        _ if is_gone(message) => Fault::Unavailable,
        _ => Fault::Other,
    }
}

/// Whatever file could not grow: a table's, the log's, a sort's. The server says which, and ends with the system's own words.
const DISK_FULL: &str = "No space left on device";

fn is_gone(message: &str) -> bool {
    const GONE: [&str; 7] = [
        "connection closed",
        "error communicating with the server",
        "terminating connection due to",
        "the database system is",
        "sorry, too many clients",
        "remaining connection slots",
        "connection to server was lost",
    ];
    GONE.iter().any(|start| message.starts_with(start)) || message.ends_with(DISK_FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_defect() {
        let words = [
            "could not extend file \"base/16385/16422\": No space left on device",
            "could not write to file \"base/pgsql_tmp/pgsql_tmp71.0\": No space left on device",
        ];
        assert!(words.iter().all(|words| sort(DatabaseErrorKind::Unknown, words) == Fault::Unavailable));
        assert_eq!(sort(DatabaseErrorKind::Unknown, "could not open file \"base/1\": No such file"), Fault::Other);
    }
}
