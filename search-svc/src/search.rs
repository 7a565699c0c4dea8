//! A search that can be made: its bounds, and its one name in the cache. Pure.

use std::ops::RangeInclusive;

use chrono::{DateTime, SubsecRound as _};
use serde::{Deserialize, Serialize};
use usher::reason::Refusal;

use crate::{
    event::Timestamp,
    page::Page,
    words::{self, Words},
};

/// The times that the contract's timestamps can say: the years 1 to 9999, in seconds since 1970.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// The digits of a second that the database keeps.
const SECOND_DIGITS: u16 = 6;
/// Changes whenever what stands under a key changes its meaning or form: a version that is being replaced and its
/// successor share a cache.
pub const KEY_PREFIX: &str = "usher:search:2:";
/// The longest city or category, in characters.
const FILTER_CHARS_MAX: usize = 200;

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
    /// Empty is all.
    pub city: String,
    /// Empty is all.
    pub category: String,
    /// Minor units.
    pub price_min: Option<i64>,
    /// Minor units.
    pub price_max: Option<i64>,
    /// Whether events that have begun are found as well.
    pub include_past: bool,
    /// Whether what is found is counted by what it has in common.
    pub facets: bool,
}

/// A search that can be made. Who asks makes no difference to what is found, and is left behind. Its fields are its name
/// in the cache: see [`Self::key`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// None finds everything.
    #[serde(rename = "w", default, skip_serializing_if = "Words::is_empty")]
    pub words: Words,
    /// Which events can be found at all.
    #[serde(flatten)]
    pub filter: Filter,
    /// Which page of it.
    #[serde(rename = "p")]
    pub page: Page,
    /// Whether what is found is counted by what it has in common.
    #[serde(rename = "n", default, skip_serializing_if = "is_false")]
    pub facets: bool,
}

/// What an event must be, whatever its words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only events that start then or later.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only events that start before.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Only events of this theatre.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub theater_id: Option<i64>,
    /// Only events in this city, in the form of [`words::key`].
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Only events of this category, in the form of [`words::key`].
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The least that the cheapest seat may cost, in minor units.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub price_min: Option<i64>,
    /// The most that the cheapest seat may cost, in minor units.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub price_max: Option<i64>,
    /// Whether events that have begun are found as well.
    #[serde(rename = "a", default, skip_serializing_if = "is_false")]
    pub include_past: bool,
}

/// The rules of the fields, and all that is wrong with them.
#[derive(Default)]
struct Violations(Vec<(String, String)>);

impl Search {
    /// Accepts what was asked, or says all that is wrong with it.
    pub fn parse(asked: &Asked) -> Result<Self, Refusal> {
        let mut wrong = Violations::default();
        let words = asked.query.as_deref().map_or_else(|| Ok(Words::default()), Words::parse);
        let words = words.unwrap_or_else(|why| {
            wrong.add("query", why);
            Words::default()
        });
        if asked.user_id < 0 {
            wrong.add("user_id", "must be an account's id; leave it out to search as nobody");
        }
        let page = Page::parse(asked.page);
        if page.is_none() {
            wrong.add("page", "must be 1 to 10,000");
        }
        let filter = Filter::parse(asked, &mut wrong);
        match page {
            Some(page) if wrong.0.is_empty() => Ok(Self { words, filter, page, facets: asked.facets }),
            _ => Err(Refusal::fields(wrong.0)),
        }
    }

    /// The search's name in the cache: the same for all ways to ask for the same. It is the search itself, so that
    /// whoever finds the name can make the search again.
    pub fn key(&self) -> String {
        // A struct of texts and numbers always has its JSON.
        serde_json::to_string(self).map_or_else(|_| String::new(), |search| format!("{KEY_PREFIX}{search}"))
    }

    /// The search of that name; `None` where it is none.
    pub fn from_key(key: &str) -> Option<Self> {
        serde_json::from_str(key.strip_prefix(KEY_PREFIX)?).ok()
    }
}

impl Filter {
    fn parse(asked: &Asked, wrong: &mut Violations) -> Self {
        let (from, to) = (asked.from.map(timestamp), asked.to.map(timestamp));
        for (field, time) in [("from", from), ("to", to)] {
            if time == Some(None) {
                wrong.add(field, "must be a time from the year 1 to 9999, such as 2027-01-31T19:30:00Z");
            }
        }
        let (from, to) = (from.flatten(), to.flatten());
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            wrong.add("to", "must not be before from");
        }
        if asked.theater_id < 0 {
            wrong.add("theater_id", "must be a theatre's id; leave it out to search them all");
        }
        for (field, price) in [("price_min", asked.price_min), ("price_max", asked.price_max)] {
            if price.is_some_and(|price| price < 0) {
                wrong.add(field, "must be 0 or more, in minor units of the currency");
            }
        }
        if asked.price_min.zip(asked.price_max).is_some_and(|(min, max)| max < min) {
            wrong.add("price_max", "must not be below price_min");
        }
        Self {
            from,
            to,
            theater_id: Some(asked.theater_id).filter(|id| *id > 0),
            city: wrong.name("city", &asked.city),
            category: wrong.name("category", &asked.category),
            price_min: asked.price_min,
            price_max: asked.price_max,
            include_past: asked.include_past,
        }
    }
}

impl Violations {
    fn add(&mut self, field: &str, wrong: &str) {
        self.0.push((field.to_owned(), wrong.to_owned()));
    }

    /// A name to filter by; empty is none.
    fn name(&mut self, field: &str, asked: &str) -> Option<String> {
        if asked.is_empty() {
            return None;
        }
        let key = words::key(asked);
        if key.is_empty() || asked.chars().count() > FILTER_CHARS_MAX || asked.chars().any(char::is_control) {
            self.add(field, "must be a name of 1 to 200 characters; leave it out to search them all");
        }
        Some(key)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(value: &bool) -> bool {
    !*value
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
            city: "?".to_owned(),
            category: "x".repeat(FILTER_CHARS_MAX + 1),
            price_min: Some(-1),
            price_max: Some(-2),
            ..Asked::default()
        };
        let fields = ["query", "user_id", "page", "from", "to", "theater_id", "price_min", "price_max", "price_max"];
        assert_eq!(wrong_fields(&asked), [&fields[..], &["city", "category"]].concat());
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
        let asked = Asked { page: 0, user_id: 7, ..query("  Winter TÂLE ") };
        assert_eq!(key(&asked), key(&Asked { page: 1, user_id: 0, ..query("tale winter") }));
        assert_eq!(key(&query("tale winter")), r#"usher:search:2:{"w":["tale","winter"],"p":1}"#);
        let from = |nanos| Asked { from: Some((7, nanos)), ..Asked::default() };
        assert_eq!(key(&from(1_999)), key(&from(1_000)), "the database keeps no nanoseconds");
        let city = |city: &str| Asked { city: city.to_owned(), ..Asked::default() };
        assert_eq!(key(&city("São Paulo")), key(&city("sao  paulo")));
    }

    #[test]
    fn another_search_has_another_key() {
        let searches = [
            Asked::default(),
            query("1"),
            query("1 2"),
            query("12"),
            Asked { page: 2, ..Asked::default() },
            Asked { theater_id: 2, ..Asked::default() },
            Asked { from: Some((0, 0)), ..Asked::default() },
            Asked { to: Some((0, 0)), ..Asked::default() },
            Asked { from: Some((0, 1_000)), ..Asked::default() },
            Asked { city: "1".to_owned(), ..Asked::default() },
            Asked { category: "1".to_owned(), ..Asked::default() },
            Asked { price_min: Some(0), ..Asked::default() },
            Asked { price_max: Some(0), ..Asked::default() },
            Asked { include_past: true, ..Asked::default() },
            Asked { facets: true, ..Asked::default() },
        ];
        let mut keys: Vec<_> = searches.iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), searches.len());
    }

    #[test]
    fn what_is_no_key_is_no_search() {
        for key in ["", "usher:search:2:", "usher:search:1:1:0:-:-:x", "usher:search:2:{}", "usher:search:2:{\"p\":0}"]
        {
            assert_eq!(Search::from_key(key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_search(
            query in any::<Option<String>>(),
            page in any::<i32>(),
            from in any::<Option<(i64, i32)>>(),
            to in any::<Option<(i64, i32)>>(),
            theater_id in any::<i64>(),
            city in any::<String>(),
            price_min in any::<Option<i64>>(),
            include_past in any::<bool>(),
        ) {
            let asked = Asked { query, page, from, to, theater_id, city, price_min, include_past, ..Asked::default() };
            if let Ok(search) = Search::parse(&asked) {
                let key = search.key();
                prop_assert!(!key.chars().any(char::is_control));
                prop_assert_eq!(Search::from_key(&key), Some(search));
            }
        }
    }
}
