//! What search-svc reads of `tickets`, whose status booking-svc owns.

use std::collections::HashMap;

use diesel::{
    dsl::{count_star, now},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::tickets;

use crate::error::Error;

/// The column `tickets.status`, as booking-svc writes it.
const AVAILABLE: i16 = 0;
const RESERVED: i16 = 1;

/// How many seats are free, by event. An event without any has no entry.
pub type Remaining = HashMap<i64, i64>;

/// How many seats of each event can be reserved now: nobody has them, or a hold of them has lapsed.
/// INVARIANT I4: the same rule as booking-svc's: a hold whose payment is in flight does not lapse.
pub async fn count_free(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<Remaining, Error> {
    let lapsed = tickets::status.eq(RESERVED).and(tickets::booking_id.is_null()).and(tickets::held_until.le(now));
    let counts: Vec<(i64, i64)> = tickets::table
        .filter(tickets::event_id.eq_any(event_ids))
        .filter(tickets::status.eq(AVAILABLE).or(lapsed))
        .group_by(tickets::event_id)
        .select((tickets::event_id, count_star()))
        .load(conn)
        .await?;
    Ok(counts.into_iter().collect())
}
