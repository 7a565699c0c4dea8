//! Whether to bother a service at all: once calls fail one after another and none is answered, the rest is refused at once,
//! but for one that tries, after a pause that grows. Takes the time as an argument.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

/// So many failures in a row, without an answer between, are no accident.
const FAILURES_MAX: u32 = 10;
/// The first pause, and the longest, in milliseconds.
const PAUSE_MS_MIN: u64 = 250;
const PAUSE_MS_MAX: u64 = 4_000;

/// Times are milliseconds on any clock that does not go back.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: AtomicU32,
    open: Mutex<Option<Open>>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    next_try_ms: u64,
    pause_ms: u64,
}

impl Breaker {
    /// Whether to try now. While nothing is answered, one try a pause is allowed.
    pub(super) fn allows(&self, now_ms: u64) -> bool {
        if self.failures.load(Ordering::Relaxed) < FAILURES_MAX {
            return true;
        }
        match &mut *self.open() {
            None => true,
            Some(open) if now_ms >= open.next_try_ms => {
                open.pause_ms = (open.pause_ms * 2).min(PAUSE_MS_MAX);
                open.next_try_ms = now_ms + open.pause_ms;
                true
            }
            Some(_) => false,
        }
    }

    /// Notes that a call was not answered; says whether it is the one that opens the breaker.
    pub(super) fn failed(&self, now_ms: u64) -> bool {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 < FAILURES_MAX {
            return false;
        }
        self.opens(now_ms)
    }

    /// Notes that nobody says anything any more: calls would only wait, and never fail. Says whether that opens the breaker.
    pub(super) fn silenced(&self, now_ms: u64) -> bool {
        self.failures.fetch_max(FAILURES_MAX, Ordering::Relaxed);
        self.opens(now_ms)
    }

    fn opens(&self, now_ms: u64) -> bool {
        let mut state = self.open();
        let opens = state.is_none();
        state.get_or_insert(Open { next_try_ms: now_ms + PAUSE_MS_MIN, pause_ms: PAUSE_MS_MIN });
        opens
    }

    /// Notes an answer, whatever it says; tells whether the breaker was open.
    pub(super) fn answered(&self) -> bool {
        // Mostly nothing is wrong: then the line of memory stays shared between the cores.
        if self.failures.load(Ordering::Relaxed) == 0 {
            return false;
        }
        self.failures.store(0, Ordering::Relaxed);
        self.open().take().is_some()
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::default();
        let opens: Vec<_> = (0..FAILURES_MAX).map(|_| breaker.failed(0)).collect();
        assert_eq!(opens.iter().filter(|opens| **opens).count(), 1, "told once");
        breaker
    }

    #[test]
    fn a_few_failures_are_an_accident() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX * 3 {
            assert!(!breaker.failed(0) && breaker.allows(0));
            assert!(!breaker.answered(), "it was not open");
        }
    }

    #[test]
    fn many_are_not_and_the_pause_grows_to_its_bound() {
        let breaker = opened();
        assert!(!breaker.allows(0) && !breaker.allows(PAUSE_MS_MIN - 1));
        let (mut now, mut pause) = (0, PAUSE_MS_MIN);
        for _ in 0..10 {
            now += pause;
            assert!(breaker.allows(now));
            assert!(!breaker.allows(now), "one tries");
            assert!(!breaker.failed(now));
            pause = (pause * 2).min(PAUSE_MS_MAX);
            assert!(!breaker.allows(now + pause - 1));
        }
        assert_eq!(pause, PAUSE_MS_MAX);
    }

    #[test]
    fn silence_needs_no_failures() {
        let breaker = Breaker::default();
        assert!(breaker.silenced(0) && !breaker.silenced(10), "told once");
        assert!(!breaker.allows(PAUSE_MS_MIN - 1) && breaker.allows(PAUSE_MS_MIN));
        assert!(breaker.answered() && breaker.allows(0));
    }

    #[test]
    fn an_answer_lets_everybody_through() {
        let breaker = opened();
        assert!(breaker.answered());
        assert!(breaker.allows(0) && breaker.allows(0) && !breaker.answered());
    }
}
