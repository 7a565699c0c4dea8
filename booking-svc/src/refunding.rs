//! What becomes of money on its way back: the provider gave it, could not, or a person did. Each is one transaction on the
//! booking and its refunds.

use diesel_async::AsyncPgConnection;
use usher::{database::Database, id::EventId, reason::Refusal};
use uuid::Uuid;

use crate::{
    booking::Booking,
    error::Error,
    state::{News, Step, step},
    store::{
        bookings,
        box_office_log::{Entry, append},
        refunds::{self, Due},
    },
};

/// What became of a refund that the provider was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It gives the money back.
    Given,
    /// It took the refund on and can't pay it out, now or ever: why.
    Failed(String),
    /// It did not take it, or nobody knows whether: why.
    NotYet(String),
}

/// News of a refund that failed after the provider had taken it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFailure {
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// The refund.
    pub refund: Uuid,
    /// The provider's id of it, and its word for why.
    pub why: String,
}

/// Money that a person gave back where the provider did not.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Who says so.
    pub admin_id: i64,
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// How much that was, in minor units.
    pub amount: i64,
    /// How.
    pub reason: String,
}

/// Notes that the provider gives a refund back.
pub async fn close_refund(database: &Database, refund: Due) -> Result<(), Error> {
    let transaction = database.transaction(move |conn| {
        let Due { event, id, booking, .. } = refund;
        Box::pin(async move {
            let booking = bookings::lock_booking(conn, event, booking).await?.ok_or(Error::UnknownBooking)?;
            refunds::mark_done(conn, event, id).await?;
            close(conn, &booking).await
        })
    });
    transaction.await
}

/// Notes that the provider can't pay a refund out; answers whether that is news, `None` where there is no such refund.
///
/// INVARIANT I2: a booking that was REFUNDED is REFUNDING again, and the refund is counted until a person settles it.
pub async fn fail_refund(database: &Database, failure: RefundFailure) -> Result<Option<bool>, Error> {
    let transaction = database.transaction(move |conn| {
        let RefundFailure { event, booking, refund, why } = failure.clone();
        Box::pin(async move {
            let Some(booking) = bookings::lock_booking(conn, event, booking).await? else { return Ok(None) };
            let is_news = refunds::mark_failed(conn, event, refund, &why).await?;
            if is_news == Some(true) {
                change(conn, &booking, &step(booking.status, &News::NotRefunded, false)).await?;
            }
            Ok(is_news)
        })
    });
    transaction.await
}

/// Notes that a person gave back what the provider did not, once: all that is stuck of the booking, and no other sum.
pub async fn settle_refunds(database: &Database, settlement: Settlement) -> Result<(), Error> {
    let transaction = database.transaction(move |conn| {
        let Settlement { admin_id, event, booking, amount, reason } = settlement.clone();
        Box::pin(async move {
            let booking = bookings::lock_booking(conn, event, booking).await?.ok_or(Error::UnknownBooking)?;
            let mut stuck = refunds::list_returning(conn, &[booking.id], &[event.get()]).await?;
            stuck.retain(|refund| refund.is_stuck);
            let sum: i64 = stuck.iter().map(|refund| refund.amount).sum();
            if stuck.is_empty() || sum != amount {
                let message = format!("{sum} of the booking's refunds wait for a person, not {amount}: look again");
                return Err(Refusal::field("amount", message).into());
            }
            let ids: Vec<_> = stuck.iter().map(|refund| refund.id).collect();
            refunds::mark_settled(conn, event, &ids).await?;
            let ticket_ids = stuck.into_iter().flat_map(|refund| refund.ticket_ids).collect();
            let entry = Entry { event, admin_id, action: "SETTLE", ticket_ids, booking: Some(booking.id), reason };
            append(conn, &entry).await?;
            close(conn, &booking).await
        })
    });
    transaction.await
}

/// Once none of its money is owed any more, a REFUNDING booking is REFUNDED.
async fn close(conn: &mut AsyncPgConnection, booking: &Booking) -> Result<(), Error> {
    match refunds::is_owing(conn, booking.event, booking.id).await? {
        true => Ok(()),
        false => change(conn, booking, &step(booking.status, &News::Refunded, false)).await,
    }
}

async fn change(conn: &mut AsyncPgConnection, booking: &Booking, step: &Step) -> Result<(), Error> {
    let status = booking.status.after(step);
    if status == booking.status {
        return Ok(());
    }
    bookings::set_status(conn, booking.event, booking.id, status, None).await
}
