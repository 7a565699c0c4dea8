//! Many events at once, as a bulk load makes them: without seats, and without asking event-svc.

use diesel::{
    sql_query,
    sql_types::{Array, Text},
};
use diesel_async::RunQueryDsl;

use super::database::Database;
use crate::relevance::{Theater, Work};

impl Database {
    /// Every work once in every theatre, from tomorrow on.
    pub async fn fill(&self, works: &[Work], theaters: &[Theater]) {
        // diesel's builder has no INSERT of a product of two lists.
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
            .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.name).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.city).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(theaters.iter().map(|theater| theater.time_zone).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(works.iter().map(|work| work.title).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(works.iter().map(|work| work.category).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(works.iter().map(|work| work.description).collect::<Vec<_>>());
        fill.execute(&mut self.connect().await).await.unwrap();
    }
}
