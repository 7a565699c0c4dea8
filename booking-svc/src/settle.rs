//! Carries news of a payment into the database: one transaction, the state machine's step and its effect on the seats.

use diesel_async::AsyncPgConnection;
use usher::{
    database::{self, Database},
    feed::Publisher,
    id::EventId,
};
use uuid::Uuid;

use crate::{
    booking::Booking,
    error::Error,
    policy::Quote,
    sales,
    seat::{Seat, Standing},
    seat_feed::{changes, tell},
    state::{News, Status, Step, step},
    store::{
        bookings, clock,
        payments::{self, Answer},
        refunds::{self, Due, NewRefund},
        seats::{self, ChangedSeat},
    },
    token,
};

/// What the provider said about one attempt to pay for a booking.
#[derive(Debug, Clone)]
pub struct Said {
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// The attempt.
    pub attempt: Uuid,
    /// What it means; `None` while it is undecided.
    pub news: Option<News>,
    /// The provider's own words.
    pub answer: Answer,
}

/// Keeps what was said and takes the step that it calls for; answers where the booking stands then, `None` where there
/// is no such booking.
pub async fn settle(database: &Database, feed: &Publisher, said: Said) -> Result<Option<Status>, Error> {
    let transaction = database.transaction(move |conn| {
        let said = said.clone();
        Box::pin(async move {
            let Some((booking, seats)) = lock(conn, said.event, said.booking).await? else {
                // Whoever watches the logs is to look: a payment that is ours by its metadata, of no booking.
                tracing::error!(booking_id = %said.booking, news = ?said.news, "news of a booking that is not there");
                return Ok(((None, Step::Stay), Vec::new()));
            };
            let step = match &said.news {
                Some(news) => step(booking.status, news, owns_seats(&booking, &seats)),
                None => Step::Stay,
            };
            let shared: &AsyncPgConnection = conn;
            let (kept, done) = tokio::join!(
                payments::record_answer(shared, said.event, said.attempt, &said.answer),
                carry_out(shared, &booking, &step),
            );
            let changed = kept.and(done)?;
            if step == Step::Refund {
                owe(conn, &booking, said.attempt).await?;
            }
            Ok(((Some(booking.status.after(&step)), step), changes(changed)))
        })
    });
    let (status, step) = tell(feed, transaction.await)?;
    sales::settled(&step);
    Ok(status)
}

/// Notes that the provider gives a refund back; once none is left to give, a REFUNDING booking is REFUNDED.
pub async fn close_refund(database: &Database, refund: Due) -> Result<(), Error> {
    let transaction = database.transaction(move |conn| {
        let Due { event, id, booking, .. } = refund;
        Box::pin(async move {
            let booking = bookings::lock_booking(conn, event, booking).await?.ok_or(Error::UnknownBooking)?;
            refunds::mark_done(conn, event, id).await?;
            if refunds::list_due(conn, event, booking.id).await?.is_empty() {
                carry_out(conn, &booking, &step(booking.status, &News::Refunded, false)).await?;
            }
            Ok(())
        })
    });
    transaction.await
}

/// Writes down that all of a payment goes back. INVARIANT I2, I5: one refund per attempt, however often it is heard of.
async fn owe(conn: &mut AsyncPgConnection, booking: &Booking, attempt: Uuid) -> Result<(), Error> {
    let refund = NewRefund {
        event: booking.event,
        id: token::refund(attempt),
        booking: booking.id,
        attempt: Some(attempt),
        ticket_ids: Vec::new(),
        quote: Quote { refund: booking.amount, fee: 0 },
        due: true,
        asked_by: None,
        request_hash: Vec::new(),
        check_at: clock(conn).await?,
    };
    refunds::insert_refund(conn, &refund).await?;
    Ok(())
}

/// Locks a booking's seats, then the booking.
pub async fn lock(
    conn: &mut AsyncPgConnection,
    event: EventId,
    id: Uuid,
) -> Result<Option<(Booking, Vec<Seat>)>, Error> {
    let Some((booking, seats)) = lock_beside(conn, event, id, &[]).await? else { return Ok(None) };
    let own = seats.into_iter().filter(|seat| booking.ticket_ids.contains(&seat.ticket.get())).collect();
    Ok(Some((booking, own)))
}

/// Locks a booking's seats together with `others`, all ascending, then the booking. Which seats are the booking's is read
/// before they are locked: where a guest was moved meanwhile, one of them is not locked, and the transaction is run again.
pub async fn lock_beside(
    conn: &mut AsyncPgConnection,
    event: EventId,
    id: Uuid,
    others: &[i64],
) -> Result<Option<(Booking, Vec<Seat>)>, Error> {
    let Some(found) = bookings::find_booking(conn, event, id).await? else { return Ok(None) };
    let ids: Vec<_> = found.ticket_ids.iter().chain(others).copied().collect();
    let (shared, events): (&AsyncPgConnection, _) = (conn, [event.get()]);
    let (seats, booking) =
        tokio::join!(seats::lock_seats(shared, &ids, &events), bookings::lock_booking(shared, event, id));
    let (seats, Some(booking)) = (seats?, booking?) else { return Ok(None) };
    if booking.ticket_ids.iter().any(|id| !found.ticket_ids.contains(id)) {
        return Err(database::Error::lost_race("a guest was moved meanwhile").into());
    }
    Ok(Some((booking, seats)))
}

/// Whether every seat of the booking still bears its id.
pub fn owns_seats(booking: &Booking, seats: &[Seat]) -> bool {
    booking.ticket_ids.iter().all(|&id| {
        let seat = seats.iter().find(|seat| seat.ticket.get() == id);
        seat.is_some_and(|seat| matches!(&seat.standing, Standing::Held(hold) if hold.paying == Some(booking.id)))
    })
}

/// The step's statements are sent together: where one fails, none of them counts.
async fn carry_out(conn: &AsyncPgConnection, booking: &Booking, step: &Step) -> Result<Vec<ChangedSeat>, Error> {
    let (event, id, tickets) = (booking.event, booking.id, &booking.ticket_ids);
    let failure = match step {
        Step::Stay => return Ok(Vec::new()),
        Step::Fail(why) => Some(why.as_str()),
        Step::Refund => {
            // INVARIANT I2. Must be unreachable; whoever watches the logs is to look.
            tracing::error!(booking_id = %id, event_id = %event, status = ?booking.status, "paid without a seat: refunding");
            None
        }
        Step::Book | Step::Close => None,
    };
    let seats = async {
        match step {
            Step::Book => seats::book_seats(conn, event, tickets, id).await,
            Step::Fail(_) | Step::Refund => seats::end_payment(conn, event, tickets, id).await,
            Step::Stay | Step::Close => Ok(Vec::new()),
        }
    };
    let status = bookings::set_status(conn, event, id, booking.status.after(step), failure);
    let (changed, status) = tokio::join!(seats, status);
    status.and(changed)
}
