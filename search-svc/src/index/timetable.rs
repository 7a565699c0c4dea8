//! When the events of one document are, in order: what is counted and listed of them is found by halving, and what must
//! be gone through lies side by side in memory. Pure.

use std::ops::{Range, RangeInclusive};

use itertools::Either;

use super::sieve::Sieve;

/// When an event is, and what else is looked at while many are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Showing {
    /// When it starts, in microseconds since 1970.
    pub start: i64,
    /// Its id.
    pub id: i64,
    /// The lowest price, in minor units.
    pub price: i64,
    /// The date at the theatre, in days of the common era.
    pub date: i32,
}

/// The events of a document, in the order of their start and id. All lists are of one length.
#[derive(Debug, Default)]
pub struct Timetable {
    starts: Vec<i64>,
    ids: Vec<i64>,
    prices: Vec<i64>,
    dates: Vec<i32>,
    /// No price lies outside. All that a play costs is mostly one sum, and nobody has to go through it.
    priced: Option<RangeInclusive<i64>>,
}

impl Timetable {
    /// Puts an event in that is not there.
    pub fn put(&mut self, showing: Showing) {
        let at = self.place(showing.start, showing.id);
        self.starts.insert(at, showing.start);
        self.ids.insert(at, showing.id);
        self.prices.insert(at, showing.price);
        self.dates.insert(at, showing.date);
        let (low, high) = self.priced.take().map_or((showing.price, showing.price), RangeInclusive::into_inner);
        self.priced = Some(low.min(showing.price)..=high.max(showing.price));
    }

    /// Takes an event out.
    pub fn remove(&mut self, start: i64, id: i64) {
        let at = self.place(start, id);
        if self.ids.get(at) == Some(&id) {
            self.starts.remove(at);
            self.ids.remove(at);
            self.prices.remove(at);
            self.dates.remove(at);
        }
        // Else it is as wide as it was: the price may not have been the only one.
        self.priced = self.priced.take().filter(|_| !self.ids.is_empty());
    }

    /// When the last one starts.
    pub fn last(&self) -> Option<i64> {
        self.starts.last().copied()
    }

    /// How many pass, and when the first of them starts.
    pub fn count(&self, sieve: &Sieve) -> (usize, Option<i64>) {
        let within = self.within(sieve);
        if self.passes_whole(sieve) {
            return (within.len(), self.starts[within].first().copied());
        }
        let first = self.passing(within.clone(), sieve).next().map(|(start, _)| start);
        (self.prices[within].iter().filter(|price| sieve.passes_price(**price)).count(), first)
    }

    /// The dates of those that pass, in the order of their start.
    pub fn dates(&self, sieve: &Sieve) -> impl Iterator<Item = i32> {
        let within = self.within(sieve);
        let dates = self.dates[within.clone()].iter();
        if self.passes_whole(sieve) {
            return Either::Left(dates.copied());
        }
        let priced = dates.zip(&self.prices[within]);
        Either::Right(priced.filter(|(_, price)| sieve.passes_price(**price)).map(|(date, _)| *date))
    }

    /// How long before `now` those that pass started, and their ids, the latest first.
    pub fn before(&self, sieve: &Sieve, now: i64) -> impl Iterator<Item = (i64, i64)> {
        let within = self.within(sieve);
        let end = self.starts[within.clone()].partition_point(|start| *start < now) + within.start;
        self.passing(within.start..end, sieve).rev().map(move |(start, id)| (now.saturating_sub(start), id))
    }

    /// How long after `now` those that pass start, and their ids, the soonest first.
    pub fn after(&self, sieve: &Sieve, now: i64) -> impl Iterator<Item = (i64, i64)> {
        let within = self.within(sieve);
        let begin = self.starts[within.clone()].partition_point(|start| *start < now) + within.start;
        self.passing(begin..within.end, sieve).map(move |(start, id)| (start.saturating_sub(now), id))
    }

    fn passing(&self, places: Range<usize>, sieve: &Sieve) -> impl DoubleEndedIterator<Item = (i64, i64)> {
        let passes = move |place: &usize| sieve.passes_price(self.prices[*place]);
        places.filter(passes).map(|place| (self.starts[place], self.ids[place]))
    }

    /// Whether no price makes a difference.
    fn passes_whole(&self, sieve: &Sieve) -> bool {
        self.priced
            .as_ref()
            .is_none_or(|priced| sieve.passes_price(*priced.start()) && sieve.passes_price(*priced.end()))
    }

    /// What may pass: nothing where all prices are too high, or too low.
    fn within(&self, sieve: &Sieve) -> Range<usize> {
        let is_outside =
            |priced: &RangeInclusive<i64>| priced.end() < sieve.prices.start() || priced.start() > sieve.prices.end();
        if self.priced.as_ref().is_some_and(is_outside) {
            return 0..0;
        }
        let [from, to] = [sieve.from, sieve.to].map(|at| self.starts.partition_point(|start| *start < at));
        // It may end before it begins.
        from..to.max(from)
    }

    fn place(&self, start: i64, id: i64) -> usize {
        let from = self.starts.partition_point(|other| *other < start);
        let to = self.starts.partition_point(|other| *other <= start);
        from + self.ids[from..to].partition_point(|other| *other < id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Filter;

    fn timetable(starts: &[i64]) -> Timetable {
        let mut timetable = Timetable::default();
        for (id, start) in (1..).zip(starts) {
            let date = i32::try_from(start / 10).unwrap();
            timetable.put(Showing { start: *start, id, price: 100 * id, date });
        }
        timetable
    }

    fn sieve(from: i64, to: i64) -> Sieve {
        Sieve { from, to, ..Sieve::new(&Filter::default(), 0) }
    }

    #[test]
    fn events_stand_in_order_however_they_came() {
        let timetable = timetable(&[30, 10, 20, 10]);
        let all = sieve(i64::MIN, i64::MAX);
        assert_eq!(timetable.after(&all, 0).collect::<Vec<_>>(), [(10, 2), (10, 4), (20, 3), (30, 1)]);
        assert_eq!(timetable.before(&all, 25).collect::<Vec<_>>(), [(5, 3), (15, 4), (15, 2)]);
        assert_eq!(timetable.dates(&all).collect::<Vec<_>>(), [1, 1, 2, 3]);
        assert_eq!(timetable.last(), Some(30));
    }

    #[test]
    fn what_is_not_within_does_not_count() {
        let timetable = timetable(&[10, 20, 30]);
        let count = |from, to| timetable.count(&sieve(from, to)).0;
        assert_eq!((count(10, 30), count(11, 31), count(30, 10), count(31, i64::MAX)), (2, 2, 0, 0));
        let priced = Filter { price_min: Some(200), price_max: Some(299), ..Filter::default() };
        let priced = Sieve { from: 0, ..Sieve::new(&priced, 0) };
        assert_eq!(
            (timetable.count(&priced), timetable.after(&priced, 0).collect::<Vec<_>>()),
            ((1, Some(20)), vec![(20, 2)])
        );
    }

    #[test]
    fn prices_are_looked_at_where_they_differ() {
        let mut timetable = timetable(&[10, 20, 30]);
        let passing = |timetable: &Timetable, price_min, price_max| {
            let filter = Filter { price_min: Some(price_min), price_max: Some(price_max), ..Filter::default() };
            let sieve = Sieve { from: 0, ..Sieve::new(&filter, 0) };
            let listed: Vec<_> = timetable.after(&sieve, 0).map(|(_, id)| id).collect();
            assert_eq!((timetable.count(&sieve).0, timetable.dates(&sieve).count()), (listed.len(), listed.len()));
            listed
        };
        assert_eq!(passing(&timetable, 100, 300), [1, 2, 3]);
        assert_eq!(passing(&timetable, 101, 299), [2]);
        assert!(passing(&timetable, 301, 900).is_empty() && passing(&timetable, 0, 99).is_empty());
        timetable.remove(30, 3);
        assert_eq!(passing(&timetable, 150, 900), [2]);
        timetable.remove(10, 1);
        timetable.remove(20, 2);
        assert!(passing(&timetable, 0, 900).is_empty());
        timetable.put(Showing { start: 10, id: 9, price: 5_000, date: 1 });
        assert_eq!(passing(&timetable, 5_000, 5_000), [9]);
    }

    #[test]
    fn what_is_taken_out_is_gone_and_nothing_else() {
        let mut timetable = timetable(&[10, 10, 20]);
        timetable.remove(10, 2);
        timetable.remove(10, 9);
        let all = sieve(i64::MIN, i64::MAX);
        assert_eq!(timetable.after(&all, 0).collect::<Vec<_>>(), [(10, 1), (20, 3)]);
    }
}
