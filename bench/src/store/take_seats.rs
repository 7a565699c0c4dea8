//! The hot path's one write, as booking-svc's `store/take_seats.rs` has it.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

const UPDATE: &str = "UPDATE tickets AS t SET status = 1, reserved_by = w.user_id, reservation_id = w.reservation_id, \
                      status_at = clock_timestamp(), held_until = w.until, taken_price = w.price, booking_id = NULL \
                      FROM unnest(";
const WHERE: &str = ") AS w (ticket_id, event_id, user_id, reservation_id, price, until) \
                     WHERE t.ticket_id = w.ticket_id AND t.event_id = w.event_id";

/// Writes the holds of a whole batch at once. Raw SQL, because diesel's builder has no `UPDATE … FROM`.
pub(super) struct TakeSeats {
    pub(super) tickets: Vec<i64>,
    pub(super) events: Vec<i64>,
    pub(super) users: Vec<i64>,
    pub(super) reservations: Vec<Uuid>,
    pub(super) prices: Vec<i64>,
    pub(super) until: Vec<DateTime<Utc>>,
}

impl QueryFragment<Pg> for TakeSeats {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(UPDATE);
        out.push_bind_param::<Array<BigInt>, _>(&self.tickets)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.reservations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.prices)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.until)?;
        out.push_sql(WHERE);
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
        for own in [UPDATE, WHERE] {
            assert!(theirs.contains(&joined(own)), "booking-svc's hot path has changed: follow it here\n{own}");
        }
    }
}
