//! What may be paid for: the rules of Book before the provider is asked, over plain rows. Pure.

use std::collections::HashSet;

use ring::digest::{Context, SHA256};
use usher::id::TicketId;
use uuid::Uuid;

use crate::{
    error::Error,
    seat::{Event, Hold, Seat, Standing},
    tickets::Tickets,
};

/// What a customer wants to pay for, and with what.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who pays.
    pub user_id: i64,
    /// For which seats.
    pub tickets: Tickets,
    /// The reservation that was named, where one was.
    pub reservation: Option<Uuid>,
    /// The provider's token of the payment method; `None` where none was sent.
    pub payment_method: Option<String>,
    /// Makes it safe to repeat.
    pub request_id: Option<String>,
}

/// What a customer's hold of the order's seats comes to.
#[derive(Debug)]
pub enum Checked<'a> {
    /// The caller's live holds of every seat.
    Holds(Vec<&'a Hold>),
    /// A booking of the caller's for these seats is being paid for already.
    Paying(Uuid),
}

/// Whether the order's seats can be paid for now. `seats` are its rows, locked.
pub fn check<'a>(order: &Order, seats: &'a [Seat], event: &Event) -> Result<Checked<'a>, Error> {
    let holds = order.tickets.ids().iter().map(|&ticket| {
        let seat = seats.iter().find(|seat| seat.ticket == ticket).ok_or(Error::UnknownTicket(ticket))?;
        let hold = own_hold(order, seat)?;
        if hold.is_live(event.now) { Ok(hold) } else { Err(Error::HoldExpired(ticket)) }
    });
    let holds = holds.collect::<Result<Vec<_>, _>>()?;
    let paying: HashSet<_> = holds.iter().map(|hold| hold.paying).collect();
    match paying.into_iter().collect::<Vec<_>>()[..] {
        [None] if event.has_started() => Err(Error::EventStarted(order.tickets.event())),
        [None] => Ok(Checked::Holds(holds)),
        [Some(id)] => Ok(Checked::Paying(id)),
        _ => Err(Error::PaymentInProgress(order.tickets.ids()[0])),
    }
}

/// INVARIANT I4: nobody pays for a seat that somebody else holds.
fn own_hold<'a>(order: &Order, seat: &'a Seat) -> Result<&'a Hold, Error> {
    let ticket: TicketId = seat.ticket;
    match &seat.standing {
        Standing::Held(hold) if hold.user_id == order.user_id => match order.reservation {
            Some(reservation) if reservation != hold.reservation => Err(Error::HoldExpired(ticket)),
            _ => Ok(hold),
        },
        Standing::Booked { hold: Some(hold), .. } if hold.user_id == order.user_id => Err(Error::AlreadyBooked(ticket)),
        // The row bears the named reservation, so it was not given up: it is somebody else's.
        Standing::Held(hold) if order.reservation == Some(hold.reservation) => Err(Error::ForeignReservation),
        _ if order.reservation.is_some() => Err(Error::HoldExpired(ticket)),
        _ => Err(Error::NotReserved(ticket)),
    }
}

/// What makes two requests the same: seats, reservation and payment method.
#[must_use]
pub fn request_hash(order: &Order) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for ticket in order.tickets.ids() {
        context.update(&ticket.get().to_be_bytes());
    }
    context.update(order.reservation.unwrap_or_default().as_bytes());
    context.update(order.payment_method.as_deref().unwrap_or_default().as_bytes());
    context.finish().as_ref().to_vec()
}
