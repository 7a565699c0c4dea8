//! Opens a booking: checks the caller's hold and marks it as being paid for, in one transaction.

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use usher::{database::Database, feed::Publisher, reason::Refusal};
use uuid::Uuid;

use crate::{
    booking::{Booking, Channel},
    error::Error,
    order::{Checked, Order, check, request_hash},
    provider::Charge,
    sales,
    seat::{Event, Hold},
    seat_feed::{changes, tell},
    state::Status,
    store::{
        bookings::{self, NewBooking},
        events::find_events,
        payments, seats,
    },
    token,
};

/// An open booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: Uuid,
    /// What the provider is to be asked for; `None` where it was asked before, or there is nothing to pay.
    pub charge: Option<Charge>,
}

/// Opens a booking, or finds the one that the same request opened before. `check_after`: when the reconciler may look.
pub async fn open(
    database: &Database,
    feed: &Publisher,
    order: Order,
    check_after: TimeDelta,
) -> Result<Opened, Error> {
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
            // In order: what follows a failure only knows that the transaction is aborted.
            let (seats, events, before) = tokio::join!(
                seats::lock_seats(shared, &ids, &numbers),
                find_events(shared, &numbers),
                bookings::find_request_hash(shared, event, id),
            );
            let (seats, events) = (seats?, events?);
            if let Some(before) = before? {
                return if before == hash {
                    Ok((Opened { id, charge: None }, Vec::new()))
                } else {
                    Err(Error::RequestIdReused)
                };
            }
            let now = events.get(&event).ok_or(Error::UnknownEvent(event))?;
            let holds = match check(&order, &seats, now)? {
                Checked::Holds(holds) => holds,
                Checked::Paying(id) => return Ok((Opened { id, charge: None }, Vec::new())),
            };
            let booking = booking(&order, id, &holds, now);
            let new = NewBooking { booking: booking.clone(), request_hash: hash, check_at: now.now + check_after };
            if booking.amount == 0 {
                bookings::insert_booking(conn, &new).await?;
                seats::start_payment(conn, event, &ids, id).await?;
                let booked = seats::book_seats(conn, event, &ids, id).await?;
                return Ok((Opened { id, charge: None }, changes(booked)));
            }
            let payment_method = order.payment_method.ok_or_else(no_payment_method)?;
            let shared: &AsyncPgConnection = conn;
            let (added, paying, attempted) = tokio::join!(
                bookings::insert_booking(shared, &new),
                seats::start_payment(shared, event, &ids, id),
                payments::insert_payment(shared, event, id, attempt, &payment_method),
            );
            let paying = added.and(paying)?;
            attempted?;
            let Booking { amount, currency, .. } = booking;
            let charge = Some(Charge { event, booking: id, attempt, amount, currency, payment_method });
            Ok((Opened { id, charge }, changes(paying)))
        })
    });
    let opened = tell(feed, transaction.await)?;
    sales::opened(&opened);
    Ok(opened)
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

fn no_payment_method() -> Error {
    let wrong = "say what to pay with: the provider's token of a payment method (pm_…)";
    Refusal::field("card_info.payment_method", wrong).into()
}
