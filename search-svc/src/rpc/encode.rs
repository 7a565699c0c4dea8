//! From what was found to the contract's messages.

use usher::contract::{event, search::SearchResponse};

use crate::{
    event::{Event, Found},
    page::{self, Page},
};

/// The page of what was found.
pub fn found(found: Found, page: Page) -> SearchResponse {
    SearchResponse {
        events: found.events.into_iter().map(event).collect(),
        page: page.number(),
        total_pages: page::pages(found.total),
        total_count: found.total,
    }
}

fn event((event, remaining): (Event, i64)) -> event::Event {
    event::Event {
        event_id: event.id,
        event_name: event.name,
        description: event.description,
        theater_name: event.theater_name,
        screen_name: event.screen_name,
        start_time: Some(event.start_time.into()),
        total_ticket_count: event.total_ticket_count,
        remaining_ticket_count: i32::try_from(remaining).unwrap_or(i32::MAX),
        cdn_link: event.cdn_link,
        currency: event.currency,
        price_from: event.price_from,
        theater_id: event.theater_id,
        screen_id: event.screen_id,
        category: event.category,
        city: event.city,
        time_zone: event.time_zone,
        cancel_policy: None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn an_answer_comes_out_of_the_cache_as_it_went_in() {
        let event = Event {
            id: i64::MAX >> 20,
            name: "The \"Winter's\" Tale\n".to_owned(),
            description: "é\u{1f3ad}".to_owned(),
            category: String::new(),
            start_time: DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap(),
            cdn_link: String::new(),
            currency: "GBP".to_owned(),
            price_from: 1_500,
            total_ticket_count: 12,
            theater_id: 3,
            theater_name: "Roundhouse".to_owned(),
            city: "Testville".to_owned(),
            time_zone: "Europe/London".to_owned(),
            screen_id: 4,
            screen_name: "One".to_owned(),
        };
        let answer = found(Found { events: vec![(event, 9)], total: 31 }, Page::parse(2).unwrap());
        let kept = serde_json::to_vec(&answer).unwrap();
        assert_eq!(serde_json::from_slice::<SearchResponse>(&kept).unwrap(), answer);
        assert_eq!((answer.total_pages, answer.events[0].remaining_ticket_count), (2, 9));
    }

    #[test]
    fn what_the_cache_keeps_of_another_shape_is_no_answer() {
        for garbage in ["", "null", "{", r#"{"event_list": []}"#, r#"{"page": "x"}"#, "[1]"] {
            assert!(serde_json::from_str::<SearchResponse>(garbage).is_err(), "{garbage}");
        }
    }
}
