//! Whether to bother the cache: after a failure it is left alone for a while, then tried by one search, then by all.
//! So an outage costs one wait a second and two lines of log, however much is searched. Takes the time as an argument.

use std::sync::atomic::{AtomicU64, Ordering};

/// How long the cache is left alone after a failure, in milliseconds.
pub const PAUSE_MS: u64 = 1_000;
/// No failure since the last success.
const HEALTHY: u64 = 0;

/// Remembers failures. Times are milliseconds on any clock that does not go back.
#[derive(Debug, Default)]
pub struct Breaker {
    /// [`HEALTHY`], or when the next try is due.
    next_try: AtomicU64,
}

impl Breaker {
    /// Whether to try now. While it fails, one try a pause is allowed.
    pub fn allows(&self, now_ms: u64) -> bool {
        let due = self.next_try.load(Ordering::Relaxed);
        let claim = || {
            let next = now_ms + PAUSE_MS;
            self.next_try.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        due == HEALTHY || (now_ms >= due && claim())
    }

    /// Notes a failure; answers whether it is the first since a success.
    pub fn failed(&self, now_ms: u64) -> bool {
        self.next_try.swap(now_ms + PAUSE_MS, Ordering::Relaxed) == HEALTHY
    }

    /// Notes a success; answers whether it is the first since a failure.
    pub fn worked(&self) -> bool {
        // Mostly it is healthy already: then the line of memory stays shared between the cores.
        self.next_try.load(Ordering::Relaxed) != HEALTHY && self.next_try.swap(HEALTHY, Ordering::Relaxed) != HEALTHY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_lets_one_try_through_a_pause_and_is_told_once() {
        let breaker = Breaker::default();
        assert!(breaker.allows(0) && breaker.allows(0), "healthy: everybody");
        assert!(breaker.failed(10));
        assert!(!breaker.failed(10), "told before");
        assert!(!breaker.allows(10) && !breaker.allows(9 + PAUSE_MS));
        assert!(breaker.allows(10 + PAUSE_MS));
        assert!(!breaker.allows(10 + PAUSE_MS), "one is trying");
        assert!(breaker.allows(10 + 2 * PAUSE_MS), "the one that tried never said how it went");
        assert!(!breaker.failed(20 + 2 * PAUSE_MS), "still the same outage");
    }

    #[test]
    fn a_success_lets_everybody_through_again_and_is_told_once() {
        let breaker = Breaker::default();
        assert!(!breaker.worked(), "nothing was wrong");
        breaker.failed(0);
        assert!(breaker.worked());
        assert!(!breaker.worked());
        assert!(breaker.allows(1) && breaker.allows(1));
    }
}
