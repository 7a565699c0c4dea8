//! The table `reservations`: what users asked for and were granted. Written by [`super::seats::take_seats`], in the same
//! statement as the seats.

use std::collections::HashMap;

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::id::EventId;
use uuid::Uuid;

use super::about::One;
use crate::{error::Error, reserve::Earlier, seat::Timestamp};

/// How long a reservation is remembered after its hold's end: as long as anybody sensibly repeats a request.
const KEPT_DAYS: i32 = 2;

/// What `users` reserved before at `events`, pair by pair, and how many of those seats they still hold.
///
/// Raw SQL, because diesel's builder has no join with `unnest`, and two `= ANY` would ask for each user at each event. A
/// query type, so that it is prepared once: its plan outlives the table's first days, and must not be one that reads all
/// of it. `LATERAL` with `OFFSET 0` is a look-up per pair, whatever the planner believes of the table's size.
struct FindEarlier<'a> {
    events: &'a [i64],
    users: &'a [i64],
    one: One,
}

impl QueryFragment<Pg> for FindEarlier<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT w.event_id, w.user_id, r.nth, r.reservation_id, r.ticket_ids, r.amount, r.held_until, \
             (SELECT count(*) FROM tickets t WHERE t.ticket_id = ANY (r.ticket_ids) AND t.event_id = w.event_id",
        );
        self.one.narrow("t.event_id", &mut out)?;
        out.push_sql(
            " AND t.status = 1 AND t.reservation_id = r.reservation_id \
             AND (t.booking_id IS NOT NULL OR t.held_until > clock_timestamp())) FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.users)?;
        out.push_sql(
            ") AS w (event_id, user_id) CROSS JOIN LATERAL (SELECT * FROM reservations AS own \
             WHERE own.event_id = w.event_id AND own.user_id = w.user_id",
        );
        self.one.narrow("own.event_id", &mut out)?;
        out.push_sql(" OFFSET 0) AS r");
        Ok(())
    }
}

impl QueryId for FindEarlier<'_> {
    type QueryId = FindEarlier<'static>;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for FindEarlier<'_> {
    type SqlType = (BigInt, BigInt, Integer, SqlUuid, Array<BigInt>, BigInt, Timestamptz, BigInt);
}

type Row = (i64, i64, i32, Uuid, Vec<i64>, i64, Timestamp, i64);

/// What each of `pairs` (a user at an event, each once) reserved before; of `event`, where all are of that one. Takes the connection shared, so that it can be
/// sent right behind the statement that locks the seats and still runs after it.
pub async fn find_earlier(
    mut conn: &AsyncPgConnection,
    pairs: &[(EventId, i64)],
    event: Option<EventId>,
) -> Result<HashMap<(EventId, i64), Vec<Earlier>>, Error> {
    let (events, users): (Vec<_>, Vec<_>) = pairs.iter().map(|&(event, user)| (event.get(), user)).unzip();
    let rows: Vec<Row> =
        RunQueryDsl::load(FindEarlier { events: &events, users: &users, one: One::new(event) }, &mut conn).await?;
    let mut earlier: HashMap<_, Vec<_>> = HashMap::new();
    for (event, user, nth, id, ticket_ids, amount, until, held) in rows {
        let Some(event) = EventId::new(event) else { continue };
        let held = usize::try_from(held).unwrap_or_default();
        earlier.entry((event, user)).or_default().push(Earlier { nth, id, ticket_ids, amount, until, held });
    }
    Ok(earlier)
}

/// Forgets up to `limit` of the reservations that ended days ago; answers how many.
pub async fn forget_old(conn: &mut AsyncPgConnection, limit: i64) -> Result<usize, Error> {
    // Raw SQL, because diesel knows no ctid: a bounded DELETE by where the rows lie, without sorting them first.
    let forget = diesel::sql_query(
        "DELETE FROM reservations WHERE ctid = ANY (ARRAY(SELECT ctid FROM reservations \
         WHERE held_until < now() - make_interval(days => $1) LIMIT $2))",
    );
    Ok(forget.bind::<Integer, _>(KEPT_DAYS).bind::<BigInt, _>(limit).execute(conn).await?)
}
