//! How far a replica is behind, by positions in the log alone. Pure.
//!
//! No server's clock is asked, and none of its statistics: an idle primary writes nothing, so that the time of the last
//! replayed transaction says nothing, and a replica that lost its connection takes what it has for all there is. What
//! the primary had reached, and when, is noted here; a replica is as old as the last note that it has caught up with.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// How many notes are kept. A replica that is behind all of them lags at least as long as they go back.
const NOTES_MAX: usize = 1_024;

/// How far the primary had come, oldest first; each position once, with the last time that it was seen there.
#[derive(Debug, Default)]
pub(super) struct Positions(VecDeque<(Instant, i64)>);

impl Positions {
    /// Notes where the primary was when it was asked at `asked_at`.
    pub(super) fn note(&mut self, asked_at: Instant, position: i64) {
        // Another server: what it has not got was never replicated.
        if self.0.back().is_some_and(|&(_, last)| position < last) {
            self.0.clear();
        }
        match self.0.back_mut() {
            Some((at, last)) if *last == position => *at = asked_at,
            _ => self.0.push_back((asked_at, position)),
        }
        if self.0.len() > NOTES_MAX {
            self.0.pop_front();
        }
    }

    /// How old a replica's data is that has replayed up to there: zero where it has all that the primary is known to
    /// have had. While the primary can't be asked it is the last known that counts.
    pub(super) fn lag(&self, replayed: i64) -> Duration {
        let Some(&(newest, _)) = self.0.back() else { return Duration::ZERO };
        let reached = self.0.iter().rev().find(|&&(_, position)| position <= replayed).or_else(|| self.0.front());
        reached.map_or(Duration::ZERO, |&(at, _)| newest.saturating_duration_since(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_replica_is_as_old_as_the_last_position_that_it_has_reached() {
        let (mut positions, start) = (Positions::default(), Instant::now());
        assert_eq!(positions.lag(5), Duration::ZERO, "nothing is known yet");
        for second in 0..10 {
            positions.note(start + SECOND * second, 100 * i64::from(second));
        }
        assert_eq!(positions.lag(900), Duration::ZERO);
        assert_eq!(positions.lag(950), Duration::ZERO, "it has heard of more already");
        assert_eq!(positions.lag(899), SECOND);
        assert_eq!(positions.lag(300), 6 * SECOND);
    }

    #[test]
    fn an_idle_primary_lets_nobody_fall_behind() {
        let (mut positions, start) = (Positions::default(), Instant::now());
        positions.note(start, 100);
        positions.note(start + SECOND, 200);
        for second in 2..1_000 {
            positions.note(start + SECOND * second, 200);
        }
        assert_eq!(positions.lag(200), Duration::ZERO);
        assert_eq!(positions.lag(199), 999 * SECOND, "though one that misses the last write is old");
    }

    #[test]
    fn who_is_behind_everything_known_lags_at_least_as_long() {
        let (mut positions, start) = (Positions::default(), Instant::now());
        for nth in 0..2 * u32::try_from(NOTES_MAX).unwrap() {
            positions.note(start + SECOND * nth, i64::from(nth));
        }
        assert_eq!(positions.lag(-1), SECOND * (u32::try_from(NOTES_MAX).unwrap() - 1));
    }

    #[test]
    fn another_primary_begins_anew() {
        let (mut positions, start) = (Positions::default(), Instant::now());
        positions.note(start, 500);
        positions.note(start + SECOND, 400);
        assert_eq!(positions.lag(400), Duration::ZERO, "what was lost with the old one is nobody's lag");
    }
}
