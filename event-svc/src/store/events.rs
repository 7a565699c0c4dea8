//! The table `events`, which event-svc owns.

use diesel::{
    dsl::{count_star, min, now},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::EventId,
    schema::{events, screens, theaters, tickets},
};

use super::clock_timestamp;
use crate::{
    error::Error,
    event::{CancelPolicy, Details, Existing, NewEvent, WaitingRoom},
    seat::Timestamp,
    view::Event,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct EventRow {
    event_id: i64,
    event_name: String,
    description: String,
    category: String,
    start_time: Timestamp,
    cdn_link: String,
    currency: String,
    price_from: i64,
    cancel_minutes_before: i32,
    cancel_fee_percent: i32,
    admissions_per_minute: Option<i32>,
    waiting_room_opens_at: Option<Timestamp>,
    theater_id: i64,
    screen_id: i64,
    total_ticket_count: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = theaters)]
struct TheaterRow {
    theater_name: String,
    city: String,
    time_zone: String,
}

/// The event, and the clock's reading; `None` where there is none.
pub async fn find_event(conn: &mut AsyncPgConnection, id: EventId) -> Result<Option<(Event, Timestamp)>, Error> {
    let found: Option<(EventRow, TheaterRow, String, Timestamp)> = events::table
        .inner_join(theaters::table)
        .inner_join(screens::table)
        .filter(events::event_id.eq(id.get()))
        .select((EventRow::as_select(), TheaterRow::as_select(), screens::screen_name, clock_timestamp()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(event, theater, screen_name, at)| (shown(id, event, theater, screen_name), at)))
}

/// The events of these ids that there are, soonest first, each with how many seats it has.
pub async fn list_events(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<Vec<(Event, i32)>, Error> {
    let found: Vec<(EventRow, TheaterRow, String)> = events::table
        .inner_join(theaters::table)
        .inner_join(screens::table)
        .filter(events::event_id.eq_any(ids))
        .order((events::start_time, events::event_id))
        .select((EventRow::as_select(), TheaterRow::as_select(), screens::screen_name))
        .load(conn)
        .await?;
    let listed = found.into_iter().filter_map(|(event, theater, screen_name)| {
        let (id, seats) = (EventId::new(event.event_id)?, event.total_ticket_count);
        Some((shown(id, event, theater, screen_name), seats))
    });
    Ok(listed.collect())
}

fn shown(id: EventId, event: EventRow, theater: TheaterRow, screen_name: String) -> Event {
    Event {
        id,
        name: event.event_name,
        description: event.description,
        category: event.category,
        start_time: event.start_time,
        cdn_link: event.cdn_link,
        currency: event.currency,
        price_from: event.price_from,
        cancel_policy: CancelPolicy {
            minutes_before: event.cancel_minutes_before,
            fee_percent: event.cancel_fee_percent,
        },
        waiting_room: event
            .admissions_per_minute
            .map(|admissions_per_minute| WaitingRoom { admissions_per_minute, opens_at: event.waiting_room_opens_at }),
        theater_id: event.theater_id,
        theater_name: theater.theater_name,
        city: theater.city,
        time_zone: theater.time_zone,
        screen_id: event.screen_id,
        screen_name,
    }
}

/// Keeps other edits of the event out until the transaction ends; also answers the clock's reading.
pub async fn lock_event(conn: &mut AsyncPgConnection, id: EventId) -> Result<Option<(Existing, Timestamp)>, Error> {
    let found: Option<(i64, i64, String, i32, Timestamp, Timestamp)> = events::table
        .filter(events::event_id.eq(id.get()))
        .select((
            events::theater_id,
            events::screen_id,
            events::currency,
            events::total_ticket_count,
            events::start_time,
            clock_timestamp(),
        ))
        // Reserves and new tickets reference the row: they need not wait for an edit.
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(theater_id, screen_id, currency, seats, start_time, at)| {
        (Existing { id, theater_id, screen_id, currency, seats, start_time }, at)
    }))
}

/// Adds an event that has no seats yet.
pub async fn insert_event(conn: &mut AsyncPgConnection, new: &NewEvent, theater_id: i64) -> Result<EventId, Error> {
    let id: i64 = diesel::insert_into(events::table)
        .values((
            events::event_name.eq(&new.event_name),
            events::description.eq(&new.description),
            events::category.eq(&new.category),
            events::theater_id.eq(theater_id),
            events::screen_id.eq(new.screen_id),
            events::start_time.eq(new.start_time),
            events::cdn_link.eq(&new.cdn_link),
            events::currency.eq(&new.currency),
            events::cancel_minutes_before.eq(new.cancel_policy.minutes_before),
            events::cancel_fee_percent.eq(new.cancel_policy.fee_percent),
            events::admissions_per_minute.eq(new.waiting_room.map(|room| room.admissions_per_minute)),
            events::waiting_room_opens_at.eq(new.waiting_room.and_then(|room| room.opens_at)),
        ))
        .returning(events::event_id)
        .get_result(conn)
        .await?;
    EventId::new(id).ok_or(Error::UnknownEvent(id))
}

#[derive(AsChangeset)]
#[diesel(table_name = events)]
#[expect(clippy::option_option, reason = "diesel's form for a column that is left alone, emptied or set")]
struct Changes {
    event_name: Option<String>,
    description: Option<String>,
    category: Option<String>,
    start_time: Option<Timestamp>,
    cdn_link: Option<String>,
    cancel_minutes_before: Option<i32>,
    cancel_fee_percent: Option<i32>,
    admissions_per_minute: Option<Option<i32>>,
    waiting_room_opens_at: Option<Option<Timestamp>>,
}

/// Writes what is said about an event.
pub async fn update_event(conn: &mut AsyncPgConnection, id: EventId, details: Details) -> Result<(), Error> {
    let Details { event_name, description, category, start_time, cdn_link, cancel_policy, waiting_room } = details;
    let changes = Changes {
        event_name,
        description,
        category,
        start_time,
        cdn_link,
        cancel_minutes_before: cancel_policy.map(|policy| policy.minutes_before),
        cancel_fee_percent: cancel_policy.map(|policy| policy.fee_percent),
        admissions_per_minute: waiting_room.map(|room| Some(room.admissions_per_minute).filter(|rate| *rate > 0)),
        waiting_room_opens_at: waiting_room.map(|room| room.opens_at),
    };
    diesel::update(events::table.filter(events::event_id.eq(id.get())))
        .set((changes, events::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down how many tickets the event has and what the cheapest costs. The event must be locked.
pub async fn count_tickets(conn: &mut AsyncPgConnection, id: EventId) -> Result<(), Error> {
    let (count, price_from): (i64, Option<i64>) = tickets::table
        .filter(tickets::event_id.eq(id.get()))
        .select((count_star(), min(tickets::price)))
        .first(conn)
        .await?;
    diesel::update(events::table.filter(events::event_id.eq(id.get())))
        .set((
            events::total_ticket_count.eq(i32::try_from(count).unwrap_or(i32::MAX)),
            events::price_from.eq(price_from.unwrap_or(0)),
            events::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
