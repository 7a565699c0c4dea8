//! What somebody in a waiting room is told. Pure.

use std::time::Duration;

use crate::{
    event::WaitingRoom,
    line::{Standing, per_microsecond},
    seat::Timestamp,
};

/// How long to wait before asking again, at the least and at the most.
const ASK_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Where somebody stands in a waiting room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is not open yet.
    Early {
        /// When it opens.
        opens_at: Timestamp,
        /// How long until then.
        wait: Duration,
    },
    /// In line.
    Waiting {
        /// 1 is next.
        position: u64,
        /// How long that will take.
        wait: Duration,
    },
    /// Let in.
    Admitted {
        /// Until when they may reserve, in seconds since 1970.
        until: i64,
    },
}

impl Place {
    /// What a standing in line means.
    pub fn new(standing: Standing, room: WaitingRoom, pass_for: Duration) -> Self {
        if let Some(at) = standing.admitted_at {
            // Rounded down: a pass is never good for longer than the line remembers that it was given.
            let pass_for = i64::try_from(pass_for.as_micros()).unwrap_or(i64::MAX);
            return Self::Admitted { until: at.saturating_add(pass_for) / 1_000_000 };
        }
        if let Some(opens_at) = room.opens_at.filter(|at| at.timestamp_micros() > standing.now) {
            let left = u64::try_from(opens_at.timestamp_micros() - standing.now).unwrap_or_default();
            return Self::Early { opens_at, wait: Duration::from_micros(left) };
        }
        #[expect(clippy::cast_precision_loss, reason = "a line of 2^52 people is none")]
        let missing = (standing.ahead as f64 + 1.0 - standing.credit).max(0.0);
        let wait = Duration::try_from_secs_f64(missing / per_microsecond(room) / 1e6).unwrap_or(Duration::MAX);
        Self::Waiting { position: standing.ahead + 1, wait }
    }

    /// When to ask again: sooner the nearer it is, so that nobody learns late that they were let in.
    pub fn ask_again(&self) -> Duration {
        let wait = match self {
            Self::Early { wait, .. } => *wait,
            Self::Waiting { wait, .. } => *wait / 4,
            Self::Admitted { .. } => return Duration::ZERO,
        };
        wait.clamp(ASK_AGAIN.0, ASK_AGAIN.1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const PASS_FOR: Duration = Duration::from_secs(600);

    fn room(admissions_per_minute: i32, opens: Option<i64>) -> WaitingRoom {
        let opens_at = opens.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
        WaitingRoom { admissions_per_minute, opens_at }
    }

    fn standing(ahead: u64, now: i64) -> Standing {
        Standing { admitted_at: None, ahead, credit: 0.0, now: now * 1_000_000 }
    }

    #[test]
    fn who_waits_is_told_how_long_at_the_rate() {
        let place = Place::new(standing(119, 100), room(60, Some(50)), PASS_FOR);
        assert_eq!(place, Place::Waiting { position: 120, wait: Duration::from_secs(120) });
        assert_eq!(place.ask_again(), Duration::from_secs(30));
        let next = Place::new(Standing { credit: 0.5, ..standing(0, 100) }, room(60, None), PASS_FOR);
        assert_eq!(next, Place::Waiting { position: 1, wait: Duration::from_millis(500) });
        assert_eq!(next.ask_again(), Duration::from_secs(1));
    }

    #[test]
    fn who_is_early_is_told_when_it_opens_and_no_place() {
        let place = Place::new(standing(5, 90), room(60, Some(100)), PASS_FOR);
        assert!(matches!(place, Place::Early { wait, .. } if wait == Duration::from_secs(10)));
        assert_eq!(place.ask_again(), Duration::from_secs(10));
    }

    #[test]
    fn who_was_let_in_has_as_long_as_a_pass_is_good() {
        let admitted = Standing { admitted_at: Some(100_900_000), ..standing(0, 200) };
        assert_eq!(Place::new(admitted, room(60, None), PASS_FOR), Place::Admitted { until: 700 });
    }
}
