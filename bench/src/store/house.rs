//! The house: events with their seats, made fast, and a copy of the seats for pgbench, so that it takes none of
//! Usher's. Both tables have autovacuum off and are vacuumed between rounds, so that it falls on no single measurement.

use std::ops::RangeInclusive;

use diesel::{
    ExpressionMethods as _, QueryDsl as _, QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use usher::schema::{bookings, payment_events, tickets};

use crate::{
    error::Error,
    house::{Block, House},
};

/// pgbench's table.
pub const PEER: &str = "peer.tickets";
/// Tables that a new round keeps.
const KEPT: &str = "users, theaters, screens, screen_seats, events, event_search, search_documents, search_starts, search_words, search_terms, \
                    __diesel_schema_migrations";

/// What is said of each event, as much as a theatre says of one: an answer without it would be short, and fast.
const DESCRIPTION: &str = " of an evening that ends a tour through forty cities, with a band of nine, a choir that nobody \
                           has heard of yet, an interval of twenty minutes, and songs of all three records, of which \
                           the last one has been at the top of the lists for most of this year.";

/// Adds the events, and pgbench's table. Takes a migrated database without any.
pub async fn build(conn: &mut AsyncPgConnection, house: &House) -> Result<(), Error> {
    conn.batch_execute(
        "INSERT INTO theaters (theater_name, city) VALUES ('Bench', 'Berlin'); \
         INSERT INTO screens (theater_id, screen_name) SELECT theater_id, 'Bench' FROM theaters; \
         ALTER TABLE tickets SET (autovacuum_enabled = off); \
         CREATE SCHEMA peer; \
         CREATE TABLE peer.tickets (LIKE tickets INCLUDING ALL)",
    )
    .await?;
    // LIKE takes columns, checks and indexes over, but not how full a page may be.
    let shape: Shape = sql_query(
        "SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = 'public.tickets'::regclass",
    )
    .get_result(conn)
    .await?;
    if let Some(options) = shape.options {
        conn.batch_execute(&format!("ALTER TABLE {PEER} SET ({options})")).await?;
    }
    for block in house.blocks() {
        let events = sql_query(
            "INSERT INTO events (event_id, event_name, description, category, cdn_link, theater_id, screen_id, start_time, \
             currency, total_ticket_count, price_from) OVERRIDING SYSTEM VALUE \
             SELECT event, 'Event ' || event, 'Number ' || event || $4, 'CONCERT', \
             'https://cdn.example.com/posters/' || event || '.webp', theater_id, screen_id, \
             now() + interval '30 days', 'EUR', $3, 5000 FROM generate_series($1, $2) AS event, screens",
        );
        let events = events.bind::<BigInt, _>(*block.events.start()).bind::<BigInt, _>(*block.events.end());
        let events = events.bind::<BigInt, _>(i64::from(block.seats)).bind::<Text, _>(DESCRIPTION);
        events.execute(conn).await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Shape {
    #[diesel(sql_type = Nullable<Text>)]
    options: Option<String>,
}

/// Forgets every sale: all seats are new and free, on pages as they were at first.
pub async fn refill(conn: &mut AsyncPgConnection, house: &House) -> Result<(), Error> {
    #[derive(QueryableByName)]
    struct Sales {
        #[diesel(sql_type = Text)]
        tables: String,
    }
    let sales = sql_query(
        "SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables \
         WHERE schemaname = 'public' AND tablename <> ALL (string_to_array($1, ', '))",
    );
    let sales: Sales = sales.bind::<Text, _>(KEPT).get_result(conn).await?;
    conn.batch_execute(&format!("TRUNCATE {}", sales.tables)).await?;
    // The events are there: a check of each row's reference would only take time.
    conn.batch_execute("SET session_replication_role = replica").await?;
    for block in house.blocks() {
        let seats = sql_query(
            "INSERT INTO tickets (ticket_id, event_id, seat_number, section, row_label, x, y, price) \
             SELECT (event << 20) + seat, event, 'R' || seat / 40 || '-' || seat % 40, 'Stalls', 'R' || seat / 40, \
             seat % 40, seat / 40, 5000 FROM generate_series($1, $2) AS event, generate_series(1, $3) AS seat",
        );
        let seats = seats.bind::<BigInt, _>(*block.events.start()).bind::<BigInt, _>(*block.events.end());
        seats.bind::<BigInt, _>(i64::from(block.seats)).execute(conn).await?;
    }
    conn.batch_execute("SET session_replication_role = origin").await?;
    Ok(())
}

/// Fills pgbench's table with the seats of `block`.
pub async fn fill_peer(conn: &mut AsyncPgConnection, block: &Block) -> Result<(), Error> {
    let copy = sql_query("INSERT INTO peer.tickets SELECT * FROM tickets WHERE event_id BETWEEN $1 AND $2");
    let copy = copy.bind::<BigInt, _>(*block.events.start()).bind::<BigInt, _>(*block.events.end());
    copy.execute(conn).await?;
    Ok(())
}

/// Brings both tables to where they are between two checkpoints that lie far apart: vacuumed, written out, and each
/// page changed once since, so that its first, full copy is in the log already. Else those copies would fall on
/// whoever is measured first.
pub async fn settle(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    for table in ["tickets", PEER] {
        conn.batch_execute(&format!("VACUUM (ANALYZE) {table}")).await?;
    }
    conn.batch_execute("CHECKPOINT").await?;
    for table in ["tickets", PEER] {
        let touch = format!(
            "UPDATE {table} SET status_at = status_at WHERE ctid = ANY (ARRAY( \
             SELECT min(ctid) FROM {table} GROUP BY (ctid::text::point)[0]))"
        );
        conn.batch_execute(&touch).await?;
    }
    Ok(())
}

/// How many seats of `events` somebody has.
pub async fn held(conn: &mut AsyncPgConnection, events: &RangeInclusive<i64>) -> Result<i64, Error> {
    let held = tickets::table
        .filter(tickets::event_id.between(events.start(), events.end()))
        .filter(tickets::status.ne(0))
        .count();
    Ok(held.get_result(conn).await?)
}

/// How many bookings are BOOKED.
pub async fn booked(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    Ok(bookings::table.filter(bookings::status.eq("BOOKED")).count().get_result(conn).await?)
}

/// How many of the provider's callbacks were stored and acted on.
pub async fn called_back(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    let processed = payment_events::table.filter(payment_events::processed_at.is_not_null()).count();
    Ok(processed.get_result(conn).await?)
}

/// How many seats pgbench took.
pub async fn held_by_peer(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    let held: Count =
        sql_query("SELECT count(*) AS count FROM peer.tickets WHERE status <> 0").get_result(conn).await?;
    Ok(held.count)
}

/// How many synchronous replicas stream.
pub async fn synchronous_replicas(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    let found = sql_query(
        "SELECT count(*) AS count FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')",
    );
    Ok(found.get_result::<Count>(conn).await?.count)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}
