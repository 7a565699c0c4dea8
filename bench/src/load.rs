//! Load: a closed loop, where every caller sends its next call when the last one was answered, and an open loop, where
//! calls are sent at a constant rate whatever became of those before. Knows nothing of what is called.

mod closed;
mod open;
mod samples;

pub use closed::closed;
pub use open::{Offered, open};
pub use samples::{Found, Samples, histogram};

use std::{error::Error as _, fmt::Write as _, time::Duration};

use tonic::Status;
use tonic_types::StatusExt as _;
use usher::reason::{self, Reason};

/// How long calls under way may go on after a measurement: longer than a service's own deadline.
const CALLS_END_MAX: Duration = Duration::from_secs(20);

/// How long a measurement takes.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// How long the load runs before.
    pub warm_up: Duration,
    /// How long it is measured.
    pub measure: Duration,
}

/// How a call ended.
#[derive(Debug)]
pub enum Answer {
    /// It did what it was sent for.
    Good,
    /// Somebody else has the seat: `SEAT_TAKEN`, an answer that a contended seat gives to all but one.
    Taken,
    /// Turned away for load: `UNAVAILABLE`.
    Refused {
        /// Whether it was told when to come back (`RetryInfo`).
        told_when: bool,
    },
    /// Anything else, and what was said.
    Failed(String),
}

impl From<Status> for Answer {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        match details.error_info().and_then(reason::named) {
            Some(Reason::SeatTaken) => Self::Taken,
            Some(Reason::Unavailable) => Self::Refused { told_when: details.retry_info().is_some() },
            _ => Self::Failed(described(&status)),
        }
    }
}

/// The status with what led to it.
fn described(status: &Status) -> String {
    let mut said = format!("{:?}: {}", status.code(), status.message());
    let mut cause = status.source();
    while let Some(error) = cause {
        // Writing to a String can't fail.
        let _ = write!(said, ": {error}");
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use usher::reason::Refusal;

    use super::*;

    #[test]
    fn a_taken_seat_is_an_answer_and_load_is_told_from_failure() {
        let taken = Status::from(Refusal::new(Reason::SeatTaken, "taken"));
        assert!(matches!(taken.into(), Answer::Taken));
        let shed = Status::from(Refusal::unavailable("full", Duration::from_millis(500)));
        assert!(matches!(shed.into(), Answer::Refused { told_when: true }));
        let mute = Status::from(Refusal::new(Reason::Unavailable, "full"));
        assert!(matches!(mute.into(), Answer::Refused { told_when: false }));
        assert!(matches!(Status::unavailable("connection refused").into(), Answer::Failed(_)));
    }
}
