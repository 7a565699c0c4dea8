//! A seat as the booking rules see it, at one moment of the database's clock. Pure.

use chrono::{DateTime, Utc};
use usher::id::TicketId;
use uuid::Uuid;

/// A moment of the database's clock.
pub type Timestamp = DateTime<Utc>;

/// The column `tickets.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum StatusCode {
    /// Nobody has it.
    Available = 0,
    /// Somebody holds it.
    Reserved = 1,
    /// Somebody owns it.
    Booked = 2,
    /// The house keeps it back.
    Blocked = 3,
}

/// One row of `tickets`, as far as it decides something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Which seat.
    pub ticket: TicketId,
    /// What it costs whoever takes it next, in minor units.
    pub price: i64,
    /// Who has it.
    pub standing: Standing,
}

/// Who has a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody.
    Free,
    /// Held, until a moment that may have passed.
    Held(Hold),
    /// Owned.
    Booked {
        /// The booking that owns it.
        booking: Uuid,
        /// What it looked like as a hold; `None` for a seat sold at the door.
        hold: Option<Hold>,
        /// What it was sold for, in minor units.
        price: i64,
    },
    /// Kept back by the house.
    Blocked,
}

/// A seat's hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who holds it.
    pub user_id: i64,
    /// The reservation that it belongs to.
    pub reservation: Uuid,
    /// When it lapses, unless a payment is in flight then.
    pub until: Timestamp,
    /// What it was taken at, in minor units.
    pub price: i64,
    /// The booking whose payment is in flight.
    pub paying: Option<Uuid>,
}

impl Hold {
    /// Whether the hold still keeps others out.
    /// INVARIANT I4: until its hour is over, and beyond it while its payment is in flight.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.paying.is_some() || now < self.until
    }
}

impl Seat {
    /// Whether anybody may take the seat now. A blocked seat is not for sale.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        match &self.standing {
            Standing::Free => true,
            Standing::Held(hold) => !hold.is_live(now),
            Standing::Booked { .. } | Standing::Blocked => false,
        }
    }

    /// Whether the box office may take the seat now.
    #[must_use]
    pub fn is_free_for_the_house(&self, now: Timestamp) -> bool {
        self.standing == Standing::Blocked || self.is_free(now)
    }

    /// The hold on the seat, live or lapsed.
    #[must_use]
    pub const fn hold(&self) -> Option<&Hold> {
        match &self.standing {
            Standing::Held(hold) => Some(hold),
            Standing::Free | Standing::Booked { .. } | Standing::Blocked => None,
        }
    }
}

/// An event, as far as it decides something, with the clock's reading after its seats were locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it starts: from then on it is not sold online.
    pub start_time: Timestamp,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// Whether customers are let in from a waiting room.
    pub wants_pass: bool,
    /// The database's clock.
    pub now: Timestamp,
}

impl Event {
    /// Whether it has begun.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.now >= self.start_time
    }
}
