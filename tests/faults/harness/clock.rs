//! A round's one clock: monotonic, and set against the database's once, so that promises of the database can be compared
//! with what clients saw.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// Counts from the start of a mesh.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    database: DateTime<Utc>,
}

impl Clock {
    /// A clock that starts at the moment at which the database's reads `database`.
    pub fn set(started: Instant, database: DateTime<Utc>) -> Self {
        Self { started, database }
    }

    /// Now.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// A moment of the database's clock; the start, where it was before that.
    pub fn of(&self, database: DateTime<Utc>) -> Duration {
        (database - self.database).to_std().unwrap_or_default()
    }

    /// What the database's clock reads now.
    pub fn database_now(&self) -> DateTime<Utc> {
        self.database + self.now()
    }
}
