//! The hot path's one write of seats and reservations, as booking-svc's `store/take_seats.rs` has it.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

const FROM: &str = "WITH w AS MATERIALIZED (SELECT * FROM unnest(";
/// In pieces: the second one is where booking-svc says which event all is about, where that is one.
const WRITE: [&str; 3] = [
    ") AS w (ticket_id, event_id, user_id, nth, reservation_id, price, until) \
     WHERE pg_current_xact_id_if_assigned() IS NOT NULL), \
     made AS (INSERT INTO reservations \
     (event_id, user_id, nth, reservation_id, ticket_ids, amount, held_until) SELECT ",
    "event_id",
    ", user_id, nth, reservation_id, array_agg(ticket_id ORDER BY ticket_id), \
     sum(price)::bigint, max(until) FROM w GROUP BY event_id, user_id, nth, reservation_id \
     ORDER BY event_id, user_id, nth) \
     UPDATE tickets AS t SET status = 1, reserved_by = w.user_id, reservation_id = w.reservation_id, \
     status_at = clock_timestamp(), held_until = w.until, taken_price = w.price, booking_id = NULL \
     FROM w WHERE t.ticket_id = w.ticket_id AND t.event_id = w.event_id",
];

/// Writes the reservations and the holds of a whole batch at once. Raw SQL, because diesel's builder has no such statement.
pub(super) struct TakeSeats {
    pub(super) tickets: Vec<i64>,
    pub(super) events: Vec<i64>,
    pub(super) users: Vec<i64>,
    pub(super) nths: Vec<i32>,
    pub(super) reservations: Vec<Uuid>,
    pub(super) prices: Vec<i64>,
    pub(super) until: Vec<DateTime<Utc>>,
}

impl QueryFragment<Pg> for TakeSeats {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(FROM);
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
        for piece in WRITE {
            out.push_sql(piece);
        }
        Ok(())
    }
}

impl QueryId for TakeSeats {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Conn> RunQueryDsl<Conn> for TakeSeats {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of string literals that are broken over lines.
    fn joined(source: &str) -> String {
        source.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_bare_batch_writes_what_booking_svc_writes() {
        let theirs = joined(include_str!("../../../booking-svc/src/store/take_seats.rs"));
        for own in [FROM].iter().chain(&WRITE) {
            assert!(theirs.contains(&joined(own)), "booking-svc's hot path has changed: follow it here\n{own}");
        }
    }
}
