//! What can go wrong in event-svc, and what callers are told.

use std::time::Duration;

use tonic::Status;
use usher::{
    database::{self, Fault, Faulty},
    id::EventId,
    reason::{Reason, Refusal},
};

/// When to ask again for a place in a line that can't be reached.
const LINE_RETRY: Duration = Duration::from_secs(2);

/// Why event-svc refuses. Each variant has one reason of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request never got as far as the rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such event.
    #[error("there is no event {0}")]
    UnknownEvent(i64),
    /// There is no such theatre.
    #[error("there is no theatre {0}")]
    UnknownTheater(i64),
    /// There is no such screen.
    #[error("there is no screen {0} in this theatre")]
    UnknownScreen(i64),
    /// The event is under way.
    #[error("event {0} has begun: it can't be changed any more")]
    EventStarted(EventId),
    /// The line of a waiting room can't be kept now.
    #[error("the waiting room can't be kept: {0}")]
    NoLine(String),
    /// The database's.
    #[error(transparent)]
    Database(database::Error),
}

impl Error {
    /// Refuses one field.
    pub fn field(field: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self::Refused(Refusal::field(field, wrong))
    }
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        // Two names are each unique; whoever is second is told which one is taken.
        match error.constraint() {
            Some("theaters_name_city") => Self::field("theater_name", "this city has a theatre of that name"),
            Some("screens_name_theater") => Self::field("screens", "the theatre has a screen of that name"),
            _ => Self::Database(error),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        database::Error::from(error).into()
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

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(refusal) => refusal,
            Error::UnknownEvent(id) => Self::new(Reason::UnknownEvent, message).with("event_id", id),
            Error::UnknownTheater(id) => Self::new(Reason::UnknownTheater, message).with("theater_id", id),
            Error::UnknownScreen(id) => Self::new(Reason::UnknownScreen, message).with("screen_id", id),
            Error::EventStarted(id) => Self::new(Reason::EventStarted, message).with("event_id", id),
            Error::NoLine(_) => {
                tracing::warn!(message, "not served");
                Self::unavailable(
                    "the waiting room can't be reached right now; your place is kept: ask again",
                    LINE_RETRY,
                )
            }
            Error::Database(error) => error.into(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}
