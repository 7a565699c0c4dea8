//! Gives a booking back, or some of its seats: one transaction frees the seats and writes down what money goes back.
//! Then the provider is told; where it can't be now, the reconciler tells it.

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use ring::digest::{Context, SHA256};
use usher::{
    database::{self, Database},
    feed::Publisher,
    id::EventId,
};
use uuid::Uuid;

use crate::{
    booking::{Booking, Channel},
    error::Error,
    funnel,
    policy::{Quote, quote_of_the_house},
    seat::{Seat, Standing},
    seat_feed::{changes, tell},
    settle::lock,
    state::{MoneyBack, Status, give_up},
    store::{
        admissions, bookings,
        box_office_log::{Entry, append},
        clock, events,
        payments::find_payment,
        refunds::{self, NewRefund},
        seats::{self, ChangedSeat},
    },
    token,
};

/// Who gives what back.
#[derive(Debug, Clone)]
pub struct Cancellation {
    /// Who asks.
    pub user_id: i64,
    /// Whether they run the house: then the event's terms don't bind.
    pub by_house: bool,
    /// The event.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// Which of its seats, ascending; empty is all.
    pub ticket_ids: Vec<i64>,
    /// Why.
    pub reason: String,
    /// Makes it safe to repeat.
    pub request_id: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled {
    /// What goes back and what the house keeps.
    pub quote: Quote,
    /// Whether the provider is yet to be told.
    pub due: bool,
}

/// Gives the seats back. `check_after`: when the reconciler may look at the refund first.
pub async fn cancel(
    database: &Database,
    feed: &Publisher,
    asked: Cancellation,
    check_after: TimeDelta,
) -> Result<Cancelled, Error> {
    let id = match &asked.request_id {
        Some(request_id) => token::request("cancel", asked.event, asked.user_id, request_id),
        None => Uuid::new_v4(),
    };
    let hash = request_hash(&asked);
    let transaction = database.transaction(move |conn| {
        let (asked, hash) = (asked.clone(), hash.clone());
        Box::pin(async move {
            let (booking, seats) = lock(conn, asked.event, asked.booking).await?.ok_or(Error::UnknownBooking)?;
            if let Some(before) = refunds::find_refund(conn, asked.event, id).await? {
                return if before.request_hash == hash {
                    Ok((Cancelled { quote: before.quote, due: before.due }, Vec::new()))
                } else {
                    Err(Error::RequestIdReused)
                };
            }
            if !asked.by_house && booking.user_id != Some(asked.user_id) {
                return Err(Error::UnknownBooking);
            }
            let returned = returned(&asked, &booking, &seats)?;
            refuse_admitted(conn, &booking, &returned).await?;
            let quote = quote(conn, &asked, &returned).await?;
            let money = money_back(&booking, quote);
            let whole = returned.len() == booking.ticket_ids.len();
            let status = give_up(booking.status, whole, money).ok_or(NOT_BOOKED)?;
            let returned_seats = give_back(conn, &booking, &returned, status, whole).await?;
            let now = clock(conn).await?;
            let attempt_id = match money {
                MoneyBack::ByProvider => find_payment(conn, asked.event, booking.id).await?.map(|paid| paid.attempt),
                MoneyBack::ByHand | MoneyBack::None => None,
            };
            let refund = NewRefund {
                event: asked.event,
                id,
                booking: booking.id,
                attempt: attempt_id,
                ticket_ids: returned.iter().map(|(id, _)| *id).collect(),
                quote,
                due: money == MoneyBack::ByProvider,
                asked_by: Some(asked.user_id),
                request_hash: hash,
                check_at: now + check_after,
            };
            if !refunds::insert_refund(conn, &refund).await? {
                // Another booking is being given back under the same request id: the next try sees it.
                return Err(database::Error::lost_race("a request_id was used twice at the same time").into());
            }
            if asked.by_house {
                append(conn, &log_entry(&asked, &refund)).await?;
            }
            Ok((Cancelled { quote, due: refund.due }, changes(returned_seats)))
        })
    });
    let cancelled = tell(feed, transaction.await)?;
    funnel::given_back();
    Ok(cancelled)
}

const NOT_BOOKED: Error = Error::NotBooked("only a BOOKED booking can be given back");

/// The seats that are given back, and what each was sold for.
pub fn returned(asked: &Cancellation, booking: &Booking, seats: &[Seat]) -> Result<Vec<(i64, i64)>, Error> {
    if booking.status != Status::Booked {
        return Err(NOT_BOOKED);
    }
    let ids = if asked.ticket_ids.is_empty() { &booking.ticket_ids } else { &asked.ticket_ids };
    let sold = ids.iter().map(|&id| {
        let seat = seats.iter().find(|seat| seat.ticket.get() == id);
        match seat.map(|seat| &seat.standing) {
            Some(Standing::Booked { booking: owner, price, .. }) if *owner == booking.id => Ok((id, *price)),
            _ => Err(Error::NotBooked("the booking does not have that seat")),
        }
    });
    sold.collect()
}

/// Whoever came in has had what they paid for.
async fn refuse_admitted(
    conn: &mut AsyncPgConnection,
    booking: &Booking,
    returned: &[(i64, i64)],
) -> Result<(), Error> {
    let ids: Vec<_> = returned.iter().map(|(id, _)| *id).collect();
    match admissions::find_first(conn, booking.event, booking.id, &ids).await? {
        Some(at) => Err(Error::AlreadyAdmitted(at)),
        None => Ok(()),
    }
}

async fn quote(conn: &mut AsyncPgConnection, asked: &Cancellation, returned: &[(i64, i64)]) -> Result<Quote, Error> {
    let prices: Vec<_> = returned.iter().map(|(_, price)| *price).collect();
    if asked.by_house {
        return Ok(quote_of_the_house(&prices));
    }
    let (policy, now) = events::find_cancel_policy(conn, asked.event).await?.ok_or(Error::UnknownEvent(asked.event))?;
    policy.quote(&prices, now)
}

/// How the money for them comes back.
#[must_use]
pub const fn money_back(booking: &Booking, quote: Quote) -> MoneyBack {
    match (quote.refund, booking.channel) {
        (0, _) | (_, Channel::Complimentary) => MoneyBack::None,
        (_, Channel::Cash) => MoneyBack::ByHand,
        (_, Channel::Online) => MoneyBack::ByProvider,
    }
}

/// A booking that is given back whole keeps its list of seats, as a record; one that keeps some has only those.
async fn give_back(
    conn: &mut AsyncPgConnection,
    booking: &Booking,
    returned: &[(i64, i64)],
    status: Status,
    whole: bool,
) -> Result<Vec<ChangedSeat>, Error> {
    let ids: Vec<_> = returned.iter().map(|(id, _)| *id).collect();
    let freed = seats::free_seats(conn, booking.event, &ids).await?;
    if whole {
        bookings::set_status(conn, booking.event, booking.id, status, None).await?;
        return Ok(freed);
    }
    let kept: Vec<_> = booking.ticket_ids.iter().copied().filter(|id| !ids.contains(id)).collect();
    bookings::set_tickets(conn, booking.event, booking.id, &kept).await?;
    Ok(freed)
}

fn log_entry(asked: &Cancellation, refund: &NewRefund) -> Entry {
    Entry {
        event: asked.event,
        admin_id: asked.user_id,
        action: "CANCEL",
        ticket_ids: refund.ticket_ids.clone(),
        booking: Some(asked.booking),
        reason: asked.reason.clone(),
    }
}

/// What makes two requests the same: booking and seats.
fn request_hash(asked: &Cancellation) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(asked.booking.as_bytes());
    for ticket in &asked.ticket_ids {
        context.update(&ticket.to_be_bytes());
    }
    context.finish().as_ref().to_vec()
}
