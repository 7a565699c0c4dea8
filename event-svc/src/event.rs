//! An event as an admin makes and changes it. Pure.

use chrono::TimeDelta;
use usher::id::EventId;

use crate::{
    error::Error,
    seat::{SEATS_MAX, Timestamp},
    text::Violations,
};

/// How far ahead an event can be put on sale.
pub const AHEAD_DAYS_MAX: i64 = 3_650;

/// The terms of an event that says none: until an hour before the start, and without a fee. The columns' defaults.
pub const DEFAULT_CANCEL_POLICY: CancelPolicy = CancelPolicy { minutes_before: 60, fee_percent: 0 };

/// On what terms customers may give bookings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelPolicy {
    /// Until so many minutes before the start.
    pub minutes_before: i32,
    /// What the house keeps of each seat's price, in percent.
    pub fee_percent: i32,
}

/// The most that can be let in a minute.
pub const ADMISSIONS_MAX: i32 = 1_000_000;

/// How customers are let in to an event that many want at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingRoom {
    /// How many a minute.
    pub admissions_per_minute: i32,
    /// Nobody before; `None` is at once.
    pub opens_at: Option<Timestamp>,
}

/// What can be written about an event at any time; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Its title.
    pub event_name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// What kind of event it is.
    pub category: Option<String>,
    /// When it starts.
    pub start_time: Option<Timestamp>,
    /// Where its picture is.
    pub cdn_link: Option<String>,
    /// On what terms bookings can be given back.
    pub cancel_policy: Option<CancelPolicy>,
    /// How customers are let in; without admissions: there is no waiting room any more.
    pub waiting_room: Option<WaitingRoom>,
}

/// What is fixed once an event is made; `None` was not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Its theatre.
    pub theater_id: Option<i64>,
    /// Its screen.
    pub screen_id: Option<i64>,
    /// ISO 4217 code of its prices.
    pub currency: Option<String>,
    /// So many plain seats, in place of the screen's layout.
    pub ticket_count: Option<i32>,
    /// What a seat costs that the layout does not price, in minor units.
    pub default_price: Option<i64>,
}

/// An event to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its title.
    pub event_name: String,
    /// What it is about.
    pub description: String,
    /// What kind of event it is.
    pub category: String,
    /// The theatre that the screen must be in; `None` takes the screen's.
    pub theater_id: Option<i64>,
    /// Its screen.
    pub screen_id: i64,
    /// When it starts.
    pub start_time: Timestamp,
    /// Where its picture is; may be empty.
    pub cdn_link: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// So many plain seats, in place of the screen's layout.
    pub ticket_count: Option<i32>,
    /// What a seat costs that the layout does not price, in minor units.
    pub default_price: i64,
    /// On what terms bookings can be given back.
    pub cancel_policy: CancelPolicy,
    /// How customers are let in, where not at once.
    pub waiting_room: Option<WaitingRoom>,
}

/// What an event that exists says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its id.
    pub id: EventId,
    /// Its theatre.
    pub theater_id: i64,
    /// Its screen.
    pub screen_id: i64,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// How many seats it has.
    pub seats: i32,
    /// When it starts.
    pub start_time: Timestamp,
}

impl NewEvent {
    /// The event that a request without an `event_id` asks for; refuses one that lacks what an event needs.
    pub fn new(details: Details, fixed: Fixed, default_price: i64) -> Result<Self, Error> {
        let mut missing = Violations::default();
        missing.check(details.event_name.is_some(), "event_name", "is required to create an event");
        missing.check(details.start_time.is_some(), "start_time", "is required to create an event");
        missing.check(fixed.screen_id.is_some(), "screen_id", "is required to create an event");
        missing.check(fixed.currency.is_some(), "currency", "is required to create an event");
        missing.refuse()?;
        Ok(Self {
            event_name: details.event_name.unwrap_or_default(),
            description: details.description.unwrap_or_default(),
            category: details.category.unwrap_or_default(),
            theater_id: fixed.theater_id,
            screen_id: fixed.screen_id.unwrap_or_default(),
            start_time: details.start_time.unwrap_or_default(),
            cdn_link: details.cdn_link.unwrap_or_default(),
            currency: fixed.currency.unwrap_or_default(),
            ticket_count: fixed.ticket_count,
            default_price: fixed.default_price.unwrap_or(default_price),
            cancel_policy: details.cancel_policy.unwrap_or(DEFAULT_CANCEL_POLICY),
            waiting_room: details.waiting_room.filter(|room| room.admissions_per_minute > 0),
        })
    }
}

/// Refuses a start that can't be sold for: past, or absurdly far.
pub fn check_start(start: Timestamp, now: Timestamp) -> Result<(), Error> {
    if start <= now {
        return Err(Error::field("start_time", "is past: an event must start in the future"));
    }
    if start > now + TimeDelta::days(AHEAD_DAYS_MAX) {
        return Err(Error::field("start_time", format!("is more than {AHEAD_DAYS_MAX} days ahead")));
    }
    Ok(())
}

/// Refuses to change what people who hold seats of the event rely on.
pub fn check_change(existing: &Existing, details: &Details, fixed: &Fixed, now: Timestamp) -> Result<(), Error> {
    if existing.start_time <= now {
        return Err(Error::EventStarted(existing.id));
    }
    let mut wrong = Violations::default();
    let same = |sent: Option<i64>, is: i64| sent.is_none_or(|sent| sent == is);
    wrong.check(same(fixed.theater_id, existing.theater_id), "theater_id", "can't be changed: create another event");
    wrong.check(same(fixed.screen_id, existing.screen_id), "screen_id", "can't be changed: create another event");
    let currency = fixed.currency.as_ref().is_none_or(|currency| *currency == existing.currency);
    wrong.check(currency, "currency", "can't be changed: create another event");
    let count = fixed.ticket_count.is_none_or(|count| count == existing.seats);
    wrong.check(count, "ticket_count", "can't be changed: add seats with UpdateTicket");
    wrong.check(fixed.default_price.is_none(), "default_price", "prices new events only: reprice with UpdateTicket");
    wrong.refuse()?;
    details.start_time.map_or(Ok(()), |start| check_start(start, now))
}

/// Refuses a number of seats that no event can have.
pub fn check_seats(count: usize) -> Result<(), Error> {
    if count > SEATS_MAX {
        return Err(Error::field("ticket_list", format!("an event can have at most {SEATS_MAX} seats")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use usher::reason::{Reason, Refusal};

    use super::*;

    fn now() -> Timestamp {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn existing() -> Existing {
        Existing {
            id: EventId::new(7).unwrap(),
            theater_id: 1,
            screen_id: 2,
            currency: "GBP".to_owned(),
            seats: 50,
            start_time: now() + TimeDelta::days(1),
        }
    }

    fn reason(result: Result<(), Error>) -> Reason {
        Refusal::from(result.unwrap_err()).reason()
    }

    #[test]
    fn what_lacks_is_named() {
        let refused = NewEvent::new(Details::default(), Fixed::default(), 100).unwrap_err().to_string();
        for field in ["event_name", "start_time", "screen_id", "currency"] {
            assert!(refused.contains(field), "{field}: {refused}");
        }
    }

    #[test]
    fn no_event_starts_in_the_past_or_in_another_age() {
        assert_eq!(reason(check_start(now(), now())), Reason::InvalidArgument);
        assert_eq!(reason(check_start(now() + TimeDelta::days(4_000), now())), Reason::InvalidArgument);
        assert!(check_start(now() + TimeDelta::seconds(1), now()).is_ok());
    }

    #[test]
    fn what_holders_rely_on_stays() {
        let change = |fixed: Fixed| check_change(&existing(), &Details::default(), &fixed, now());
        assert!(change(Fixed { screen_id: Some(2), ticket_count: Some(50), ..Fixed::default() }).is_ok());
        assert_eq!(reason(change(Fixed { screen_id: Some(3), ..Fixed::default() })), Reason::InvalidArgument);
        let euro = Fixed { currency: Some("EUR".to_owned()), ..Fixed::default() };
        assert_eq!(reason(change(euro)), Reason::InvalidArgument);
    }

    #[test]
    fn a_past_event_is_not_changed() {
        let past = Existing { start_time: now(), ..existing() };
        assert_eq!(reason(check_change(&past, &Details::default(), &Fixed::default(), now())), Reason::EventStarted);
    }
}
