//! What search-svc shows of `events`, `theaters` and `screens`, which event-svc owns.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{events, screens, search_terms, theaters};

use crate::{
    error::Error,
    event::{Event, Timestamp},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
pub(super) struct EventRow {
    event_id: i64,
    event_name: String,
    description: String,
    category: String,
    start_time: Timestamp,
    cdn_link: String,
    currency: String,
    price_from: i64,
    total_ticket_count: i32,
    theater_id: i64,
    screen_id: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = theaters)]
pub(super) struct TheaterRow {
    theater_name: String,
    city: String,
    time_zone: String,
}

/// These events, in this order; one that is gone is left out.
pub async fn find_events(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<Vec<Event>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(EventRow, TheaterRow, String)> = events::table
        .inner_join(theaters::table)
        .inner_join(screens::table)
        .filter(events::event_id.eq_any(ids))
        .select((EventRow::as_select(), TheaterRow::as_select(), screens::screen_name))
        .load(conn)
        .await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.0.event_id, event(row))).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// What these theatres are called.
pub async fn find_theater_names(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<HashMap<i64, String>, Error> {
    let names = theaters::table.filter(theaters::theater_id.eq_any(ids));
    let names: Vec<(i64, String)> = names.select((theaters::theater_id, theaters::theater_name)).load(conn).await?;
    Ok(names.into_iter().collect())
}

/// How these categories are written.
pub async fn find_categories(conn: &mut AsyncPgConnection, keys: &[&str]) -> Result<HashMap<String, String>, Error> {
    let labels = search_terms::table.filter(search_terms::kind.eq("CATEGORY")).filter(search_terms::key.eq_any(keys));
    let labels: Vec<(String, String)> = labels.select((search_terms::key, search_terms::label)).load(conn).await?;
    Ok(labels.into_iter().collect())
}

pub(super) fn event((event, theater, screen_name): (EventRow, TheaterRow, String)) -> Event {
    Event {
        id: event.event_id,
        name: event.event_name,
        description: event.description,
        category: event.category,
        start_time: event.start_time,
        cdn_link: event.cdn_link,
        currency: event.currency,
        price_from: event.price_from,
        total_ticket_count: event.total_ticket_count,
        theater_id: event.theater_id,
        theater_name: theater.theater_name,
        city: theater.city,
        time_zone: theater.time_zone,
        screen_id: event.screen_id,
        screen_name,
    }
}
