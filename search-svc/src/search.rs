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
/// How many events may stand before a page that is found at once.
const SHORT_EVENTS: i64 = 300;
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

    /// Whether an index finds its page without going through many events: another thread for it would take longer to wake.
    pub fn is_short(&self) -> bool {
        let Filter { price_min, price_max, include_past, .. } = self.filter;
        let all_of_a_time = price_min.is_none() && price_max.is_none() && !include_past;
        !self.words.is_empty() && all_of_a_time && self.page.offset() < SHORT_EVENTS
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
mod tests;
