//! Which of several instances an event's writes go to: always the same one, so that what waits for one event is one batch,
//! however many instances there are. Pure. Nothing depends on it but speed: any instance may write anything.
//!
//! Each instance has a weight of its own for each event, and the heaviest is chosen (rendezvous hashing): one that leaves
//! hands over its events and no others, to all that stay; one that comes takes its share from each. Everybody who knows the
//! same addresses chooses the same, in any order of addresses and of any version of this program.

use crate::id::EventId;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// An instance's address as a number: FNV-1a, since the standard library's hash may be another one in its next version.
pub(super) fn number(address: &str) -> u64 {
    address.bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// How heavy the instance with this number is for the event: the last step of `SplitMix64`, since events are numbered one
/// after the other, and so are the addresses of pods.
pub(super) const fn weight(number: u64, event: EventId) -> u64 {
    let mut mixed = number.wrapping_add((event.get().unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
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

    /// All of them, heaviest first.
    fn order(names: &[String], event: EventId) -> Vec<usize> {
        let mut order: Vec<_> = (0..names.len()).collect();
        order.sort_by_key(|&n| std::cmp::Reverse(weight(number(&names[n]), event)));
        order
    }

    fn events() -> impl Iterator<Item = EventId> {
        (1..=EVENTS).filter_map(EventId::new)
    }

    #[test]
    fn the_choice_is_the_same_in_every_version() {
        let pods = pods(5);
        let chosen: Vec<_> = (1..=12).map(|event| order(&pods, EventId::new(event).unwrap())[0]).collect();
        assert_eq!(chosen, [1, 3, 3, 1, 3, 0, 2, 3, 3, 3, 2, 1], "what another process chooses may not differ");
    }

    #[test]
    fn events_are_spread_evenly() {
        for count in [2, 3, 8, 24] {
            let pods = pods(count);
            let mut shares = vec![0_i64; count];
            events().for_each(|event| shares[order(&pods, event)[0]] += 1);
            let even = EVENTS / i64::try_from(count).unwrap();
            assert!(shares.iter().all(|share| (share - even).abs() < even / 5), "{count}: {shares:?}");
        }
    }

    #[test]
    fn who_leaves_hands_over_its_own_events_alone_and_to_all() {
        let names = pods(8);
        let mut heirs = [0_i64; 7];
        for event in events() {
            let (before, after) = (order(&names, event), order(&names[..7], event));
            match before[0] {
                7 => {
                    assert_eq!(after[0], before[1], "the next in order");
                    heirs[after[0]] += 1;
                }
                stays => assert_eq!(after[0], stays),
            }
        }
        assert!(heirs.iter().all(|&heir| heir > EVENTS / 8 / 7 / 2), "{heirs:?}");
    }

    proptest! {
        #[test]
        fn names_in_another_order_are_the_same_processes(event in 1..EVENTS, count in 1_usize..12, turn in 0_usize..12) {
            let (event, names) = (EventId::new(event).unwrap(), pods(count));
            let mut turned = names.clone();
            turned.rotate_left(turn % count);
            let chosen = |names: &[String]| names[order(names, event)[0]].clone();
            prop_assert_eq!(chosen(&names), chosen(&turned));
        }
    }
}
