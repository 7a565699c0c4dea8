//! The names that reservations and bookings go by outside: their event and seats travel in the name, so that it is
//! found without an index. A name proves nothing: who may use it is decided on the rows it leads to. Pure.

use data_encoding::BASE32_NOPAD;
use ring::digest::{Context, SHA256};
use usher::id::{EventId, TicketId};
use uuid::Uuid;

use crate::tickets::{CUSTOMER_SEATS_MAX, Tickets};

const RESERVATION_PREFIX: &str = "rsv_";
const BOOKING_PREFIX: &str = "bkg_";
const UUID_BYTES: usize = 16;
const EVENT_BYTES: usize = 8;
/// A seat's index has 20 bits.
const SEAT_BYTES: usize = 3;

/// The name of a reservation: its id, its event, its seats.
#[must_use]
pub fn reservation(id: Uuid, tickets: &Tickets) -> String {
    let mut bytes = id.as_bytes().to_vec();
    bytes.extend(tickets.event().get().to_be_bytes());
    for ticket in tickets.ids() {
        bytes.extend(&ticket.index().to_be_bytes()[EVENT_BYTES - SEAT_BYTES..]);
    }
    format!("{RESERVATION_PREFIX}{}", encode(&bytes))
}

/// What a reservation's name says; `None` where it is no such name.
#[must_use]
pub fn parse_reservation(name: &str) -> Option<(Uuid, Tickets)> {
    let bytes = decode(name.strip_prefix(RESERVATION_PREFIX)?)?;
    let (id, rest) = bytes.split_first_chunk::<UUID_BYTES>()?;
    let (event, seats) = rest.split_first_chunk::<EVENT_BYTES>()?;
    let event = EventId::new(i64::from_be_bytes(*event))?;
    let seats = seats.chunks(SEAT_BYTES).map(|seat| match *seat {
        [high, middle, low] => event.ticket(i64::from_be_bytes([0, 0, 0, 0, 0, high, middle, low])),
        _ => None,
    });
    let seats = seats.map(|ticket| ticket.map(TicketId::get)).collect::<Option<Vec<_>>>()?;
    Some((Uuid::from_bytes(*id), Tickets::new(&seats, CUSTOMER_SEATS_MAX).ok()?))
}

/// The name of a booking: its id and its event.
#[must_use]
pub fn booking(event: EventId, id: Uuid) -> String {
    let mut bytes = id.as_bytes().to_vec();
    bytes.extend(event.get().to_be_bytes());
    format!("{BOOKING_PREFIX}{}", encode(&bytes))
}

/// What a booking's name says; `None` where it is no such name.
#[must_use]
pub fn parse_booking(name: &str) -> Option<(EventId, Uuid)> {
    let bytes = decode(name.strip_prefix(BOOKING_PREFIX)?)?;
    let (id, event) = bytes.split_first_chunk::<UUID_BYTES>()?;
    let event = EventId::new(i64::from_be_bytes(event.try_into().ok()?))?;
    Some((event, Uuid::from_bytes(*id)))
}

/// The id that a request leads to: the same for the same request of the same user at the same event, so that a
/// repeated one finds what the first one made. A `request_id` is the user's for one event and one purpose: each event
/// can live on a server of its own, and nobody asks the others.
/// INVARIANT I5.
#[must_use]
pub fn request(purpose: &str, event: EventId, user_id: i64, request_id: &str) -> Uuid {
    let mut context = Context::new(&SHA256);
    context.update(purpose.as_bytes());
    context.update(&event.get().to_be_bytes());
    context.update(&user_id.to_be_bytes());
    context.update(request_id.as_bytes());
    digest_id(context)
}

/// The id of the refund of a whole payment: one per attempt, however often it turns out to be owed.
#[must_use]
pub fn refund(attempt: Uuid) -> Uuid {
    let mut context = Context::new(&SHA256);
    context.update(b"refund");
    context.update(attempt.as_bytes());
    digest_id(context)
}

fn digest_id(context: Context) -> Uuid {
    let digest = context.finish();
    let bytes = digest.as_ref().first_chunk().copied().unwrap_or_default();
    // RFC 9562, 5.8: a UUID of our own making.
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_lead_back(id in any::<u128>(), event in 1i64..1 << 43, seats in prop::collection::hash_set(1i64..1 << 20, 1..10)) {
            let seats: Vec<_> = seats.into_iter().map(|seat| event << 20 | seat).collect();
            let tickets = Tickets::new(&seats, CUSTOMER_SEATS_MAX).unwrap();
            let id = Uuid::from_u128(id);
            let event = tickets.event();
            prop_assert_eq!(parse_booking(&booking(event, id)), Some((event, id)));
            prop_assert_eq!(parse_reservation(&reservation(id, &tickets)), Some((id, tickets)));
        }

        #[test]
        fn what_is_no_name_is_refused(text in "(rsv_|bkg_)?[a-z2-7]{0,60}|\\PC*") {
            let _ = (parse_booking(&text), parse_reservation(&text));
        }
    }

    #[test]
    fn one_request_one_id() {
        let id = |event, user, request| super::request("reserve", EventId::new(event).unwrap(), user, request);
        assert_eq!(id(1, 7, "a"), id(1, 7, "a"));
        assert_ne!(id(1, 7, "a"), id(1, 8, "a"));
        assert_ne!(id(1, 7, "a"), id(1, 7, "b"));
        assert_ne!(id(1, 7, "a"), id(2, 7, "a"));
    }
}
