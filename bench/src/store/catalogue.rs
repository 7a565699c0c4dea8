//! Very many events to search among, made fast: every work in every theatre by an ordinary INSERT, so that event-svc's
//! triggers learn its words, and then copies of these events on other days, each event's on others, with what is searched of them copied as well.
//! Events have no seats.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::{
    error::Error,
    mixture::{Theater, Work},
};

/// Adds the events, some `wanted`; answers how many. Takes a migrated database without any.
pub async fn fill(
    conn: &mut AsyncPgConnection,
    works: &[Work],
    theaters: &[Theater],
    wanted: u32,
) -> Result<i64, Error> {
    // Nobody reads it before it is whole, and a crash makes it anew.
    conn.batch_execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'").await?;
    first(conn, works, theaters).await?;
    let copies = i64::from(wanted) / i64::try_from((works.len() * theaters.len()).max(1)).unwrap_or(i64::MAX);
    let indexes = without_indexes(conn).await?;
    conn.batch_execute("SET session_replication_role = replica").await?;
    // The two lists are written in one pass: each copy's id is known from the first.
    let copy = sql_query(
        "WITH made AS (
             INSERT INTO events (event_name, category, description, theater_id, screen_id, start_time, currency, price_from)
             SELECT event_name, category, description, theater_id, screen_id,
                 start_time + ((nth * 4733 + event_id * 7) % 400 - 40) * interval '1 day', currency, price_from
             FROM events, generate_series(2, $1) AS nth
             RETURNING event_id, event_name, theater_id, start_time, price_from
         ), said AS (
             SELECT event_name, e.theater_id, time_zone, document_id, s.city_key, s.category_key
             FROM events AS e INNER JOIN theaters USING (theater_id) INNER JOIN event_search AS s USING (event_id)
         )
         INSERT INTO event_search
         SELECT event_id, document_id, start_time, (start_time AT TIME ZONE time_zone)::date, theater_id, price_from,
             city_key, category_key
         FROM made INNER JOIN said USING (event_name, theater_id)",
    );
    copy.bind::<BigInt, _>(copies).execute(conn).await?;
    conn.batch_execute(
        "SET session_replication_role = origin; \
         SELECT search_schedule(array(SELECT document_id FROM search_documents))",
    )
    .await?;
    for index in indexes {
        conn.batch_execute(&index).await?;
    }
    // A page counts as seen by all only once its commits are on the disk; else each of its rows is looked up again.
    conn.batch_execute("CHECKPOINT").await?;
    for table in ["events", "event_search", "search_documents", "search_starts", "search_words", "search_terms"] {
        // As the server does by itself within a minute.
        conn.batch_execute(&format!("VACUUM ANALYZE {table}")).await?;
    }
    conn.batch_execute("CHECKPOINT").await?;
    let events: Count = sql_query("SELECT count(*) AS count FROM event_search").get_result(conn).await?;
    Ok(events.count)
}

/// Every work once in every theatre, from tomorrow on.
async fn first(conn: &mut AsyncPgConnection, works: &[Work], theaters: &[Theater]) -> Result<(), Error> {
    let fill = sql_query(
        "WITH house AS (
            INSERT INTO theaters (theater_name, city, time_zone) SELECT * FROM unnest($1, $2, $3)
            RETURNING theater_id
        ), screen AS (
            INSERT INTO screens (theater_id, screen_name) SELECT theater_id, 'One' FROM house
            RETURNING theater_id, screen_id
        )
        INSERT INTO events (event_name, category, description, theater_id, screen_id, start_time, currency, price_from)
        SELECT title, category, description, theater_id, screen_id,
            now() + interval '1 day' + (theater_id * 1000 + nth) * interval '1 minute', 'EUR', 500 + 10 * nth
        FROM screen, unnest($4, $5, $6) WITH ORDINALITY AS work (title, category, description, nth)",
    );
    let fill = fill
        .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.city.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.time_zone.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works.iter().map(|work| work.title).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works.iter().map(|work| work.category).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(works.iter().map(|work| work.description).collect::<Vec<_>>());
    fill.execute(conn).await?;
    Ok(())
}

/// Drops the indexes of what grows by a million rows; answers how to make them again.
async fn without_indexes(conn: &mut AsyncPgConnection) -> Result<Vec<String>, Error> {
    let indexes = sql_query(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index \
         WHERE indrelid IN ('events'::regclass, 'event_search'::regclass) AND NOT indisprimary",
    );
    let indexes: Vec<Index> = indexes.load(conn).await?;
    for Index { name, .. } in &indexes {
        conn.batch_execute(&format!("DROP INDEX {name}")).await?;
    }
    Ok(indexes.into_iter().map(|index| index.definition).collect())
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}
