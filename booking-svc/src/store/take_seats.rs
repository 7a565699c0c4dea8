//! The reserve queue's one write.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Timestamptz, Uuid as SqlUuid},
};
use usher::id::EventId;
use uuid::Uuid;

use super::about::One;
use crate::{reserve::Taken, seat::Timestamp};

/// Writes the reservations of a whole batch and the holds of their seats at once.
///
/// Raw SQL, because diesel's builder has neither `UPDATE … FROM` (each row gets values of its own) nor a statement that
/// writes two tables. A query type instead of `sql_query`, because that one would be prepared anew each time. The
/// reservations are written in the order of their keys, so that two batches don't wait for each other in a circle; one
/// that another transaction wrote meanwhile fails the statement.
///
/// INVARIANT I1: it writes nothing outside of the transaction that locked the seats. Their locks gave that one its number
/// (`pg_current_xact_id_if_assigned`); a statement on its own has none yet when it begins.
pub struct TakeSeats {
    tickets: Vec<i64>,
    events: Vec<i64>,
    users: Vec<i64>,
    nths: Vec<i32>,
    reservations: Vec<Uuid>,
    prices: Vec<i64>,
    until: Vec<Timestamp>,
    one: One,
}

impl TakeSeats {
    /// Of these rows; of `event`, where all of them are of that one.
    pub fn new(taken: &[Taken], event: Option<EventId>) -> Self {
        Self {
            tickets: taken.iter().map(|row| row.ticket.get()).collect(),
            events: taken.iter().map(|row| row.ticket.event().get()).collect(),
            users: taken.iter().map(|row| row.hold.user_id).collect(),
            nths: taken.iter().map(|row| row.nth).collect(),
            reservations: taken.iter().map(|row| row.hold.reservation).collect(),
            prices: taken.iter().map(|row| row.hold.price).collect(),
            until: taken.iter().map(|row| row.hold.until).collect(),
            one: One::new(event),
        }
    }

    /// How many seats it takes.
    pub fn seats(&self) -> usize {
        self.tickets.len()
    }
}

impl QueryFragment<Pg> for TakeSeats {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH w AS MATERIALIZED (SELECT * FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.tickets)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.nths)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.reservations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.prices)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.until)?;
        out.push_sql(
            ") AS w (ticket_id, event_id, user_id, nth, reservation_id, price, until) \
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL), \
             made AS (INSERT INTO reservations \
             (event_id, user_id, nth, reservation_id, ticket_ids, amount, held_until) SELECT ",
        );
        self.one.value("event_id", &mut out)?;
        out.push_sql(
            ", user_id, nth, reservation_id, array_agg(ticket_id ORDER BY ticket_id), \
             sum(price)::bigint, max(until) FROM w GROUP BY event_id, user_id, nth, reservation_id \
             ORDER BY event_id, user_id, nth) \
             UPDATE tickets AS t SET status = 1, reserved_by = w.user_id, reservation_id = w.reservation_id, \
             status_at = clock_timestamp(), held_until = w.until, taken_price = w.price, booking_id = NULL \
             FROM w WHERE t.ticket_id = w.ticket_id AND t.event_id = w.event_id",
        );
        self.one.narrow("t.event_id", &mut out)
    }
}

impl QueryId for TakeSeats {
    type QueryId = Self;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> RunQueryDsl<Conn> for TakeSeats {}
