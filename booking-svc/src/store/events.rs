//! What booking-svc reads of `events`, which event-svc owns.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{id::EventId, schema::events};

use super::clock_timestamp;
use crate::{
    error::Error,
    policy::CancelPolicy,
    seat::{Event, Timestamp},
};

/// On what terms the event's bookings are given back, and the clock's reading; `None` where there is no such event.
pub async fn find_cancel_policy(
    conn: &mut AsyncPgConnection,
    event: EventId,
) -> Result<Option<(CancelPolicy, Timestamp)>, Error> {
    let found: Option<(Timestamp, i32, i32, Timestamp)> = events::table
        .filter(events::event_id.eq(event.get()))
        .select((events::start_time, events::cancel_minutes_before, events::cancel_fee_percent, clock_timestamp()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(start_time, minutes_before, fee_percent, now)| {
        (CancelPolicy { start_time, minutes_before, fee_percent }, now)
    }))
}

/// The events among `ids` that exist, each with the clock's reading. Takes the connection shared, so that it can be
/// sent right behind the statement that locks the seats and still runs after it.
pub async fn find_events(mut conn: &AsyncPgConnection, ids: &[i64]) -> Result<HashMap<EventId, Event>, Error> {
    let found: Vec<(i64, Timestamp, String, bool, Timestamp)> = events::table
        .filter(events::event_id.eq_any(ids))
        .select((
            events::event_id,
            events::start_time,
            events::currency,
            events::admissions_per_minute.is_not_null(),
            clock_timestamp(),
        ))
        .load(&mut conn)
        .await?;
    let events = found.into_iter().filter_map(|(id, start_time, currency, wants_pass, now)| {
        Some((EventId::new(id)?, Event { start_time, currency, wants_pass, now }))
    });
    Ok(events.collect())
}
