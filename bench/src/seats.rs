//! Which seats are wished for, in which order. Every free seat is handed out once; the seed decides the order.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use usher::id::SEAT_BITS;

/// Of ten wishes on contended seats, so many are for the few.
const CONTENDED_OF_TEN: u64 = 9;

/// Free seats, each handed out once, in random order over all events.
#[derive(Debug)]
pub struct Seats {
    ids: Box<[i64]>,
    next: AtomicUsize,
}

impl Seats {
    /// The seats 1 to `each` of `events`.
    pub fn new(events: std::ops::RangeInclusive<i64>, each: u32, seed: u64) -> Self {
        let mut ids: Box<[i64]> =
            events.flat_map(|event| (1..=i64::from(each)).map(move |seat| event << SEAT_BITS | seat)).collect();
        ids.shuffle(&mut StdRng::seed_from_u64(seed));
        Self { ids, next: AtomicUsize::new(0) }
    }

    /// The next one; `None` once all are handed out.
    pub fn take(&self) -> Option<i64> {
        self.ids.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// The next `count`; `None` where fewer are left.
    pub fn take_many(&self, count: usize) -> Option<&[i64]> {
        let from = self.next.fetch_add(count, Ordering::Relaxed);
        self.ids.get(from..from.checked_add(count)?)
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.ids.len().saturating_sub(self.next.load(Ordering::Relaxed))
    }
}

/// Wishes most of which are for few seats, the others for seats that are free.
#[derive(Debug)]
pub struct Contended {
    few: Box<[i64]>,
    seed: u64,
    number: AtomicU64,
}

impl Contended {
    /// Wishes for the seats 1 to `few` of `event`.
    pub fn new(event: i64, few: u32, seed: u64) -> Self {
        let few = (1..=i64::from(few)).map(|seat| event << SEAT_BITS | seat).collect();
        Self { few, seed, number: AtomicU64::new(0) }
    }

    /// The next wish; `None` once it would be for one of `others` and there are none.
    pub fn take(&self, others: &Seats) -> Option<i64> {
        let chance = scatter(self.seed ^ self.number.fetch_add(1, Ordering::Relaxed));
        if chance % 10 >= CONTENDED_OF_TEN {
            return others.take();
        }
        let index = usize::try_from(chance / 10).unwrap_or_default() % self.few.len();
        self.few.get(index).copied()
    }
}

/// Numbers that follow each other lead to numbers that don't: the finalizer of splitmix64.
const fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_seat_is_handed_out_once_in_an_order_that_the_seed_decides() {
        let order = |seed| {
            let seats = Seats::new(3..=7, 100, seed);
            std::iter::from_fn(|| seats.take()).collect::<Vec<_>>()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        let all: HashSet<_> = order(1).into_iter().collect();
        assert_eq!(all.len(), 500);
        assert!(all.iter().all(|id| (3..=7).contains(&(id >> SEAT_BITS)) && (1..=100).contains(&(id & 0xfffff))));
    }

    #[test]
    fn seats_in_bulk_are_no_others_than_one_by_one() {
        let (one, bulk) = (Seats::new(1..=1, 10, 5), Seats::new(1..=1, 10, 5));
        let by_one: Vec<_> = (0..7).filter_map(|_| one.take()).collect();
        assert_eq!(bulk.take_many(7).unwrap(), by_one);
        assert_eq!(bulk.take_many(4), None);
        assert_eq!((one.left(), bulk.left()), (3, 0));
    }

    #[test]
    fn nine_of_ten_wishes_are_for_the_few() {
        let (few, others) = (Contended::new(1, 50, 1), Seats::new(2..=2, 100_000, 1));
        let wishes: Vec<_> = (0..100_000).filter_map(|_| few.take(&others)).collect();
        let for_few = wishes.iter().filter(|id| *id >> SEAT_BITS == 1).collect::<Vec<_>>();
        assert!((89_000..91_000).contains(&for_few.len()), "{}", for_few.len());
        assert_eq!(for_few.into_iter().collect::<HashSet<_>>().len(), 50);
    }
}
