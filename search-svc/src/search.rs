//! A search that can be made: its bounds, and its one name in the cache. Pure.

use chrono::{DateTime, SubsecRound as _};
use usher::reason::Refusal;

use crate::{event::Timestamp, page::Page, words::Words};

/// The times that the contract's timestamps can say: the years 1 to 9999, in seconds since 1970.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// The digits of a second that the database keeps.
const SECOND_DIGITS: u16 = 6;
/// Changes whenever what stands under a key changes its meaning or form: a version that is being replaced and its
/// successor share a cache.
const KEY_VERSION: u32 = 1;

/// A search as it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `None` lists everything.
    pub query: Option<String>,
    /// 0 is nobody.
    pub user_id: i64,
    /// 0 is the first.
    pub page: i32,
    /// Seconds since 1970, and nanoseconds.
    pub from: Option<(i64, i32)>,
    /// Seconds since 1970, and nanoseconds.
    pub to: Option<(i64, i32)>,
    /// 0 is all.
    pub theater_id: i64,
}

/// A search that can be made. Who asks makes no difference to what is found, and is left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// None finds everything.
    pub words: Words,
    /// Only events that start then or later.
    pub from: Option<Timestamp>,
    /// Only events that start before.
    pub to: Option<Timestamp>,
    /// Only events of this theatre.
    pub theater_id: Option<i64>,
    /// Which page of it.
    pub page: Page,
}

impl Search {
    /// Accepts what was asked, or says all that is wrong with it.
    pub fn parse(asked: &Asked) -> Result<Self, Refusal> {
        let mut violations = Vec::new();
        let mut refuse = |field: &str, wrong: &str| violations.push((field.to_owned(), wrong.to_owned()));
        let words = asked.query.as_deref().map_or_else(|| Ok(Words::default()), Words::parse);
        let words = words.unwrap_or_else(|wrong| {
            refuse("query", wrong);
            Words::default()
        });
        if asked.user_id < 0 {
            refuse("user_id", "must be an account's id; leave it out to search as nobody");
        }
        let page = Page::parse(asked.page);
        if page.is_none() {
            refuse("page", "must be 1 to 10,000");
        }
        let (from, to) = (asked.from.map(timestamp), asked.to.map(timestamp));
        for (field, time) in [("from", from), ("to", to)] {
            if time == Some(None) {
                refuse(field, "must be a time from the year 1 to 9999, such as 2027-01-31T19:30:00Z");
            }
        }
        let (from, to) = (from.flatten(), to.flatten());
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            refuse("to", "must not be before from");
        }
        if asked.theater_id < 0 {
            refuse("theater_id", "must be a theatre's id; leave it out to search them all");
        }
        let theater_id = Some(asked.theater_id).filter(|id| *id > 0);
        match page {
            Some(page) if violations.is_empty() => Ok(Self { words, from, to, theater_id, page }),
            _ => Err(Refusal::fields(violations)),
        }
    }

    /// The search's name in the cache: the same for all ways to ask for the same. The words come last, and none of
    /// them has a space, so that no two searches share a name.
    pub fn key(&self) -> String {
        let time =
            |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |at| at.timestamp_micros().to_string());
        format!(
            "usher:search:{KEY_VERSION}:{page}:{theater}:{from}:{to}:{words}",
            page = self.page.number(),
            theater = self.theater_id.unwrap_or_default(),
            from = time(self.from),
            to = time(self.to),
            words = self.words.joined(),
        )
    }
}

fn timestamp((seconds, nanos): (i64, i32)) -> Option<Timestamp> {
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let at = DateTime::from_timestamp(seconds, nanos).filter(|_| SECONDS.contains(&seconds))?;
    Some(at.trunc_subsecs(SECOND_DIGITS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::Status;
    use tonic_types::StatusExt as _;

    use super::*;

    fn wrong_fields(asked: &Asked) -> Vec<String> {
        let Err(refusal) = Search::parse(asked) else { return Vec::new() };
        let bad = Status::from(refusal).get_details_bad_request().unwrap();
        bad.field_violations.into_iter().map(|violation| violation.field).collect()
    }

    fn key(asked: &Asked) -> String {
        Search::parse(asked).unwrap().key()
    }

    fn query(query: &str) -> Asked {
        Asked { query: Some(query.to_owned()), ..Asked::default() }
    }

    #[test]
    fn without_a_query_everything_is_found_and_a_blank_one_is_refused() {
        assert_eq!(Search::parse(&Asked::default()).unwrap().words, Words::default());
        assert_eq!(wrong_fields(&query("")), ["query"]);
        assert_eq!(wrong_fields(&query("  ")), ["query"]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let asked = Asked {
            query: Some("\u{0}".to_owned()),
            user_id: -1,
            page: -1,
            from: Some((i64::MAX, 0)),
            to: Some((0, -1)),
            theater_id: -1,
        };
        assert_eq!(wrong_fields(&asked), ["query", "user_id", "page", "from", "to", "theater_id"]);
    }

    #[test]
    fn times_are_in_order_and_within_the_contracts_years() {
        let between = |from, to| Asked { from: Some((from, 0)), to: Some((to, 0)), ..Asked::default() };
        assert_eq!(wrong_fields(&between(2, 1)), ["to"]);
        assert!(wrong_fields(&between(1, 1)).is_empty());
        assert!(wrong_fields(&between(*SECONDS.start(), *SECONDS.end())).is_empty());
        assert_eq!(wrong_fields(&between(SECONDS.start() - 1, SECONDS.end() + 1)), ["from", "to"]);
        let first = DateTime::from_timestamp(*SECONDS.start(), 0).unwrap();
        assert_eq!(first.to_rfc3339(), "0001-01-01T00:00:00+00:00");
    }

    #[test]
    fn one_search_has_one_key_however_it_is_asked() {
        let asked = Asked { page: 0, user_id: 7, ..query("  Winter TALE ") };
        assert_eq!(key(&asked), key(&Asked { page: 1, user_id: 0, ..query("tale winter") }));
        assert_eq!(key(&query("tale winter")), "usher:search:1:1:0:-:-:tale winter");
        let from = |nanos| Asked { from: Some((7, nanos)), ..Asked::default() };
        assert_eq!(key(&from(1_999)), key(&from(1_000)), "the database keeps no nanoseconds");
    }

    #[test]
    fn another_search_has_another_key() {
        let searches = [
            Asked::default(),
            query("1"),
            query("1 2"),
            query("12"),
            query("-:1"),
            Asked { page: 2, ..Asked::default() },
            Asked { theater_id: 2, ..Asked::default() },
            Asked { from: Some((0, 0)), ..Asked::default() },
            Asked { to: Some((0, 0)), ..Asked::default() },
            Asked { from: Some((0, 1_000)), ..Asked::default() },
        ];
        let mut keys: Vec<_> = searches.iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), searches.len());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(
            query in any::<Option<String>>(),
            page in any::<i32>(),
            from in any::<Option<(i64, i32)>>(),
            to in any::<Option<(i64, i32)>>(),
            theater_id in any::<i64>(),
        ) {
            if let Ok(search) = Search::parse(&Asked { query, user_id: 0, page, from, to, theater_id }) {
                prop_assert!(!search.key().chars().any(char::is_control));
            }
        }

        #[test]
        fn equal_keys_mean_equal_searches(
            first in (prop::option::of("[ab1:-]( ?[ab1:-]){0,4}"), 0..3, 0_i64..3, prop::option::of(0_i64..2)),
            second in (prop::option::of("[ab1:-]( ?[ab1:-]){0,4}"), 0..3, 0_i64..3, prop::option::of(0_i64..2)),
        ) {
            let search = |(query, page, theater_id, from): (Option<String>, i32, i64, Option<i64>)| {
                let from = from.map(|seconds| (seconds, 0));
                Search::parse(&Asked { query, user_id: 0, page, from, to: None, theater_id }).unwrap()
            };
            let (first, second) = (search(first), search(second));
            prop_assert_eq!(first.key() == second.key(), first == second);
        }
    }
}
