//! Opens bookings: those that wait for a worker check their holds and mark them as being paid for in one transaction.

use std::sync::Arc;

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use usher::{
    contract::feed::SeatChange,
    database::{Database, TwoTrips, Work},
    feed::Publisher,
    id::EventId,
};

use crate::{
    batches::{EventOf, distinct, of_one},
    error::Error,
    funnel,
    opening::{Facts, Opened, Opening, decide},
    seat_feed,
    store::{about::Events, bookings::find_request_hashes, events::find_events, open_bookings::OpenBookings, seats},
    tickets::Tickets,
};

/// What became of each opening, in their order. `check_after`: when the reconciler may look; `event`: of which one event each
/// batch is, where it is of one.
pub async fn open(
    database: &Database,
    feed: &Publisher,
    openings: Arc<[Opening]>,
    check_after: TimeDelta,
    event: Option<EventOf<Opening>>,
) -> Result<Vec<Result<Opened, Error>>, Error> {
    let answers = seat_feed::tell(
        feed,
        database.two_trips(Together { event: of_one(event, &openings), openings, check_after }).await,
    )?;
    answers.iter().flatten().for_each(funnel::opened);
    Ok(answers)
}

/// Openings in one transaction.
struct Together {
    openings: Arc<[Opening]>,
    check_after: TimeDelta,
    /// The one event that all are of.
    event: Option<EventId>,
}

impl TwoTrips for Together {
    type Facts = Facts;
    type Write = OpenBookings;
    type Answer = (Vec<Result<Opened, Error>>, Vec<SeatChange>);
    type Error = Error;

    fn read<'a>(&'a self, conn: &'a AsyncPgConnection) -> Work<'a, Facts, Error> {
        Box::pin(async move {
            let orders = || self.openings.iter().map(|opening| &opening.order.tickets);
            let tickets = distinct(orders().flat_map(Tickets::numbers));
            let events = distinct(orders().map(|tickets| tickets.event().get()));
            let ids: Vec<_> = self.openings.iter().map(|opening| (opening.order.tickets.event(), opening.id)).collect();
            // Sent together, run in order: the clock is read once every seat is locked, and so is what was asked before.
            let (seats, events, before) = tokio::join!(
                seats::lock_seats(conn, &tickets, Events::of(self.event, &events)),
                find_events(conn, &events),
                find_request_hashes(conn, &ids, self.event),
            );
            Ok(Facts { seats: seats?, events: events?, before: before? })
        })
    }

    fn decide(&self, facts: Facts) -> (Self::Answer, Option<OpenBookings>) {
        let (answers, begun) = decide(&self.openings, facts, self.check_after);
        let changes = begun.iter().flat_map(seat_feed::begun).collect();
        ((answers, changes), (!begun.is_empty()).then(|| OpenBookings::new(begun, self.event)))
    }

    fn write<'a>(&'a self, conn: &'a AsyncPgConnection, open: &'a OpenBookings) -> Work<'a, (), Error> {
        Box::pin(open.write(conn))
    }
}
