//! What orders open: the rules of Book for all that came together, over plain rows. Pure.

use std::collections::HashMap;

use chrono::TimeDelta;
use usher::{
    id::{EventId, TicketId},
    reason::Refusal,
    trace::Span,
};
use uuid::Uuid;

use crate::{
    booking::{Booking, Channel},
    error::Error,
    order::{Checked, Order, check, request_hash},
    provider::Charge,
    seat::{Event, Hold, Seat, Standing, Timestamp},
    state::Status,
    token,
};

/// An order that is to become a booking.
#[derive(Debug, Clone)]
pub struct Opening {
    /// What is ordered.
    pub order: Order,
    /// The id that the booking gets. The same request leads to the same id.
    pub id: Uuid,
    /// The id of the attempt to pay for it.
    pub attempt: Uuid,
    /// SHA-256 of what was asked.
    pub hash: Vec<u8>,
    /// Where the request is in its trace, where that is recorded.
    pub trace: Option<String>,
}

/// All that orders are decided by, read once their seats were locked.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The rows of the seats that the orders name.
    pub seats: Vec<Seat>,
    /// Their events, as far as they exist.
    pub events: HashMap<EventId, Event>,
    /// What was asked under those of the bookings' ids that are there already.
    pub before: HashMap<Uuid, Vec<u8>>,
}

/// An open booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: Uuid,
    /// What the provider is to be asked for; `None` where it was asked before, or there is nothing to pay.
    pub charge: Option<Charge>,
}

/// Rows to be written: a booking, its seats and, unless it costs nothing, its first attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The booking.
    pub booking: Booking,
    /// SHA-256 of what was asked.
    pub hash: Vec<u8>,
    /// When the reconciler may look at it first.
    pub check_at: Timestamp,
    /// The first attempt to pay.
    pub payment: Option<Charge>,
    /// Its seats, and the holds that they are paid for from.
    pub seats: Vec<(TicketId, Hold)>,
}

impl Opening {
    /// Of `order`, as a booking of its own unless its request was made before.
    pub fn new(order: Order) -> Self {
        let id = match &order.request_id {
            Some(request_id) => token::request("book", order.tickets.event(), order.user_id, request_id),
            None => Uuid::new_v4(),
        };
        let trace = Span::current().traceparent();
        Self { id, attempt: Uuid::new_v4(), hash: request_hash(&order), trace, order }
    }
}

/// Answers `openings` in the order they came, and lists what to write. An order sees what the orders before it opened.
/// `check_after`: when the reconciler may look.
pub fn decide(openings: &[Opening], facts: Facts, check_after: TimeDelta) -> (Vec<Result<Opened, Error>>, Vec<Begun>) {
    let Facts { seats, events, mut before } = facts;
    let mut seats: HashMap<_, _> = seats.into_iter().map(|seat| (seat.ticket, seat)).collect();
    let mut written = Vec::new();
    let answers = openings.iter().map(|opening| {
        let Opening { order, id, hash, .. } = opening;
        if let Some(before) = before.get(id) {
            return if before == hash { Ok(Opened { id: *id, charge: None }) } else { Err(Error::RequestIdReused) };
        }
        let event = events.get(&order.tickets.event()).ok_or_else(|| Error::UnknownEvent(order.tickets.event()))?;
        let rows: Vec<_> = order.tickets.ids().iter().filter_map(|ticket| seats.get(ticket).cloned()).collect();
        let held: Vec<_> = match check(order, &rows, event)? {
            Checked::Holds(holds) => order.tickets.ids().iter().copied().zip(holds.into_iter().cloned()).collect(),
            Checked::Paying(id) => return Ok(Opened { id, charge: None }),
        };
        let booking = booking(order, *id, &held, event);
        let charge = match (booking.amount, &order.payment_method) {
            (0, _) => None,
            (_, Some(method)) => Some(charge(&booking, opening, method)),
            (_, None) => return Err(no_payment_method()),
        };
        for (ticket, hold) in &held {
            seats.entry(*ticket).and_modify(|seat| seat.standing = after(&booking, hold));
        }
        before.insert(*id, hash.clone());
        let check_at = event.now + check_after;
        written.push(Begun { booking, hash: hash.clone(), check_at, payment: charge.clone(), seats: held });
        Ok(Opened { id: *id, charge })
    });
    (answers.collect(), written)
}

fn charge(booking: &Booking, opening: &Opening, payment_method: &str) -> Charge {
    Charge {
        event: booking.event,
        booking: booking.id,
        attempt: opening.attempt,
        amount: booking.amount,
        currency: booking.currency.clone(),
        payment_method: payment_method.to_owned(),
        trace: opening.trace.clone(),
    }
}

/// How a seat stands once its booking is open.
pub fn after(booking: &Booking, hold: &Hold) -> Standing {
    match booking.status {
        Status::Booked => Standing::Booked { booking: booking.id, hold: Some(hold.clone()), price: hold.price },
        _ => Standing::Held(Hold { paying: Some(booking.id), ..hold.clone() }),
    }
}

fn booking(order: &Order, id: Uuid, held: &[(TicketId, Hold)], event: &Event) -> Booking {
    let amount = held.iter().map(|(_, hold)| hold.price).sum();
    let first = held.first().map(|(_, hold)| hold.reservation);
    Booking {
        event: order.tickets.event(),
        id,
        user_id: Some(order.user_id),
        reservation: first.filter(|first| held.iter().all(|(_, hold)| hold.reservation == *first)),
        ticket_ids: order.tickets.numbers(),
        amount,
        currency: event.currency.clone(),
        // What costs nothing needs no provider.
        status: if amount == 0 { Status::Booked } else { Status::Pending },
        channel: Channel::Online,
        failure: None,
        created_at: event.now,
    }
}

fn no_payment_method() -> Error {
    let wrong = "say what to pay with: the provider's token of a payment method (pm_…)";
    Refusal::field("card_info.payment_method", wrong).into()
}

#[cfg(test)]
mod tests;
