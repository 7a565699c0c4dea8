//! A booking with what belongs to it elsewhere: its payment and its seats' numbers.

use std::collections::HashMap;

use diesel_async::AsyncPgConnection;
use usher::id::EventId;
use uuid::Uuid;

use crate::{
    booking::Booking,
    error::Error,
    state::Status,
    store::{
        bookings, payments,
        refunds::{self, Returning},
        seats,
    },
};

/// A booking as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The booking.
    pub booking: Booking,
    /// The provider's id of its payment, where there is one.
    pub intent: Option<String>,
    /// Where its customer has to go for the payment to go on.
    pub redirect_url: Option<String>,
    /// What was or is being given back, in minor units.
    pub refunded: i64,
    /// What of it needs a person: the provider could not pay it out, or has refused it for long.
    pub refund_failed: i64,
    /// Its seats and their numbers, while it is BOOKED.
    pub seats: Vec<(i64, String)>,
}

/// Reads a booking and what belongs to it; `None` where there is none.
pub async fn view(conn: &AsyncPgConnection, event: EventId, id: Uuid) -> Result<Option<View>, Error> {
    let (bookings, events) = ([id], [event.get()]);
    // Sent together.
    let (booking, payment, refunded) = tokio::try_join!(
        bookings::find_booking(conn, event, id),
        payments::find_payment(conn, event, id),
        refunds::list_returning(conn, &bookings, &events),
    )?;
    let Some(booking) = booking else { return Ok(None) };
    let seats = match booking.status {
        Status::Booked => seats::find_seat_numbers(conn, event, &booking.ticket_ids).await?,
        _ => Vec::new(),
    };
    let (intent, redirect_url) = payment.map(|payment| (payment.intent, payment.redirect_url)).unwrap_or_default();
    let redirect_url = redirect_url.filter(|_| booking.status == Status::Pending);
    let (refunded, refund_failed) = sums(&refunded, id);
    Ok(Some(View { booking, intent, redirect_url, refunded, refund_failed, seats }))
}

/// Adds to each booking the id of its payment and what was given back, and nothing else.
pub async fn without_admissions(conn: &mut AsyncPgConnection, found: Vec<Booking>) -> Result<Vec<View>, Error> {
    let ids: Vec<_> = found.iter().map(|booking| booking.id).collect();
    let events: Vec<_> = found.iter().map(|booking| booking.event.get()).collect();
    let intents = payments::find_intents(conn, &ids, &events).await?;
    let mut intents: HashMap<_, _> = intents.into_iter().collect();
    let amounts = refunds::list_returning(conn, &ids, &events).await?;
    let views = found.into_iter().map(|booking| {
        let intent = intents.remove(&booking.id).flatten();
        let (refunded, refund_failed) = sums(&amounts, booking.id);
        View { booking, intent, redirect_url: None, refunded, refund_failed, seats: Vec::new() }
    });
    Ok(views.collect())
}

/// What is given back of the booking, and what of it failed.
fn sums(all: &[Returning], booking: Uuid) -> (i64, i64) {
    let own = all.iter().filter(|returning| returning.booking == booking);
    own.fold((0, 0), |(sum, stuck), own| (sum + own.amount, stuck + if own.is_stuck { own.amount } else { 0 }))
}
