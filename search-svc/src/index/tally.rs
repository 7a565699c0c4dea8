//! What events have in common, counted. Category and theatre are the same for all events of a document, so that only
//! dates are counted one by one. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::rank::Counts;

/// How many days before and after the first one that came are counted side by side: more than most events are ahead.
const DAYS_AROUND: i32 = 512;

/// Counts of events.
#[derive(Debug, Default)]
pub struct Tally {
    /// A document of each category, and how many events.
    categories: HashMap<u32, (usize, i64)>,
    theaters: HashMap<i64, i64>,
    /// The first of the days, and the days from then on.
    first: i32,
    days: Vec<i64>,
    /// All others.
    other_days: BTreeMap<i32, i64>,
}

impl Tally {
    /// Adds the events of a document, which has a number, as its category has.
    pub fn add(
        &mut self,
        document: usize,
        category: u32,
        theater_id: i64,
        events: i64,
        dates: impl Iterator<Item = i32>,
    ) {
        self.categories.entry(category).or_insert((document, 0)).1 += events;
        *self.theaters.entry(theater_id).or_default() += events;
        // Not one after the other: what they are chosen by is then decided once, and not for each of thousands.
        dates.for_each(|date| self.note(date));
    }

    fn note(&mut self, date: i32) {
        // A day before the first is far behind the last.
        let nth = date.wrapping_sub(self.first).cast_unsigned() as usize;
        match self.days.get_mut(nth) {
            Some(count) => *count += 1,
            None => self.note_other(date),
        }
    }

    #[cold]
    fn note_other(&mut self, date: i32) {
        if self.days.is_empty() {
            self.first = date.saturating_sub(DAYS_AROUND);
            self.days = vec![0; 2 * DAYS_AROUND as usize];
            return self.note(date);
        }
        *self.other_days.entry(date).or_default() += 1;
    }

    /// On how many dates there are events.
    pub fn days(&self) -> usize {
        self.days.iter().filter(|count| **count > 0).count() + self.other_days.len()
    }

    /// The most frequent ones, and the first dates. `name` is what a document's category is called; one without a
    /// name is left out.
    pub fn counts(self, name: impl Fn(usize) -> Option<String>) -> Counts {
        let days = (self.first..).zip(self.days).filter(|(_, count)| *count > 0);
        let dates = days.chain(self.other_days);
        let date = |(day, count)| Some((NaiveDate::from_num_days_from_ce_opt(day)?, count));
        let counts = Counts {
            categories: self.categories.into_values().filter_map(|(nth, count)| Some((name(nth)?, count))).collect(),
            theaters: self.theaters.into_iter().collect(),
            dates: dates.filter_map(date).collect(),
        };
        counts.most()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_in_whatever_order_they_come() {
        let mut tally = Tally::default();
        tally.add(11, 1, 7, 3, [700_010, 700_012, 700_010].into_iter());
        tally.add(12, 2, 7, 2, [700_000, 900_000].into_iter());
        tally.add(10, 0, 8, 1, [700_012].into_iter());
        let counts = tally.counts(|nth| (nth > 10).then(|| format!("category of {nth}")));
        let date = |day| NaiveDate::from_num_days_from_ce_opt(day).unwrap();
        let dates = [(700_000, 1), (700_010, 2), (700_012, 2), (900_000, 1)].map(|(day, count)| (date(day), count));
        assert_eq!(counts.dates, dates);
        assert_eq!(counts.theaters, [(7, 5), (8, 1)]);
        assert_eq!(counts.categories, [("category of 11".to_owned(), 3), ("category of 12".to_owned(), 2)]);
    }
}
