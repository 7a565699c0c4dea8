//! What search-svc reads of `events`, `theaters` and `screens`, which event-svc owns.

use diesel::{
    dsl::{IntoBoxed, auto_type, now},
    pg::Pg,
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{events, screens, theaters};

use crate::{
    error::Error,
    event::{Event, Timestamp},
    page::PAGE_SIZE,
    search::Search,
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
    total_ticket_count: i32,
    theater_id: i64,
    screen_id: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = theaters)]
struct TheaterRow {
    theater_name: String,
    city: String,
    time_zone: String,
}

/// The page of the search, soonest first.
pub async fn find_events(conn: &mut AsyncPgConnection, search: &Search) -> Result<Vec<Event>, Error> {
    let rows: Vec<(EventRow, TheaterRow, String)> = matching(search)
        .order((events::start_time, events::event_id))
        .limit(PAGE_SIZE)
        .offset(search.page.offset())
        .select((EventRow::as_select(), TheaterRow::as_select(), screens::screen_name))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(event).collect())
}

/// How many events the search finds over all pages.
pub async fn count_events(conn: &mut AsyncPgConnection, search: &Search) -> Result<i64, Error> {
    Ok(matching(search).count().get_result(conn).await?)
}

#[auto_type]
fn shown() -> _ {
    events::table.inner_join(theaters::table).inner_join(screens::table)
}

/// The events that the search finds. What has begun is never among them, by the database's clock.
fn matching(search: &Search) -> IntoBoxed<'_, shown, Pg> {
    let mut matching = shown().into_boxed().filter(events::start_time.gt(now));
    if let Some(from) = search.from {
        matching = matching.filter(events::start_time.ge(from));
    }
    if let Some(to) = search.to {
        matching = matching.filter(events::start_time.lt(to));
    }
    if let Some(theater_id) = search.theater_id {
        matching = matching.filter(events::theater_id.eq(theater_id));
    }
    for pattern in search.words.patterns() {
        matching = matching.filter(
            events::event_name
                .ilike(pattern.clone())
                .or(events::description.ilike(pattern.clone()))
                .or(events::category.ilike(pattern.clone()))
                .or(theaters::theater_name.ilike(pattern.clone()))
                .or(theaters::city.ilike(pattern)),
        );
    }
    matching
}

fn event((event, theater, screen_name): (EventRow, TheaterRow, String)) -> Event {
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
