//! Opens a booking: checks the caller's hold and marks it as being paid for, in one transaction.

use std::collections::HashSet;

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use ring::digest::{Context, SHA256};
use usher::{database::Database, id::TicketId, reason::Refusal};
use uuid::Uuid;

use crate::{
    booking::{Booking, Channel},
    error::Error,
    provider::Charge,
    seat::{Event, Hold, Seat, Standing, Timestamp},
    state::Status,
    store::{
        bookings::{self, NewBooking},
        events::find_events,
        payments, seats,
    },
    tickets::Tickets,
    token,
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

/// An open booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: Uuid,
    /// What the provider is to be asked for; `None` where it was asked before, or there is nothing to pay.
    pub charge: Option<Charge>,
}

/// Opens a booking, or finds the one that the same request opened before. `check_after`: when the reconciler may look.
pub async fn open(database: &Database, order: Order, check_after: TimeDelta) -> Result<Opened, Error> {
    let event = order.tickets.event();
    let id = match &order.request_id {
        Some(request_id) => token::request("book", event, order.user_id, request_id),
        None => Uuid::new_v4(),
    };
    let attempt = Uuid::new_v4();
    let hash = request_hash(&order);
    let transaction = database.transaction(move |conn| {
        let (order, hash) = (order.clone(), hash.clone());
        Box::pin(async move {
            let ids = order.tickets.numbers();
            let shared: &AsyncPgConnection = conn;
            let numbers = [event.get()];
            let (seats, events) =
                tokio::try_join!(seats::lock_seats(shared, &ids, &numbers), find_events(shared, &numbers))?;
            if let Some(before) = bookings::find_request_hash(conn, event, id).await? {
                return if before == hash { Ok(Opened { id, charge: None }) } else { Err(Error::RequestIdReused) };
            }
            let now = events.get(&event).ok_or(Error::UnknownEvent(event))?;
            let holds = match check(&order, &seats, now)? {
                Checked::Holds(holds) => holds,
                Checked::Paying(id) => return Ok(Opened { id, charge: None }),
            };
            let booking = booking(&order, id, &holds, now);
            insert(conn, &booking, hash, now.now + check_after).await?;
            seats::start_payment(conn, event, &ids, id).await?;
            if booking.amount == 0 {
                seats::book_seats(conn, event, &ids, id).await?;
                return Ok(Opened { id, charge: None });
            }
            let payment_method = order.payment_method.ok_or_else(no_payment_method)?;
            payments::insert_payment(conn, event, id, attempt, &payment_method).await?;
            let Booking { amount, currency, .. } = booking;
            Ok(Opened { id, charge: Some(Charge { event, booking: id, attempt, amount, currency, payment_method }) })
        })
    });
    transaction.await
}

enum Checked<'a> {
    /// The caller's live holds of every seat.
    Holds(Vec<&'a Hold>),
    /// A booking of the caller's for these seats is being paid for already.
    Paying(Uuid),
}

fn check<'a>(order: &Order, seats: &'a [Seat], event: &Event) -> Result<Checked<'a>, Error> {
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

fn booking(order: &Order, id: Uuid, holds: &[&Hold], event: &Event) -> Booking {
    let amount = holds.iter().map(|hold| hold.price).sum();
    let first = holds.first().map(|hold| hold.reservation);
    Booking {
        event: order.tickets.event(),
        id,
        user_id: Some(order.user_id),
        reservation: first.filter(|first| holds.iter().all(|hold| hold.reservation == *first)),
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

async fn insert(
    conn: &mut AsyncPgConnection,
    booking: &Booking,
    request_hash: Vec<u8>,
    check_at: Timestamp,
) -> Result<(), Error> {
    bookings::insert_booking(conn, &NewBooking { booking: booking.clone(), request_hash, check_at }).await
}

fn no_payment_method() -> Error {
    let wrong = "say what to pay with: the provider's token of a payment method (pm_…)";
    Refusal::field("card_info.payment_method", wrong).into()
}

/// What makes two requests the same: seats, reservation and payment method.
fn request_hash(order: &Order) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for ticket in order.tickets.ids() {
        context.update(&ticket.get().to_be_bytes());
    }
    context.update(order.reservation.unwrap_or_default().as_bytes());
    context.update(order.payment_method.as_deref().unwrap_or_default().as_bytes());
    context.finish().as_ref().to_vec()
}
