//! How events sell, and who has their seats, as the box office is told. Plain data.

use uuid::Uuid;

use crate::{booking::Booking, view::View};

/// How one event sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sales {
    /// The event.
    pub event_id: i64,
    /// Seats that can be reserved.
    pub free: i64,
    /// Seats that somebody holds or is paying for.
    pub held: i64,
    /// Seats that the house keeps back.
    pub blocked: i64,
    /// Seats that somebody owns.
    pub sold: i64,
    /// Guests who came in.
    pub admitted: i64,
    /// What was paid and stays, in minor units.
    pub revenue: i64,
    /// What went or is going back, in minor units.
    pub refunded: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// Who has a seat that is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// A customer holds it, or is paying for it.
    Holder,
    /// The owner of this booking; whether they came in.
    Owner(Uuid, bool),
    /// The house keeps it back.
    House,
}

/// What bookings to find; `None` is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of this event.
    pub event_id: Option<i64>,
    /// Of the account with this email address, in lower case.
    pub email: Option<String>,
    /// With this seat of the event.
    pub seat_number: Option<String>,
}

/// A booking as the box office finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The booking, without admissions.
    pub view: View,
    /// Its owner's name and email address; empty for a sale to nobody known.
    pub owner: (String, String),
    /// The event's name.
    pub event_name: String,
    /// Its seats' numbers, in the order of its tickets.
    pub seat_numbers: Vec<String>,
}

/// What belongs to bookings elsewhere, before it is put together.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Names and email addresses by account.
    pub owners: std::collections::HashMap<i64, (String, String)>,
    /// Names by event.
    pub events: std::collections::HashMap<i64, String>,
    /// Seat numbers by ticket.
    pub seats: std::collections::HashMap<i64, String>,
}

impl Surroundings {
    /// The booking with what belongs to it.
    pub fn around(&self, view: View) -> Found {
        let Booking { event, user_id, ticket_ids, .. } = &view.booking;
        Found {
            owner: user_id.and_then(|id| self.owners.get(&id)).cloned().unwrap_or_default(),
            event_name: self.events.get(&event.get()).cloned().unwrap_or_default(),
            seat_numbers: ticket_ids.iter().map(|id| self.seats.get(id).cloned().unwrap_or_default()).collect(),
            view,
        }
    }
}
