//! From what was found to the contract's messages.

use std::time::Duration;

use usher::contract::{
    event,
    search::{FacetCount, Facets, SearchResponse, SuggestResponse, Suggestion, suggestion::Kind},
};

use crate::{
    event as domain,
    page::{self, Page},
    suggestion,
};

/// The page of what was found. How many seats are left is written into it later.
pub fn found(found: &domain::Found, page: Page) -> SearchResponse {
    SearchResponse {
        events: found.events.iter().map(event).collect(),
        page: page.number(),
        total_pages: page::pages(found.total),
        total_count: found.total,
        facets: found.facets.as_ref().map(facets),
        retry_after_ms: 0,
    }
}

/// A page that says nothing, but when to ask again.
pub fn later(page: Page, after: Duration) -> SearchResponse {
    SearchResponse { page: page.number(), retry_after_ms: millis(after), ..SearchResponse::default() }
}

/// How what was typed may go on.
pub fn suggestions(suggestions: &[suggestion::Suggestion]) -> SuggestResponse {
    SuggestResponse { suggestions: suggestions.iter().map(suggestion).collect(), retry_after_ms: 0 }
}

/// No suggestions, but when to ask again.
pub fn suggestions_later(after: Duration) -> SuggestResponse {
    SuggestResponse { suggestions: Vec::new(), retry_after_ms: millis(after) }
}

fn millis(after: Duration) -> i32 {
    i32::try_from(after.as_millis()).unwrap_or(i32::MAX)
}

fn suggestion(suggestion: &suggestion::Suggestion) -> Suggestion {
    let kind = match suggestion.kind {
        suggestion::Kind::Event => Kind::Event,
        suggestion::Kind::Theater => Kind::Theater,
        suggestion::Kind::City => Kind::City,
        suggestion::Kind::Category => Kind::Category,
    };
    Suggestion { text: suggestion.text.clone(), kind: kind.into() }
}

fn facets(facets: &domain::Facets) -> Facets {
    let counts = |counts: &[(String, String, i64)]| {
        let count = |(value, name, count): &(String, String, i64)| FacetCount {
            value: value.clone(),
            name: name.clone(),
            count: *count,
        };
        counts.iter().map(count).collect()
    };
    Facets { categories: counts(&facets.categories), theaters: counts(&facets.theaters), dates: counts(&facets.dates) }
}

fn event(event: &domain::Event) -> event::Event {
    event::Event {
        event_id: event.id,
        event_name: event.name.clone(),
        description: event.description.clone(),
        theater_name: event.theater_name.clone(),
        screen_name: event.screen_name.clone(),
        start_time: Some(event.start_time.into()),
        total_ticket_count: event.total_ticket_count,
        remaining_ticket_count: 0,
        cdn_link: event.cdn_link.clone(),
        currency: event.currency.clone(),
        price_from: event.price_from,
        theater_id: event.theater_id,
        screen_id: event.screen_id,
        category: event.category.clone(),
        city: event.city.clone(),
        time_zone: event.time_zone.clone(),
        cancel_policy: None,
        waiting_room: None,
    }
}
