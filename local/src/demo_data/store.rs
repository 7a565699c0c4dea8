//! All SQL of the demonstration's data. Rows are found by what people call them: the theatre by its name and city, the
//! screen by its name, the event by its screen and day.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Date, Double, Float, Integer, Text, Timestamp},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use usher::schema::theaters;

use super::{
    Error, layout, plans,
    schedule::Showing,
    theaters::{Screen, Theater},
};

/// The advisory lock that makes two loads take turns: "demo" in ASCII.
const LOCK: i64 = 0x64_65_6d_6f;

/// One event to be.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    /// Where.
    pub(super) screen: &'a Screen,
    /// What and when.
    pub(super) showing: Showing<'a>,
}

/// A theatre that is there.
#[derive(Debug, QueryableByName)]
pub(super) struct Found {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    /// What its clock says.
    #[diesel(sql_type = Timestamp)]
    pub(super) now: NaiveDateTime,
}

/// What [`insert_events`] added.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Added {
    /// Events.
    pub(super) events: usize,
    /// Tickets.
    pub(super) tickets: usize,
}

/// The same, as PostgreSQL counts.
#[derive(Debug, Clone, Copy, QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = BigInt)]
    tickets: i64,
}

/// Waits until no other load is under way.
pub(super) async fn lock(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    // diesel's builder has no advisory locks.
    sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(conn).await?;
    Ok(())
}

/// Lets the next load begin.
pub(super) async fn unlock(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    sql_query("SELECT pg_advisory_unlock($1)").bind::<BigInt, _>(LOCK).execute(conn).await?;
    Ok(())
}

/// Adds the theatres that are not there; answers how many.
pub(super) async fn insert_theaters(conn: &mut AsyncPgConnection, all: &[Theater]) -> Result<usize, Error> {
    let rows = all.iter().map(|theater| {
        (
            theaters::theater_name.eq(&theater.name),
            theaters::city.eq(&theater.city),
            theaters::address.eq(&theater.address),
            theaters::time_zone.eq(&theater.time_zone),
        )
    });
    let rows: Vec<_> = rows.collect();
    Ok(diesel::insert_into(theaters::table).values(rows).on_conflict_do_nothing().execute(conn).await?)
}

/// The theatre, which [`insert_theaters`] added.
pub(super) async fn find_theater(conn: &mut AsyncPgConnection, theater: &Theater) -> Result<Found, Error> {
    // diesel's builder has no AT TIME ZONE with a column.
    let found = sql_query(
        "SELECT theater_id AS id, now() AT TIME ZONE time_zone AS now FROM theaters \
         WHERE theater_name = $1 AND city = $2",
    );
    Ok(found.bind::<Text, _>(&theater.name).bind::<Text, _>(&theater.city).get_result(conn).await?)
}

/// Adds the screen with its seats, unless there is one of its name; answers how many screens were added.
pub(super) async fn insert_screen(
    conn: &mut AsyncPgConnection,
    theater_id: i64,
    theater: &Theater,
    screen: &Screen,
) -> Result<usize, Error> {
    let seats = plans::find(&screen.layout).map(layout::seats).unwrap_or_default();
    let prices: Vec<_> = seats.iter().map(|seat| theater.price(screen.usual_price(), seat.percent)).collect();
    // diesel's builder can't insert into two tables at once, which makes a screen without its seats impossible.
    let insert = sql_query(
        "WITH made AS (INSERT INTO screens (theater_id, screen_name) VALUES ($1, $2) \
         ON CONFLICT DO NOTHING RETURNING screen_id) \
         INSERT INTO screen_seats (screen_id, seat_number, seat_index, section, row_label, x, y, kind, price) \
         SELECT screen_id, number, index, section, row_label, x, y, kind, price FROM made, \
         unnest($3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY \
         AS seat (number, section, row_label, x, y, kind, price, index)",
    );
    let inserted = insert
        .bind::<BigInt, _>(theater_id)
        .bind::<Text, _>(&screen.name)
        .bind::<Array<Text>, _>(seats.iter().map(|seat| seat.number.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(seats.iter().map(|seat| seat.section).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(seats.iter().map(|seat| seat.row.as_str()).collect::<Vec<_>>())
        .bind::<Array<Float>, _>(seats.iter().map(|seat| seat.x).collect::<Vec<_>>())
        .bind::<Array<Float>, _>(seats.iter().map(|seat| seat.y).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(seats.iter().map(|seat| seat.kind.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(prices)
        .execute(conn)
        .await?;
    Ok(usize::from(inserted > 0))
}

/// The theatre's screens and days, from `from` on, on which there is an event.
pub(super) async fn find_taken_days(
    conn: &mut AsyncPgConnection,
    theater_id: i64,
    from: NaiveDate,
) -> Result<HashSet<(String, NaiveDate)>, Error> {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = Text)]
        screen_name: String,
        #[diesel(sql_type = Date)]
        date: NaiveDate,
    }
    // diesel's builder has no AT TIME ZONE with a column.
    let taken = sql_query(
        "SELECT DISTINCT screen_name, (start_time AT TIME ZONE time_zone)::date AS date \
         FROM events JOIN screens USING (screen_id) JOIN theaters ON theaters.theater_id = events.theater_id \
         WHERE events.theater_id = $1 AND start_time > $2::timestamp AT TIME ZONE time_zone",
    );
    let taken = taken.bind::<BigInt, _>(theater_id).bind::<Timestamp, _>(NaiveDateTime::from(from));
    let taken: Vec<Taken> = taken.load(conn).await?;
    Ok(taken.into_iter().map(|Taken { screen_name, date }| (screen_name, date)).collect())
}

/// Adds the events, each with a ticket for every seat of its screen.
pub(super) async fn insert_events(
    conn: &mut AsyncPgConnection,
    theater_id: i64,
    theater: &Theater,
    listings: &[Listing<'_>],
) -> Result<Added, Error> {
    if listings.is_empty() {
        return Ok(Added::default());
    }
    let works = || listings.iter().map(|listing| listing.showing.work);
    let factors =
        listings.iter().map(|listing| f64::from(listing.showing.work.price) / f64::from(listing.screen.usual_price()));
    let Counts { events, tickets } = sql_query(INSERT_EVENTS)
        .bind::<BigInt, _>(theater_id)
        .bind::<Text, _>(&theater.currency)
        .bind::<Integer, _>(i32::try_from(theater.step).unwrap_or(i32::MAX))
        .bind::<Array<Text>, _>(listings.iter().map(|listing| listing.screen.name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Timestamp>, _>(listings.iter().map(|listing| listing.showing.start).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works().map(|work| work.title).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works().map(|work| work.description).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works().map(|work| work.category).collect::<Vec<_>>())
        .bind::<Array<Double>, _>(factors.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(works().map(|work| theater.price(work.price, 100)).collect::<Vec<_>>())
        .get_result(conn)
        .await?;
    let count = |count| usize::try_from(count).unwrap_or_default();
    Ok(Added { events: count(events), tickets: count(tickets) })
}

/// One statement for all events of a theatre and all their tickets: sent row by row it would take minutes, and an event
/// without its tickets can't come to be. diesel's builder can't insert into two tables at once.
const INSERT_EVENTS: &str = "
WITH wanted AS (
    SELECT screen_id, starts AT TIME ZONE time_zone AS start_time, title, description, category, factor, plain_price
    FROM unnest($4, $5, $6, $7, $8, $9, $10)
        AS listing (screen_name, starts, title, description, category, factor, plain_price)
    JOIN screens USING (screen_name)
    JOIN theaters USING (theater_id)
    WHERE theater_id = $1
), priced AS (
    SELECT screen_id, start_time, seat_index, seat_number, section, row_label, x, y, kind,
        greatest(round(coalesce(price * factor, plain_price) / $3), 1)::bigint * $3 AS ticket_price
    FROM wanted JOIN screen_seats USING (screen_id)
), house AS (
    SELECT screen_id, start_time, count(*) AS seats, min(ticket_price) AS price_from
    FROM priced GROUP BY screen_id, start_time
), made AS (
    INSERT INTO events (event_name, description, category, theater_id, screen_id, start_time, currency,
        total_ticket_count, price_from)
    SELECT title, description, category, $1, screen_id, start_time, $2, seats, price_from
    FROM wanted JOIN house USING (screen_id, start_time)
    ORDER BY start_time, screen_id
    RETURNING event_id, screen_id, start_time
), sold AS (
    INSERT INTO tickets (ticket_id, event_id, seat_number, section, row_label, x, y, kind, price)
    SELECT event_id << 20 | seat_index, event_id, seat_number, section, row_label, x, y, kind, ticket_price
    FROM made JOIN priced USING (screen_id, start_time)
    ORDER BY event_id, seat_index
    RETURNING 1
)
SELECT (SELECT count(*) FROM made) AS events, (SELECT count(*) FROM sold) AS tickets";

/// Lets PostgreSQL count what there is now, so that the first searches are planned well.
pub(super) async fn analyze(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    conn.batch_execute("ANALYZE theaters, screens, screen_seats, events, tickets").await?;
    Ok(())
}
