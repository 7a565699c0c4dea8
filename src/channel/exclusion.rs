//! Which instance gets no calls for a while, because its calls fail one after another. Pure: takes the time as an argument.

use std::time::Duration;

use tokio::time::Instant;

/// So many strikes without a good answer between them, and an instance is left out.
pub(super) const STRIKES_MAX: u32 = 21;
/// Strikes of a call that did not get through: three in a row are enough.
pub(super) const NOT_REACHED: u32 = 7;
/// Strikes of a call that was answered UNAVAILABLE, or too late: an instance that says so may be busy, as may be all.
pub(super) const NOT_SERVED: u32 = 1;
const _: () = assert!(3 * NOT_REACHED >= STRIKES_MAX && 2 * NOT_REACHED < STRIKES_MAX);
/// How long it is left out at first, and at most.
const LEFT_OUT_MIN: Duration = Duration::from_secs(2);
const LEFT_OUT_MAX: Duration = Duration::from_secs(60);
/// After so long without being left out, it is as good as new.
const FORGIVEN_AFTER: Duration = Duration::from_secs(120);

/// What is remembered of an instance.
#[derive(Debug, Default)]
pub(super) struct Exclusion {
    until: Option<Instant>,
    times: u32,
}

impl Exclusion {
    /// Whether it is left out now.
    pub(super) fn holds(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Leaves it out: each time twice as long.
    pub(super) fn begin(&mut self, now: Instant) -> Duration {
        if self.until.is_some_and(|until| now > until + FORGIVEN_AFTER) {
            self.times = 0;
        }
        let time = LEFT_OUT_MIN.saturating_mul(1 << self.times.min(16)).min(LEFT_OUT_MAX);
        self.times += 1;
        self.until = Some(now + time);
        time
    }
}

/// Whether one more of `known` instances may be left out, of which `out` are: half of them at most, and never all.
pub(super) const fn may_leave_out(known: usize, out: usize) -> bool {
    known > 1 && out < known / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_may_be_left_out_and_never_the_last() {
        let most = |known| (0..known).take_while(|out| may_leave_out(known, *out)).count();
        assert_eq!([0, 1, 2, 3, 4, 5, 10].map(most), [0, 0, 1, 1, 2, 2, 5]);
    }

    #[test]
    fn each_time_is_twice_as_long_until_it_is_forgiven() {
        let (mut exclusion, mut now) = (Exclusion::default(), Instant::now());
        assert!(!exclusion.holds(now));
        let times: Vec<_> = (0..7)
            .map(|_| {
                let time = exclusion.begin(now);
                assert!(exclusion.holds(now) && !exclusion.holds(now + time));
                now += time;
                time.as_secs()
            })
            .collect();
        assert_eq!(times, [2, 4, 8, 16, 32, 60, 60]);
        now += FORGIVEN_AFTER + Duration::from_secs(1);
        assert_eq!(exclusion.begin(now), LEFT_OUT_MIN);
    }
}
