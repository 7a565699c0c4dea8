//! Which of several processes an event's reserves go to: always the same one, so that what waits for one event is one batch,
//! however many processes there are. Pure. Nothing depends on it but speed: any process may reserve any seat.
//!
//! Each process has a weight of its own for each event, and the heaviest is chosen (rendezvous hashing): a process that
//! leaves hands over its events and no others, to all that stay; one that comes takes its share from each. Everybody who
//! knows the same names chooses the same, in any order of names and of any version of this program.

use crate::id::EventId;

/// The processes, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ring(Vec<u64>);

impl Ring {
    /// Of these names: addresses, mostly. They are numbered in their order.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(|name| name.bytes().fold(FNV_OFFSET, fnv)).collect())
    }

    /// Whose the event is; `None` without any process.
    #[must_use]
    pub fn first(&self, event: EventId) -> Option<usize> {
        let weights = self.0.iter().enumerate().map(|(n, name)| (weight(*name, event), n));
        weights.max_by_key(|&(weight, _)| weight).map(|(_, n)| n)
    }

    /// All, whose the event is first, and then whose it is while the ones before are away.
    #[must_use]
    pub fn order(&self, event: EventId) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.0.len()).collect();
        order.sort_by_key(|&n| std::cmp::Reverse(weight(self.0[n], event)));
        order
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a: the standard library's hash may be another one in its next version.
const fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(FNV_PRIME)
}

/// The last step of `SplitMix64`: events are numbered one after the other, and so are the names of pods.
const fn weight(name: u64, event: EventId) -> u64 {
    let mut mixed = name.wrapping_add((event.get().unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: i64 = 20_000;

    fn pods(count: usize) -> Vec<String> {
        (1..=count).map(|n| format!("10.0.0.{n}:50051")).collect()
    }

    fn ring(names: &[String]) -> Ring {
        Ring::new(names.iter().map(String::as_str))
    }

    fn events() -> impl Iterator<Item = EventId> {
        (1..=EVENTS).filter_map(EventId::new)
    }

    #[test]
    fn the_choice_is_the_same_in_every_version() {
        let ring = ring(&pods(5));
        let chosen: Vec<_> = (1..=12).map(|event| ring.first(EventId::new(event).unwrap()).unwrap()).collect();
        assert_eq!(chosen, [1, 3, 3, 1, 3, 0, 2, 3, 3, 3, 2, 1], "what another process chooses may not differ");
    }

    #[test]
    fn events_are_spread_evenly() {
        for count in [2, 3, 8, 24] {
            let ring = ring(&pods(count));
            let mut shares = vec![0_i64; count];
            events().for_each(|event| shares[ring.first(event).unwrap()] += 1);
            let even = EVENTS / i64::try_from(count).unwrap();
            assert!(shares.iter().all(|share| (share - even).abs() < even / 5), "{count}: {shares:?}");
        }
    }

    #[test]
    fn who_leaves_hands_over_its_own_events_alone_and_to_all() {
        let names = pods(8);
        let (before, after) = (ring(&names), ring(&names[..7]));
        let mut heirs = [0_i64; 7];
        for event in events() {
            match before.first(event).unwrap() {
                7 => {
                    let heir = after.first(event).unwrap();
                    assert_eq!(heir, before.order(event)[1], "the next in order");
                    heirs[heir] += 1;
                }
                stays => assert_eq!(after.first(event), Some(stays)),
            }
        }
        assert!(heirs.iter().all(|&heir| heir > EVENTS / 8 / 7 / 2), "{heirs:?}");
    }

    #[test]
    fn nobody_is_chosen_of_nobody() {
        assert_eq!(Ring::default().first(EventId::new(1).unwrap()), None);
        assert_eq!(Ring::default().order(EventId::new(1).unwrap()), [] as [usize; 0]);
    }

    proptest! {
        #[test]
        fn names_in_another_order_are_the_same_processes(event in 1..EVENTS, count in 1_usize..12, turn in 0_usize..12) {
            let (event, names) = (EventId::new(event).unwrap(), pods(count));
            let mut turned = names.clone();
            turned.rotate_left(turn % count);
            let chosen = |names: &[String]| names[ring(names).first(event).unwrap()].clone();
            prop_assert_eq!(chosen(&names), chosen(&turned));
        }
    }
}
