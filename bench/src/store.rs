//! The bench's one look into the database: which seats there are to reserve.

use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use usher::schema::{events, tickets};

use crate::error::Error;

/// The free seats of every event to come, the largest events first: callers crowd at one event, as in an on-sale.
pub async fn free_seats(url: &str) -> Result<Vec<i64>, Error> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    let seats = tickets::table
        .inner_join(events::table)
        .filter(events::start_time.gt(diesel::dsl::now))
        .filter(tickets::status.eq(0))
        .order((events::total_ticket_count.desc(), tickets::ticket_id))
        .select(tickets::ticket_id);
    Ok(seats.load(&mut conn).await?)
}
