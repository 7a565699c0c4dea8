//! What changed of late, and whether an answer may be wrong for it. Pure.
//!
//! An answer remembers how far the database's transactions were settled when it was read. A change of a later one may be
//! missing in it: then it must be asked whether the answer would be another now.

use std::{collections::VecDeque, sync::Arc};

use crate::{search::Search, spelling, words::finds_longer};

/// How many changes are remembered. Where more come, all answers from before count as wrong, and are read again.
pub const CHANGES_MAX: usize = 5_000;

/// What of an event is searched, as it was or as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// Where.
    pub theater_id: i64,
    /// In which city.
    pub city_key: String,
    /// What kind it is.
    pub category_key: String,
    /// All words.
    pub words: Vec<String>,
}

/// An event that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The event.
    pub event_id: i64,
    /// The transaction that changed it.
    pub transaction: i64,
    /// What was said of it before, and what is now; empty where there is nothing.
    pub documents: Vec<Arc<Document>>,
}

/// The changes of late; at first, none is known, and any answer may be wrong.
#[derive(Debug)]
pub struct Recent {
    /// Changes of transactions below this one may be forgotten.
    known_from: i64,
    changes: VecDeque<Change>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { known_from: i64::MAX, changes: VecDeque::new() }
    }
}

impl Recent {
    /// Knows of no change, and of none before `transaction`.
    pub fn forget(&mut self, transaction: i64) {
        self.known_from = transaction;
        self.changes.clear();
    }

    /// Remembers a change; forgets the oldest one where there are too many.
    pub fn note(&mut self, change: Change) {
        if self.changes.len() >= CHANGES_MAX
            && let Some(forgotten) = self.changes.pop_front()
        {
            self.known_from = self.known_from.max(forgotten.transaction + 1);
        }
        self.changes.push_back(change);
    }

    /// Whether the answer is as good as when it was read: `transactions` were settled then, and it shows `event_ids`.
    pub fn leaves(&self, search: &Search, event_ids: &[i64], transactions: i64) -> bool {
        let later = || self.changes.iter().filter(|change| change.transaction >= transactions);
        transactions >= self.known_from && !later().any(|change| touches(change, search, event_ids))
    }
}

fn touches(change: &Change, search: &Search, event_ids: &[i64]) -> bool {
    event_ids.contains(&change.event_id) || change.documents.iter().any(|document| may_find(search, document))
}

/// Whether the search may find such an event. Says yes where it is not sure: times and prices are not looked at.
fn may_find(search: &Search, document: &Document) -> bool {
    let filter = &search.filter;
    filter.theater_id.is_none_or(|id| id == document.theater_id)
        && filter.city.as_ref().is_none_or(|city| *city == document.city_key)
        && filter.category.as_ref().is_none_or(|category| *category == document.category_key)
        && search.words.iter().all(|(word, required)| !required || may_mean(word, &document.words))
}

fn may_mean(typed: &str, words: &[String]) -> bool {
    let has = |part: &str| words.iter().any(|word| word == part);
    has(typed)
        || (finds_longer(typed) && words.iter().any(|word| word.starts_with(typed)))
        || !spelling::nearest(typed, words).is_empty()
        || spelling::splits(typed).iter().any(|(left, right)| has(left) && has(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Asked;

    fn search(query: &str) -> Search {
        let query = Some(query.to_owned()).filter(|query| !query.is_empty());
        Search::parse(&Asked { query, ..Asked::default() }).unwrap()
    }

    fn change(event_id: i64, transaction: i64, documents: &[&str]) -> Change {
        let document = |words: &&str| {
            let words = words.split(' ').map(ToOwned::to_owned).collect();
            Arc::new(Document { theater_id: 1, city_key: "wien".into(), category_key: "opera".into(), words })
        };
        Change { event_id, transaction, documents: documents.iter().map(document).collect() }
    }

    fn recent(changes: &[Change]) -> Recent {
        let mut recent = Recent::default();
        recent.forget(0);
        for change in changes {
            recent.note(change.clone());
        }
        recent
    }

    #[test]
    fn an_answer_that_shows_the_event_is_wrong() {
        let recent = recent(&[change(7, 100, &[])]);
        assert!(!recent.leaves(&search("x"), &[7], 100));
        assert!(recent.leaves(&search("x"), &[8], 100));
        assert!(recent.leaves(&search("x"), &[7], 101), "it was read after the change");
    }

    #[test]
    fn an_answer_is_wrong_that_lacks_the_event_or_counts_it_no_longer() {
        let renamed = recent(&[change(7, 100, &["hamlet", "blade runner"])]);
        for query in ["", "hamlet", "ham", "hamelt", "runner", "bladerunner"] {
            assert!(!renamed.leaves(&search(query), &[], 100), "{query}");
        }
        for query in ["macbeth", "hamlet runner", "xylophone"] {
            assert!(renamed.leaves(&search(query), &[], 100), "{query}");
        }
    }

    #[test]
    fn another_place_or_category_is_not_touched() {
        let recent = recent(&[change(7, 100, &["hamlet"])]);
        let leaves = |asked: Asked| recent.leaves(&Search::parse(&asked).unwrap(), &[], 100);
        assert!(
            leaves(Asked { theater_id: 2, ..Asked::default() }) && !leaves(Asked { theater_id: 1, ..Asked::default() })
        );
        let city = |city: &str| Asked { city: city.to_owned(), ..Asked::default() };
        assert!(leaves(city("Berlin")) && !leaves(city("Wien")));
        let category = |category: &str| Asked { category: category.to_owned(), ..Asked::default() };
        assert!(leaves(category("Play")) && !leaves(category("Opera")));
    }

    #[test]
    fn what_is_forgotten_may_have_been_anything() {
        let mut recent = Recent::default();
        assert!(!recent.leaves(&search("x"), &[], 1_000), "nothing is known yet");
        recent.forget(0);
        (0..=i64::try_from(CHANGES_MAX).unwrap()).for_each(|n| recent.note(change(n, n, &[])));
        assert!(!recent.leaves(&search("x"), &[], 0), "the first one is forgotten");
        assert!(recent.leaves(&search("x"), &[], 1));
        recent.forget(9_000);
        assert!(!recent.leaves(&search("x"), &[], 8_999) && recent.leaves(&search("x"), &[], 9_000));
    }
}
