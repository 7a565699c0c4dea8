//! What the database's clock says now, without asking it: its last reading, and how long ago that was. It is never ahead
//! of the database's own, so that no hold is shown as lapsed before it is.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::seat::Timestamp;

/// After so long a newer reading counts even if it is behind: the clock was set, or another server has taken over.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// The database's clock, as far as it is known here.
#[derive(Debug, Default)]
pub struct DatabaseClock {
    reading: Mutex<Option<(Timestamp, Instant)>>,
}

impl DatabaseClock {
    /// Takes in a reading that has just arrived. Each was some time on its way; the one that was quickest is kept.
    pub fn read(&self, at: Timestamp) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let is_better = reading.is_none_or(|known| at > told(known) || known.1.elapsed() > BELIEVED_FOR);
        if is_better {
            *reading = Some((at, Instant::now()));
        }
    }

    /// What it says now; long past before the first reading.
    pub fn now(&self) -> Timestamp {
        let reading = *self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        reading.map_or(Timestamp::UNIX_EPOCH, told)
    }
}

fn told((at, when): (Timestamp, Instant)) -> Timestamp {
    at + when.elapsed()
}
