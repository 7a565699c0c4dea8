//! A seat as it is laid out, priced and shown. Who holds it is booking-svc's; here it is only read. Pure.

use chrono::{DateTime, Utc};
use usher::id::{EventId, TicketId};

/// A moment of the database's clock.
pub type Timestamp = DateTime<Utc>;

/// The highest price of a seat, in minor units.
pub const PRICE_MAX: i64 = 100_000_000;
/// The most seats of a screen or an event: the largest arenas have fewer.
pub const SEATS_MAX: usize = 20_000;
/// The longest seat number, in characters.
pub const SEAT_NUMBER_CHARS_MAX: usize = 40;
/// How many plain seats stand in one row.
const PLAIN_ROW: i32 = 20;

/// What a seat is like, as the column `kind` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plain seat.
    Standard,
    /// Room for a wheelchair.
    Wheelchair,
    /// Beside a wheelchair.
    Companion,
    /// Sees less.
    RestrictedView,
}

impl Kind {
    /// The kind that `name` names; a plain seat where it names none.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "" | "STANDARD" => Some(Self::Standard),
            "WHEELCHAIR" => Some(Self::Wheelchair),
            "COMPANION" => Some(Self::Companion),
            "RESTRICTED_VIEW" => Some(Self::RestrictedView),
            _ => None,
        }
    }

    /// Its name in the column and the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Wheelchair => "WHEELCHAIR",
            Self::Companion => "COMPANION",
            Self::RestrictedView => "RESTRICTED_VIEW",
        }
    }
}

/// A seat of a layout, or of an event to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutSeat {
    /// Order within the layout, from 1; the low bits of its tickets' ids.
    pub index: i32,
    /// Unique within the layout: `F12`.
    pub seat_number: String,
    /// The part of the house; empty where there is only one.
    pub section: String,
    /// The row; may be empty.
    pub row: String,
    /// Place to the right, in seat widths.
    pub x: f32,
    /// Place away from the stage, in seat widths.
    pub y: f32,
    /// What it is like.
    pub kind: String,
    /// Minor units; `None` takes the event's default.
    pub price: Option<i64>,
}

/// A ticket to be put on sale.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTicket {
    /// Its id.
    pub id: TicketId,
    /// Its place and price.
    pub seat: LayoutSeat,
    /// Minor units.
    pub price: i64,
}

/// The tickets of `event` for the seats of a layout. A seat whose index no ticket can have is left out; the layout's
/// bounds keep that from happening.
pub fn tickets(event: EventId, layout: Vec<LayoutSeat>, default_price: i64) -> Vec<NewTicket> {
    let ticket = |seat: LayoutSeat| {
        let id = event.ticket(seat.index.into())?;
        Some(NewTicket { id, price: seat.price.unwrap_or(default_price), seat })
    };
    layout.into_iter().filter_map(ticket).collect()
}

/// So many plain seats, numbered from 1, in rows.
pub fn plain(count: i32) -> Vec<LayoutSeat> {
    (1..=count).map(|index| seat_in_block(index, index.to_string(), index - 1, 0.0)).collect()
}

/// A seat without a layout: the `place`-th (from 0) of a block of plain rows whose first row stands at `first_y`.
pub fn seat_in_block(index: i32, seat_number: String, place: i32, first_y: f32) -> LayoutSeat {
    // Exact: both are far below 2^24.
    #[expect(clippy::cast_precision_loss, reason = "the remainder and the quotient of at most SEATS_MAX seats")]
    let (x, y) = ((place % PLAIN_ROW) as f32, first_y + (place / PLAIN_ROW) as f32);
    let kind = Kind::Standard.as_str().to_owned();
    LayoutSeat { index, seat_number, section: String::new(), row: String::new(), x, y, kind, price: None }
}

/// The column `tickets.status`, as booking-svc writes it: nobody has the seat.
pub const FREE: i16 = 0;
/// Somebody holds it.
pub const RESERVED: i16 = 1;
/// Somebody owns it.
pub const BOOKED: i16 = 2;
/// The house keeps it back.
pub const BLOCKED: i16 = 3;

/// What can be done with a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Free to reserve.
    Available,
    /// Held, in payment, or kept back by the house.
    Reserved,
    /// Sold.
    Booked,
}

/// How a seat is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// What can be done with it.
    pub availability: Availability,
    /// What it costs now, or was taken at, in minor units.
    pub price: i64,
}

/// A ticket's row, as far as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Its ticket.
    pub ticket_id: i64,
    /// Its number.
    pub number: String,
    /// The part of the house.
    pub section: String,
    /// The row.
    pub row: String,
    /// Place to the right.
    pub x: f32,
    /// Place away from the stage.
    pub y: f32,
    /// What it is like.
    pub kind: String,
    /// What it costs whoever takes it next, in minor units.
    pub price: i64,
    /// Who has it.
    pub standing: Standing,
    /// When that was written: read while the row was locked, so that a later one is the truer one.
    pub changed_at: Timestamp,
}

impl Seat {
    /// How it is shown at `now`.
    pub fn shown(&self, now: Timestamp) -> Shown {
        let availability = availability(self.standing, now);
        let price = match availability {
            Availability::Available => self.price,
            Availability::Reserved | Availability::Booked => self.standing.taken_price.unwrap_or(self.price),
        };
        Shown { availability, price }
    }

    /// When its hold lapses, if nothing else happens.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        let Standing { status, held_until, has_booking, .. } = self.standing;
        held_until.filter(|_| status == RESERVED && !has_booking)
    }
}

/// How a seat stands since a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its ticket.
    pub ticket_id: i64,
    /// Who has it since.
    pub standing: Standing,
    /// The database's clock, read while the row was locked.
    pub at: Timestamp,
}

/// Who has a seat, as its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The column `status`.
    pub status: i16,
    /// When its hold lapses.
    pub held_until: Option<Timestamp>,
    /// Whether a payment for it is in flight, or it is owned.
    pub has_booking: bool,
    /// What it was taken at, in minor units.
    pub taken_price: Option<i64>,
}

/// What can be done with a seat at `now`.
/// INVARIANT I4: the same rule as booking-svc's: a hold is live until its hour is over, and while it is being paid.
pub fn availability(standing: Standing, now: Timestamp) -> Availability {
    match standing.status {
        BOOKED => Availability::Booked,
        BLOCKED => Availability::Reserved,
        RESERVED if standing.has_booking || standing.held_until.is_some_and(|until| now < until) => {
            Availability::Reserved
        }
        _ => Availability::Available,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_lapsed_hold_reads_available_unless_it_is_being_paid() {
        let held = |seconds, has_booking| Standing {
            status: RESERVED,
            held_until: Some(now() + TimeDelta::seconds(seconds)),
            has_booking,
            taken_price: None,
        };
        assert_eq!(availability(held(1, false), now()), Availability::Reserved);
        assert_eq!(availability(held(0, false), now()), Availability::Available);
        assert_eq!(availability(held(-1, true), now()), Availability::Reserved);
    }

    #[test]
    fn a_house_seat_is_not_for_sale() {
        let blocked = Standing { status: BLOCKED, held_until: None, has_booking: false, taken_price: None };
        assert_eq!(availability(blocked, now()), Availability::Reserved);
    }

    proptest! {
        #[test]
        fn plain_seats_stand_apart_and_are_numbered_once(count in 1..2_000) {
            let seats = plain(count);
            let mut places: Vec<_> = seats.iter().map(|seat| (seat.x.to_bits(), seat.y.to_bits())).collect();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), seats.len());
            let event = EventId::new(7).unwrap();
            let tickets = tickets(event, seats, 500);
            prop_assert_eq!(tickets.len(), usize::try_from(count).unwrap());
            prop_assert!(tickets.iter().all(|ticket| ticket.id.event() == event && ticket.price == 500));
        }
    }
}
