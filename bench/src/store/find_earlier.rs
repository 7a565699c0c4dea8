//! What the hot path asks about its users, as booking-svc's `store/reservations.rs` has it.

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::error::Error;

/// In pieces: between two of them booking-svc says which event all is about, where that is one.
const SELECT: [&str; 2] = [
    "SELECT w.event_id, w.user_id, r.nth, r.reservation_id, r.ticket_ids, r.amount, r.held_until, \
     (SELECT count(*) FROM tickets t WHERE t.ticket_id = ANY (r.ticket_ids) AND t.event_id = w.event_id",
    " AND t.status = 1 AND t.reservation_id = r.reservation_id \
     AND (t.booking_id IS NOT NULL OR t.held_until > clock_timestamp())) FROM unnest(",
];
const JOIN: [&str; 2] = [
    ") AS w (event_id, user_id) CROSS JOIN LATERAL (SELECT * FROM reservations AS own \
     WHERE own.event_id = w.event_id AND own.user_id = w.user_id",
    " OFFSET 0) AS r",
];

/// Raw SQL, because diesel's builder has no join with `unnest`.
struct FindEarlier<'a> {
    events: &'a [i64],
    users: &'a [i64],
}

impl QueryFragment<Pg> for FindEarlier<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for piece in SELECT {
            out.push_sql(piece);
        }
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        for piece in JOIN {
            out.push_sql(piece);
        }
        Ok(())
    }
}

impl QueryId for FindEarlier<'_> {
    type QueryId = FindEarlier<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for FindEarlier<'_> {
    type SqlType = (BigInt, BigInt, Integer, SqlUuid, Array<BigInt>, BigInt, Timestamptz, BigInt);
}

type Row = (i64, i64, i32, Uuid, Vec<i64>, i64, DateTime<Utc>, i64);

/// How many reservations each of `users` made before at the event beside it in `events`.
pub(super) async fn count_earlier(mut conn: &AsyncPgConnection, events: &[i64], users: &[i64]) -> Result<usize, Error> {
    let rows: Vec<Row> = RunQueryDsl::load(FindEarlier { events, users }, &mut conn).await?;
    Ok(rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of string literals that are broken over lines.
    fn joined(source: &str) -> String {
        source.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_bare_batch_asks_what_booking_svc_asks() {
        let theirs = joined(include_str!("../../../booking-svc/src/store/reservations.rs"));
        for own in SELECT.iter().chain(&JOIN) {
            assert!(theirs.contains(&joined(own)), "booking-svc's hot path has changed: follow it here\n{own}");
        }
    }
}
