//! Which of the events that were found come first, and what they have in common. Pure.

use std::{cmp::Reverse, collections::HashMap, hash::Hash};

use chrono::NaiveDate;

use crate::{event::Timestamp, page::Page};

/// The most categories and theatres that are counted.
pub const FACETS_MAX: usize = 30;
/// The most dates that are counted.
pub const DATES_MAX: usize = 60;

/// An event that has what is sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The event.
    pub event_id: i64,
    /// How well it matches.
    pub score: i32,
    /// When it starts.
    pub start_time: Timestamp,
    /// Where.
    pub theater_id: i64,
    /// The date there.
    pub local_date: NaiveDate,
    /// What kind it is, in the form of [`crate::words::key`].
    pub category_key: String,
}

/// The events of the page, the best match first, then what is nearest to `now`.
pub fn page_of(hits: &[Hit], page: Page, now: Timestamp) -> Vec<i64> {
    let mut order: Vec<_> =
        hits.iter().map(|hit| (Reverse(hit.score), nearness(hit.start_time, now), hit.event_id)).collect();
    order.sort_unstable();
    let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    order.into_iter().skip(before).take(Page::SIZE).map(|(_, _, id)| id).collect()
}

/// How far from now, in microseconds.
pub fn nearness(start_time: Timestamp, now: Timestamp) -> i64 {
    (start_time - now).abs().num_microseconds().unwrap_or(i64::MAX)
}

/// What events have in common, with how many of them do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// By category, in the form of [`crate::words::key`]; the most frequent first.
    pub categories: Vec<(String, i64)>,
    /// By theatre; the most frequent first.
    pub theaters: Vec<(i64, i64)>,
    /// By date at the theatre, in order.
    pub dates: Vec<(NaiveDate, i64)>,
}

/// Counts what was found.
pub fn count(hits: &[Hit]) -> Counts {
    let mut dates: Vec<_> = tally(hits.iter().map(|hit| hit.local_date));
    dates.sort_unstable();
    dates.truncate(DATES_MAX);
    Counts {
        categories: most(tally(hits.iter().map(|hit| hit.category_key.clone()))),
        theaters: most(tally(hits.iter().map(|hit| hit.theater_id))),
        dates,
    }
}

fn tally<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<(K, i64)> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// The most frequent ones, the most frequent first.
pub fn most<K: Ord>(mut counts: Vec<(K, i64)>) -> Vec<(K, i64)> {
    counts.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    counts.truncate(FACETS_MAX);
    counts
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn now() -> Timestamp {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn hit(event_id: i64, score: i32, days: i64) -> Hit {
        let start_time = now() + TimeDelta::days(days);
        Hit {
            event_id,
            score,
            start_time,
            theater_id: event_id % 2,
            local_date: start_time.date_naive(),
            category_key: if event_id < 3 { "opera" } else { "drama" }.to_owned(),
        }
    }

    fn first() -> Page {
        Page::parse(1).unwrap()
    }

    #[test]
    fn the_better_match_comes_first_then_what_is_nearer_in_time() {
        let hits = [hit(1, 5, 9), hit(2, 5, 3), hit(3, 7, 30), hit(4, 5, -4)];
        assert_eq!(page_of(&hits, first(), now()), [3, 2, 4, 1]);
    }

    #[test]
    fn every_hit_stands_on_one_page() {
        let hits: Vec<_> = (1..=65).map(|id| hit(id, 0, id)).collect();
        let on = |page| page_of(&hits, Page::parse(page).unwrap(), now());
        assert_eq!((on(1).len(), on(2).len(), on(3).len(), on(4).len()), (30, 30, 5, 0));
        assert_eq!([on(1), on(2), on(3)].concat(), (1..=65).collect::<Vec<_>>());
    }

    #[test]
    fn counts_are_of_all_hits_and_in_order() {
        let counts = count(&[hit(1, 0, 2), hit(2, 0, 1), hit(3, 0, 1), hit(4, 0, 1), hit(5, 0, 1)]);
        assert_eq!(counts.categories, [("drama".to_owned(), 3), ("opera".to_owned(), 2)]);
        assert_eq!(counts.theaters, [(1, 3), (0, 2)]);
        let date = |days| (now() + TimeDelta::days(days)).date_naive();
        assert_eq!(counts.dates, [(date(1), 4), (date(2), 1)]);
        assert_eq!(count(&(1..=100).map(|id| hit(id, 0, id)).collect::<Vec<_>>()).dates.len(), DATES_MAX);
    }
}
