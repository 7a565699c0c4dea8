//! From the contract's fields to values that can't be wrong.

mod layout;

pub use layout::theater;

use std::collections::HashSet;

use http::Uri;
use usher::{
    contract::event::{self, TicketPrice, UpdateEventRequest},
    id::EventId,
};

use crate::{
    error::Error,
    event::{ADMISSIONS_MAX, CancelPolicy, Details, Fixed, WaitingRoom},
    seat::{PRICE_MAX, SEAT_NUMBER_CHARS_MAX, SEATS_MAX},
    text::Violations,
    ticket_prices::SeatPrice,
};

const EVENTS_MAX: usize = 100;
const EVENT_NAME_CHARS_MAX: usize = 300;
const DESCRIPTION_CHARS_MAX: usize = 10_000;
const CATEGORY_CHARS_MAX: usize = 100;
/// A year.
const CANCEL_MINUTES_MAX: i32 = 525_600;
const CDN_LINK_CHARS_MAX: usize = 2_000;

/// An event's id, as a request names it.
pub fn event_id(id: i64) -> Result<EventId, Error> {
    if id == 0 {
        return Err(Error::field("event_id", "is required"));
    }
    EventId::new(id).ok_or(Error::UnknownEvent(id))
}

/// Some events' ids.
pub fn event_ids(ids: Vec<i64>) -> Result<Vec<i64>, Error> {
    if ids.is_empty() || ids.len() > EVENTS_MAX {
        return Err(Error::field("event_ids", format!("must be 1 to {EVENTS_MAX} events' ids")));
    }
    Ok(ids)
}

/// What a request says about an event.
pub fn event(body: UpdateEventRequest) -> Result<(Details, Fixed), Error> {
    let mut wrong = Violations::default();
    let event_name = wrong.line("event_name", &body.event_name, EVENT_NAME_CHARS_MAX);
    let description = wrong.prose("description", &body.description, DESCRIPTION_CHARS_MAX);
    let category = wrong.line("category", &body.category, CATEGORY_CHARS_MAX);
    let cdn_link = wrong.line("cdn_link", &body.cdn_link, CDN_LINK_CHARS_MAX);
    wrong.check(cdn_link.is_empty() || is_web_address(&cdn_link), "cdn_link", "must be an http or https address");
    let start_time = body.start_time.map(|time| chrono::DateTime::try_from(time).map_err(drop)).transpose();
    wrong.check(start_time.is_ok(), "start_time", "must be a time (RFC 3339)");
    wrong.check(body.theater_id >= 0, "theater_id", "must be a theatre's id");
    wrong.check(body.screen_id >= 0, "screen_id", "must be a screen's id");
    let currency = body.currency;
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    wrong.check(currency.is_empty() || is_code, "currency", "must be an ISO 4217 code, such as EUR");
    let seats = usize::try_from(body.ticket_count);
    wrong.check(
        seats.is_ok_and(|seats| seats <= SEATS_MAX),
        "ticket_count",
        &format!("must be 1 to {SEATS_MAX}, or left out"),
    );
    if let Some(price) = body.default_price {
        check_price(&mut wrong, "default_price", price);
    }
    let cancel_policy = body.cancel_policy.map(|policy| cancel_policy(&mut wrong, policy));
    let waiting_room = body.waiting_room.map(|room| waiting_room(&mut wrong, room));
    wrong.refuse()?;
    let details = Details {
        event_name: text(event_name),
        description: text(description),
        category: text(category),
        start_time: start_time.unwrap_or_default(),
        cdn_link: text(cdn_link),
        cancel_policy,
        waiting_room,
    };
    let fixed = Fixed {
        theater_id: Some(body.theater_id).filter(|id| *id != 0),
        screen_id: Some(body.screen_id).filter(|id| *id != 0),
        currency: text(currency),
        ticket_count: Some(body.ticket_count).filter(|count| *count != 0),
        default_price: body.default_price,
    };
    Ok((details, fixed))
}

/// A price list, each seat at most once.
pub fn ticket_list(list: &[TicketPrice]) -> Result<Vec<SeatPrice>, Error> {
    if list.is_empty() || list.len() > SEATS_MAX {
        return Err(Error::field("ticket_list", format!("must name 1 to {SEATS_MAX} seats")));
    }
    let mut wrong = Violations::default();
    let mut seen = HashSet::new();
    let mut prices = Vec::with_capacity(list.len());
    for (n, entry) in list.iter().enumerate() {
        let field = |name: &str| format!("ticket_list[{n}].{name}");
        let seat_number = wrong.name(&field("seat_no"), &entry.seat_no, SEAT_NUMBER_CHARS_MAX);
        wrong.check(seen.insert(seat_number.clone()), &field("seat_no"), "is named twice");
        check_price(&mut wrong, &field("price"), entry.price);
        prices.push(SeatPrice { seat_number, price: entry.price });
    }
    wrong.refuse()?;
    Ok(prices)
}

fn cancel_policy(wrong: &mut Violations, policy: event::CancelPolicy) -> CancelPolicy {
    let event::CancelPolicy { minutes_before, fee_percent } = policy;
    let minutes = (0..=CANCEL_MINUTES_MAX).contains(&minutes_before);
    wrong.check(minutes, "cancel_policy.minutes_before", &format!("must be 0 to {CANCEL_MINUTES_MAX} minutes"));
    wrong.check((0..=100).contains(&fee_percent), "cancel_policy.fee_percent", "must be 0 to 100 percent");
    CancelPolicy { minutes_before, fee_percent }
}

fn waiting_room(wrong: &mut Violations, room: event::WaitingRoom) -> WaitingRoom {
    let event::WaitingRoom { admissions_per_minute, opens_at } = room;
    let rate = (0..=ADMISSIONS_MAX).contains(&admissions_per_minute);
    let bounds = format!("must be 1 to {ADMISSIONS_MAX}, or 0 for no waiting room");
    wrong.check(rate, "waiting_room.admissions_per_minute", &bounds);
    let opens_at = opens_at.map(|time| chrono::DateTime::try_from(time).map_err(drop)).transpose();
    wrong.check(opens_at.is_ok(), "waiting_room.opens_at", "must be a time (RFC 3339)");
    WaitingRoom { admissions_per_minute, opens_at: opens_at.unwrap_or_default() }
}

fn check_price(wrong: &mut Violations, field: &str, price: i64) {
    wrong.check((0..=PRICE_MAX).contains(&price), field, &format!("must be 0 to {PRICE_MAX}, in minor units"));
}

fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn is_web_address(link: &str) -> bool {
    link.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(seat_no: &str, price: i64) -> TicketPrice {
        TicketPrice { seat_no: seat_no.to_owned(), price }
    }

    fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_price_list_names_each_seat_once_and_at_a_price() {
        assert_eq!(ticket_list(&[price(" A1 ", 5)]).unwrap()[0].seat_number, "A1");
        assert!(refusal(ticket_list(&[price("A1", 5), price("A1", 6)])).contains("ticket_list[1].seat_no"));
        assert!(refusal(ticket_list(&[price("A1", -1)])).contains("ticket_list[0].price"));
        assert!(refusal(ticket_list(&[price("", 1)])).contains("ticket_list[0].seat_no"));
        assert!(refusal(ticket_list(&[])).contains("ticket_list"));
    }

    #[test]
    fn what_is_left_out_is_left_alone() {
        let (details, fixed) = event(UpdateEventRequest::default()).unwrap();
        assert_eq!((details, fixed), (Details::default(), Fixed::default()));
    }

    #[test]
    fn every_bad_field_of_an_event_is_named() {
        let bad = UpdateEventRequest {
            cdn_link: "javascript:alert(1)".to_owned(),
            currency: "euro".to_owned(),
            ticket_count: -1,
            default_price: Some(-1),
            cancel_policy: Some(event::CancelPolicy { minutes_before: -1, fee_percent: 101 }),
            waiting_room: Some(event::WaitingRoom { admissions_per_minute: -1, opens_at: None }),
            ..UpdateEventRequest::default()
        };
        let told = refusal(event(bad));
        for field in
            ["cdn_link", "currency", "ticket_count", "default_price", "minutes_before", "fee_percent", "admissions"]
        {
            assert!(told.contains(field), "{field}: {told}");
        }
    }
}
