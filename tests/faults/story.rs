//! One round as the checker sees it: what every client did and heard, and how everything stood when all was decided.
//! Plain values; times count from the start of the round's mesh.

use std::time::Duration;

use usher::{contract::booking::booking::Status, reason::Reason};
use uuid::Uuid;

/// One call of one client.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Who called.
    pub user: i64,
    /// What was asked.
    pub op: Op,
    /// When it was sent.
    pub begun: Duration,
    /// When its answer was there, or was no longer waited for.
    pub ended: Duration,
    /// What was heard.
    pub answer: Answer,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// To hold seats.
    Reserve { tickets: Vec<i64>, request: Option<String> },
    /// To pay for a reservation.
    Book { reservation: Uuid, request: Option<String> },
    /// To give a reservation up.
    Release { reservation: Uuid },
    /// How a booking stands.
    Look { booking: Uuid },
    /// To hold so many seats, whichever are the best.
    ReserveBest { seats: usize, request: Option<String> },
    /// To give a booking back, or some of its seats; none are all.
    Cancel { booking: Uuid, tickets: Vec<i64>, request: Option<String> },
    /// The house: to sell seats at the door.
    Sell { tickets: Vec<i64>, request: Option<String> },
    /// The house: to keep seats back.
    Block { tickets: Vec<i64> },
    /// The house: to put seats that were kept back on sale again.
    Unblock { tickets: Vec<i64> },
    /// The house: to move a guest to another seat.
    Move { booking: Uuid, from: i64, to: i64 },
}

/// What a client heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The seats are held until then.
    Reserved { reservation: Uuid, tickets: Vec<i64>, amount: i64, until: Duration },
    /// The booking stands so.
    Booking { booking: Uuid, status: Status, tickets: Vec<i64>, amount: i64 },
    /// These seats are free now.
    Released { tickets: Vec<i64> },
    /// So much goes back, so much is kept, and the booking has these seats left.
    GivenBack { refund: i64, fee: i64, left: Vec<i64> },
    /// So many seats are kept back now, or no longer.
    Changed { seats: i32 },
    /// No, for certain: nothing was done.
    Refused(Reason),
    /// Nothing that says what was done: a lost connection, no answer in time, UNAVAILABLE.
    Unknown(String),
    /// The service admits a defect of its own. It may have done anything.
    Defect(String),
}

/// A ticket's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub ticket: i64,
    pub status: SeatStatus,
    pub user: Option<i64>,
    pub reservation: Option<Uuid>,
    /// When its hold lapses, or lapsed.
    pub until: Option<Duration>,
    pub booking: Option<Uuid>,
}

/// The column `tickets.status`, as far as customers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatStatus {
    Available,
    Reserved,
    Booked,
    Blocked,
}

/// A booking's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub id: Uuid,
    pub user: Option<i64>,
    /// The hold that it was paid for; `None` where the house sold.
    pub reservation: Option<Uuid>,
    pub tickets: Vec<i64>,
    pub amount: i64,
    pub status: String,
}

/// What was given back of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub booking: Uuid,
    pub tickets: Vec<i64>,
    /// What goes back, in minor units.
    pub amount: i64,
    /// What the house keeps of what was paid.
    pub fee: i64,
}

/// What the provider did for one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The provider's id of it.
    pub intent: String,
    /// The event that it was made for, as its metadata says.
    pub event: Option<i64>,
    /// The booking that it was made for, as its metadata says.
    pub booking: Option<Uuid>,
    /// What was taken, in minor units.
    pub taken: i64,
    /// What was given back of that.
    pub returned: i64,
}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub seats: Vec<Seat>,
    pub bookings: Vec<Booking>,
    pub refunds: Vec<Refund>,
    pub charges: Vec<Charge>,
}

/// A round.
#[derive(Debug, Clone)]
pub struct Story {
    /// How long a hold lasts.
    pub hold: Duration,
    /// In the order in which they ended.
    pub calls: Vec<Call>,
    /// How everything stands in the end.
    pub end: State,
    /// When that was read.
    pub end_at: Duration,
}

impl Op {
    /// Whether it asks to hold one of these seats, or may do so.
    pub fn may_hold_any_of(&self, seats: &[i64]) -> bool {
        match self {
            Self::Reserve { tickets, .. } => tickets.iter().any(|ticket| seats.contains(ticket)),
            Self::ReserveBest { .. } => true,
            _ => false,
        }
    }
}

impl Call {
    /// The seats that it would take from that booking, if it was done.
    pub fn takes_from(&self, booking: Uuid, state: &State) -> Vec<i64> {
        match &self.op {
            Op::Cancel { booking: of, tickets, .. } if *of == booking && tickets.is_empty() => {
                let told = state.booking(booking).map(|booking| booking.tickets.clone()).unwrap_or_default();
                told.into_iter().chain(state.given_back(booking)).collect()
            }
            Op::Cancel { booking: of, tickets, .. } if *of == booking => tickets.clone(),
            Op::Move { booking: of, from, .. } if *of == booking => vec![*from],
            _ => Vec::new(),
        }
    }

    /// Whether it is meant to take seats from that booking.
    pub fn is_to_take_from(&self, booking: Uuid) -> bool {
        matches!(self.op, Op::Cancel { booking: of, .. } | Op::Move { booking: of, .. } if of == booking)
    }
}

impl State {
    /// The row of a ticket.
    pub fn seat(&self, ticket: i64) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.ticket == ticket)
    }

    /// The seats that were given back of a booking.
    pub fn given_back(&self, booking: Uuid) -> impl Iterator<Item = i64> {
        let of = self.refunds.iter().filter(move |refund| refund.booking == booking);
        of.flat_map(|refund| refund.tickets.iter().copied())
    }

    /// The row of a booking.
    pub fn booking(&self, id: Uuid) -> Option<&Booking> {
        self.bookings.iter().find(|booking| booking.id == id)
    }
}
