//! From the contract's fields to values that can't be wrong.

use usher::{
    id::EventId,
    reason::{Reason, Refusal},
};

use super::page::Page;
use crate::{
    error::Error,
    sales::Sought,
    tickets::{CUSTOMER_SEATS_MAX, Tickets, TicketsError},
};

const REQUEST_ID_CHARS_MAX: usize = 64;
const PAYMENT_METHOD_CHARS_MAX: usize = 255;
const REASON_CHARS_MAX: usize = 500;
const EVENTS_MAX: usize = 100;
const TEXT_BYTES_MAX: usize = 320;
const SECTION_CHARS_MAX: usize = 200;
/// The least digits in a row that a card number has.
const CARD_DIGITS_MIN: usize = 12;

/// The seats of `ticket_id` or `ticket_ids`, whichever is there.
pub fn tickets(ticket_id: i64, ticket_ids: &[i64], max: usize) -> Result<Tickets, Error> {
    match (ticket_id, ticket_ids) {
        (0, []) => Err(Error::Tickets("ticket_ids", TicketsError::Empty)),
        (0, ids) => Tickets::new(ids, max).map_err(|wrong| Error::Tickets("ticket_ids", wrong)),
        (id, []) => Tickets::new(&[id], max).map_err(|wrong| Error::Tickets("ticket_id", wrong)),
        _ => Err(Refusal::field("ticket_id", "send ticket_id or ticket_ids, not both").into()),
    }
}

/// The event.
pub fn event(id: i64) -> Result<EventId, Error> {
    if id < 1 {
        return Err(Refusal::field("event_id", "must be an event's id").into());
    }
    let unknown = || Refusal::new(Reason::UnknownEvent, format!("there is no event {id}")).with("event_id", id);
    EventId::new(id).ok_or_else(|| unknown().into())
}

/// Some events, each once.
pub fn events(ids: Vec<i64>) -> Result<Vec<i64>, Error> {
    if ids.is_empty() || ids.len() > EVENTS_MAX || ids.iter().any(|id| *id < 1) {
        return Err(Refusal::field("event_ids", format!("must be 1 to {EVENTS_MAX} events' ids")).into());
    }
    Ok(ids)
}

/// The page of a list.
pub fn page(page: i32) -> Result<Page, Error> {
    Page::new(page)
}

/// What bookings the box office looks for. Something must narrow them: nobody reads all of a house's bookings.
pub fn sought(event_id: i64, email: &str, seat_number: String) -> Result<Sought, Error> {
    let email = email.trim().to_lowercase();
    let refuse = |field, wrong: &str| Err(Refusal::field(field, wrong).into());
    match (event_id, email.as_str(), seat_number.as_str()) {
        (0, "", _) => refuse("event_id", "send an event_id, an email, or both"),
        (0, _, number) if !number.is_empty() => refuse("seat_number", "is looked for at one event: send its event_id"),
        (id, ..) if id < 0 => refuse("event_id", "must be an event's id"),
        (_, email, number) if email.len() > TEXT_BYTES_MAX || number.len() > TEXT_BYTES_MAX => {
            refuse("email", "the email and the seat's number are at most 320 bytes long")
        }
        _ => Ok(Sought {
            event_id: Some(event_id).filter(|id| *id != 0),
            email: Some(email).filter(|email| !email.is_empty()),
            seat_number: Some(seat_number).filter(|number| !number.is_empty()),
        }),
    }
}

/// How many seats a customer wants.
pub fn quantity(quantity: i32) -> Result<usize, Error> {
    let some = usize::try_from(quantity).ok().filter(|some| (1..=CUSTOMER_SEATS_MAX).contains(some));
    some.ok_or_else(|| Refusal::field("quantity", format!("must be 1 to {CUSTOMER_SEATS_MAX}")).into())
}

/// The most that a seat may cost; `None` is any price.
pub fn max_price(price: Option<i64>) -> Result<Option<i64>, Error> {
    match price {
        Some(price) if price < 0 => Err(Refusal::field("max_price", "must be 0 or more, in minor units").into()),
        price => Ok(price),
    }
}

/// The part of the house; `None` is anywhere.
pub fn section(section: String) -> Result<Option<String>, Error> {
    if section.chars().count() > SECTION_CHARS_MAX || section.chars().any(char::is_control) {
        return Err(Refusal::field("section", "must be at most 200 characters on one line").into());
    }
    Ok(Some(section).filter(|section| !section.is_empty()))
}

/// The request's id; `None` where none was sent.
pub fn request_id(request_id: String) -> Result<Option<String>, Error> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if request_id.len() > REQUEST_ID_CHARS_MAX || !request_id.bytes().all(legal) {
        let wrong = "must be at most 64 letters, digits, '-', '_', '.' or ':'; best a fresh UUID";
        return Err(Refusal::field("request_id", wrong).into());
    }
    Ok(Some(request_id).filter(|id| !id.is_empty()))
}

/// The provider's token of a payment method; `None` where none was sent. A card number goes no further than here.
pub fn payment_method(method: String) -> Result<Option<String>, Error> {
    const FIELD: &str = "card_info.payment_method";
    if method.is_empty() {
        return Ok(None);
    }
    if method.bytes().filter(u8::is_ascii_digit).count() >= CARD_DIGITS_MIN && !method.starts_with("pm_") {
        let wrong = "never send a card number: send the token (pm_…) that the provider's own form makes of it";
        return Err(Refusal::field(FIELD, wrong).into());
    }
    let legal = method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !method.starts_with("pm_") || !legal || method.len() > PAYMENT_METHOD_CHARS_MAX {
        return Err(Refusal::field(FIELD, "must be the provider's token of a payment method (pm_…)").into());
    }
    Ok(Some(method))
}

/// Why the box office did something.
pub fn reason(reason: String) -> Result<String, Error> {
    if reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        return Err(Refusal::field("reason", "must be at most 500 characters on one line").into());
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_to_name_seats_at_a_time() {
        assert!(tickets(7 << 20 | 1, &[], CUSTOMER_SEATS_MAX).is_ok());
        assert!(tickets(0, &[7 << 20 | 1], CUSTOMER_SEATS_MAX).is_ok());
        assert!(tickets(0, &[], CUSTOMER_SEATS_MAX).is_err());
        assert!(tickets(7 << 20 | 1, &[7 << 20 | 2], CUSTOMER_SEATS_MAX).is_err());
    }

    #[test]
    fn a_wish_for_the_best_seats_is_bounded() {
        assert!(event(1).is_ok() && event(0).is_err() && event(-7).is_err() && event(i64::MAX).is_err());
        assert!(quantity(1).is_ok() && quantity(10).is_ok());
        assert!(quantity(0).is_err() && quantity(-1).is_err() && quantity(11).is_err());
        assert!(max_price(None).is_ok() && max_price(Some(0)).is_ok() && max_price(Some(-1)).is_err());
        assert_eq!(section(String::new()).unwrap(), None);
        assert!(
            section("é".repeat(200)).is_ok() && section("é".repeat(201)).is_err() && section("a\n".into()).is_err()
        );
    }

    #[test]
    fn a_search_for_bookings_is_narrowed() {
        let found = sought(7, " Ann@X.example ", "F12".to_owned()).unwrap();
        assert_eq!(found.email.as_deref(), Some("ann@x.example"));
        assert!(sought(0, "ann@x.example", String::new()).is_ok() && sought(7, "", String::new()).is_ok());
        for (event, email, seat) in [(0, "", ""), (0, " ", ""), (0, "a@x", "F12"), (-1, "", ""), (0, "", "F12")] {
            assert!(sought(event, email, seat.to_owned()).is_err(), "{event} {email} {seat}");
        }
        assert!(events(vec![1, 2]).is_ok() && events(Vec::new()).is_err() && events(vec![1; 101]).is_err());
    }

    #[test]
    fn a_card_number_is_refused_and_not_repeated() {
        for number in ["4242424242424242", "4242 4242 4242 4242"] {
            let error = payment_method(number.to_owned()).unwrap_err();
            assert!(!error.to_string().contains("4242"), "{error}");
        }
        assert!(payment_method("pm_card_visa".to_owned()).is_ok());
        assert!(payment_method("tok_visa".to_owned()).is_err());
    }

    #[test]
    fn request_ids_are_short_and_plain() {
        assert_eq!(request_id(String::new()).unwrap(), None);
        assert!(request_id("018f-ab_c.d:e".to_owned()).unwrap().is_some());
        assert!(request_id("a b".to_owned()).is_err() && request_id("x".repeat(65)).is_err());
    }
}
