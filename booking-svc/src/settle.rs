//! Carries news of payments into the database: what waits for a worker is one transaction, the state machine's steps and
//! their effect on the seats.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use usher::{
    contract::feed::SeatChange,
    database::{self, Database, TwoTrips, Work},
    feed::Publisher,
    id::EventId,
};
use uuid::Uuid;

use crate::{
    batches::{EventOf, of_one},
    booking::Booking,
    error::Error,
    funnel,
    seat::Seat,
    seat_feed,
    settling::{Facts, Said, Settled, decide},
    state::Step,
    store::{
        about::Events,
        bookings, seats,
        settle_bookings::SettleBookings,
        settle_locks::{lock_bookings, lock_seats_of, read_clock},
    },
};

/// Keeps what was said and takes the steps that it calls for; answers for each where its booking stands then, `None` where
/// there is no such booking. `event`: of which one event each batch is, where it is of one.
pub async fn settle(
    database: &Database,
    feed: &Publisher,
    said: Arc<[Said]>,
    event: Option<EventOf<Said>>,
) -> Result<Vec<Result<Option<Settled>, Error>>, Error> {
    let together = Together { event: of_one(event, &said), said: Arc::clone(&said) };
    let settled = seat_feed::tell(feed, database.two_trips(together).await)?;
    for (said, settled) in said.iter().zip(&settled) {
        report(said, settled.as_ref());
        if let Some(Settled { step, .. }) = settled {
            funnel::settled(step);
        }
    }
    Ok(settled.into_iter().map(Ok).collect())
}

/// Whoever watches the logs is to look: neither must happen.
fn report(said: &Said, settled: Option<&Settled>) {
    let Said { event, booking, news, .. } = said;
    match settled {
        None => tracing::error!(booking_id = %booking, ?news, "news of a booking that is not there"),
        // INVARIANT I2.
        Some(Settled { step: Step::Refund, .. }) => {
            tracing::error!(booking_id = %booking, event_id = %event, "paid without a seat: refunding");
        }
        Some(_) => {}
    }
}

/// News in one transaction.
struct Together {
    said: Arc<[Said]>,
    /// The one event that all is of.
    event: Option<EventId>,
}

impl TwoTrips for Together {
    type Facts = Facts;
    type Write = SettleBookings;
    type Answer = (Vec<Option<Settled>>, Vec<SeatChange>);
    type Error = Error;

    fn read<'a>(&'a self, conn: &'a AsyncPgConnection) -> Work<'a, Facts, Error> {
        Box::pin(async move {
            let mut ids: Vec<_> = self.said.iter().map(|said| (said.event, said.booking)).collect();
            ids.sort_unstable();
            ids.dedup();
            // Sent together, run in order: the clock is read once everything is locked. Which seats are a booking's is read
            // before they are locked; only those of a BOOKED one ever change, and no news does anything to that.
            let (seats, bookings, now) = tokio::join!(
                lock_seats_of(conn, &ids, self.event),
                lock_bookings(conn, &ids, self.event),
                read_clock(conn)
            );
            let (seats, bookings, now) = (seats?, bookings?, now?);
            let numbers = seats.iter().map(|(seat, number)| (seat.ticket, number.clone())).collect();
            Ok(Facts { bookings, seats: seats.into_iter().map(|(seat, _)| seat).collect(), numbers, now })
        })
    }

    fn decide(&self, facts: Facts) -> (Self::Answer, Option<SettleBookings>) {
        let (settled, writes) = decide(&self.said, facts);
        let changes = seat_feed::settled(&writes);
        ((settled, changes), (!writes.answers.is_empty()).then(|| SettleBookings::new(writes, self.event)))
    }

    fn write<'a>(&'a self, conn: &'a AsyncPgConnection, settle: &'a SettleBookings) -> Work<'a, (), Error> {
        Box::pin(settle.write(conn))
    }
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
    let (shared, events): (&AsyncPgConnection, _) = (conn, Events::One(event));
    let (seats, booking) =
        tokio::join!(seats::lock_seats(shared, &ids, events), bookings::lock_booking(shared, event, id));
    let (seats, Some(booking)) = (seats?, booking?) else { return Ok(None) };
    if booking.ticket_ids.iter().any(|id| !found.ticket_ids.contains(id)) {
        return Err(database::Error::lost_race("a guest was moved meanwhile").into());
    }
    Ok(Some((booking, seats)))
}
