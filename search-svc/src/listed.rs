//! A page of a search as it is kept: everything but the seats left, which change by the second. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use usher::contract::search::SearchResponse;

use crate::{
    event::{Found, Timestamp},
    store::Moment,
};

/// A page, and what it takes to know whether it is still right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The page. Its counts of seats mean nothing.
    pub page: SearchResponse,
    /// How far the database's transactions were settled when it was read.
    pub transactions: i64,
    /// How long after that the first of its events begins, in milliseconds; `None` where all have begun.
    pub begins_after_ms: Option<u64>,
}

impl Listed {
    /// The page that was read at `moment`.
    pub fn new(found: &Found, page: SearchResponse, moment: Moment) -> Self {
        let begins = found.events.iter().map(|event| event.start_time).filter(|start| *start > moment.now).min();
        Self { page, transactions: moment.transactions, begins_after_ms: begins.map(|start| millis(start, moment.now)) }
    }

    /// Which events it shows.
    pub fn event_ids(&self) -> Vec<i64> {
        self.page.events.iter().map(|event| event.event_id).collect()
    }

    /// Whether one of its events has begun, `age` after it was read.
    pub fn has_begun(&self, age: Duration) -> bool {
        self.begins_after_ms.is_some_and(|begins| age >= Duration::from_millis(begins))
    }
}

fn millis(later: Timestamp, earlier: Timestamp) -> u64 {
    u64::try_from((later - earlier).num_milliseconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_over_when_the_first_of_its_events_begins() {
        let listed = Listed { page: SearchResponse::default(), transactions: 1, begins_after_ms: Some(500) };
        assert!(!listed.has_begun(Duration::from_millis(499)) && listed.has_begun(Duration::from_millis(500)));
        let never = Listed { begins_after_ms: None, ..listed };
        assert!(!never.has_begun(Duration::MAX));
    }

    #[test]
    fn what_the_cache_keeps_of_another_shape_is_no_page() {
        for garbage in ["", "null", "{", r#"{"page": {}}"#, r#"{"page": {"page": "x"}, "transactions": 1}"#, "[1]"] {
            assert!(serde_json::from_str::<Listed>(garbage).is_err(), "{garbage}");
        }
    }
}
