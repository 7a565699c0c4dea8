//! The reserve queue's one write.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{reserve::Taken, seat::Timestamp};

/// Writes the holds of a whole batch at once.
///
/// Raw SQL, because diesel's builder has no `UPDATE … FROM`: each row gets values of its own. A query type instead of
/// `sql_query`, because that one would be prepared anew each time.
pub(super) struct TakeSeats {
    tickets: Vec<i64>,
    events: Vec<i64>,
    users: Vec<i64>,
    reservations: Vec<Uuid>,
    prices: Vec<i64>,
    until: Vec<Timestamp>,
}

impl TakeSeats {
    pub(super) fn new(taken: &[Taken]) -> Self {
        Self {
            tickets: taken.iter().map(|row| row.ticket.get()).collect(),
            events: taken.iter().map(|row| row.ticket.event().get()).collect(),
            users: taken.iter().map(|row| row.hold.user_id).collect(),
            reservations: taken.iter().map(|row| row.hold.reservation).collect(),
            prices: taken.iter().map(|row| row.hold.price).collect(),
            until: taken.iter().map(|row| row.hold.until).collect(),
        }
    }
}

impl QueryFragment<Pg> for TakeSeats {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE tickets AS t SET status = 1, reserved_by = w.user_id, reservation_id = w.reservation_id, \
             status_at = clock_timestamp(), held_until = w.until, taken_price = w.price, booking_id = NULL \
             FROM unnest(",
        );
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
        out.push_sql(
            ") AS w (ticket_id, event_id, user_id, reservation_id, price, until) \
             WHERE t.ticket_id = w.ticket_id AND t.event_id = w.event_id",
        );
        Ok(())
    }
}

impl QueryId for TakeSeats {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Conn> RunQueryDsl<Conn> for TakeSeats {}
