//! An event as it is found. Pure.

use chrono::{DateTime, Utc};

/// A moment.
pub type Timestamp = DateTime<Utc>;

/// An event that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// What kind it is.
    pub category: String,
    /// When it starts.
    pub start_time: Timestamp,
    /// Where its picture or trailer is; may be empty.
    pub cdn_link: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// The lowest price, in minor units.
    pub price_from: i64,
    /// How many seats it has.
    pub total_ticket_count: i32,
    /// The theatre's id.
    pub theater_id: i64,
    /// The theatre's name.
    pub theater_name: String,
    /// The theatre's city.
    pub city: String,
    /// The theatre's IANA time zone.
    pub time_zone: String,
    /// The screen's id.
    pub screen_id: i64,
    /// The screen's name.
    pub screen_name: String,
}

/// One page of events, and of how many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// In the order of the search.
    pub events: Vec<Event>,
    /// How many there are over all pages.
    pub total: i64,
    /// What they have in common, if that was asked.
    pub facets: Option<Facets>,
}

/// What events have in common, with how many of them do. Each is a value to filter by, the same for people, and a count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// The most frequent first.
    pub categories: Vec<(String, String, i64)>,
    /// The most frequent first.
    pub theaters: Vec<(String, String, i64)>,
    /// In order.
    pub dates: Vec<(String, String, i64)>,
}
