//! How many calls one instance is given at once: as many as are allowed, and fewer for as long as it turns calls away. To be
//! turned away costs an instance almost as much as an answer, and costs nothing where it is not asked. Additive up,
//! steeper down: callers who share an instance come to equal shares of what it takes (Chiu and Jain, 1989).

use std::sync::atomic::{AtomicU32, Ordering};

/// Parts of a call that are counted.
const PARTS: u32 = 8;
/// What an answer adds, and what a refusal takes, in parts: of 33 calls that are sent in an overload one is turned away.
const ANSWERED: u32 = 1;
const REFUSED: u32 = 32;
/// So many calls it is given whatever it says: else nobody would find out that it does better.
const CALLS_MIN: u32 = 16;

/// The bound of one instance.
#[derive(Debug)]
pub(super) struct Bound {
    max: u32,
    parts: AtomicU32,
}

impl Bound {
    /// At first as many as are allowed.
    pub(super) const fn new(max: u32) -> Self {
        Self { max, parts: AtomicU32::new(max.saturating_mul(PARTS)) }
    }

    /// How many calls it is given now.
    pub(super) fn calls(&self) -> u32 {
        (self.parts.load(Ordering::Relaxed) / PARTS).min(self.max)
    }

    /// Notes an answer.
    pub(super) fn answered(&self) {
        // Mostly it is at its most: then the line of memory stays shared between the cores.
        if self.parts.load(Ordering::Relaxed) < self.most() {
            self.parts.fetch_add(ANSWERED, Ordering::Relaxed);
        }
    }

    /// Notes that a call was turned away.
    pub(super) fn refused(&self) {
        let least = CALLS_MIN.min(self.max).saturating_mul(PARTS);
        let lower = |parts: u32| Some(parts.min(self.most()).saturating_sub(REFUSED).max(least));
        // It always gives a number.
        let _ = self.parts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower);
    }

    const fn most(&self) -> u32 {
        self.max.saturating_mul(PARTS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refusals_bring_it_down_and_answers_back() {
        let bound = Bound::new(1_024);
        assert_eq!(bound.calls(), 1_024);
        bound.refused();
        assert_eq!(bound.calls(), 1_020);
        (0..10_000).for_each(|_| bound.refused());
        assert_eq!(bound.calls(), CALLS_MIN);
        (0..100_000).for_each(|_| bound.answered());
        assert_eq!(bound.calls(), 1_024);
    }

    #[test]
    fn a_bound_below_the_least_stays() {
        let bound = Bound::new(3);
        bound.refused();
        assert_eq!(bound.calls(), 3);
    }

    /// Until they have come to an end, and as many to look at.
    const ROUNDS: u32 = 300;

    /// Rounds in which each caller gives all that it may, and an instance takes `places` of that.
    fn shared(bounds: &[Bound], places: u32) -> (u32, u32) {
        let (mut sent, mut refused) = (0, 0);
        for round in 0..2 * ROUNDS {
            let given: Vec<_> = bounds.iter().map(Bound::calls).collect();
            let all: u32 = given.iter().sum();
            for (bound, given) in bounds.iter().zip(given) {
                let taken = if all > places { given * places / all } else { given };
                (0..taken).for_each(|_| bound.answered());
                (taken..given).for_each(|_| bound.refused());
                if round >= ROUNDS {
                    (sent, refused) = (sent + given, refused + given - taken);
                }
            }
        }
        (sent, refused)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_stays_between_its_least_and_its_most(max in 1..3_000_u32, said in prop::collection::vec(any::<bool>(), 0..2_000)) {
            let bound = Bound::new(max);
            for good in said {
                if good { bound.answered() } else { bound.refused() }
                prop_assert!((CALLS_MIN.min(max)..=max).contains(&bound.calls()));
            }
        }

        /// However many callers there are, and wherever they begin, few of their calls are turned away, and what there is
        /// room for is used.
        #[test]
        fn callers_come_to_what_an_instance_takes(edges in 2..12_usize, places in 400..4_096_u32) {
            let bounds: Vec<_> = (0..edges).map(|_| Bound::new(1_024)).collect();
            let (sent, refused) = shared(&bounds, places);
            prop_assert!(refused * 8 <= sent, "{refused} of {sent}");
            let room = places.min(1_024 * u32::try_from(edges).unwrap());
            prop_assert!((sent - refused) / ROUNDS >= room * 8 / 10, "{} of {room}", (sent - refused) / ROUNDS);
        }
    }
}
