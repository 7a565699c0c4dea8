//! Many events at once, as a bulk load makes them: without seats, and without asking event-svc. And how PostgreSQL reads
//! them.

use std::path::PathBuf;

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};

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

    /// The same, over and over through the months before and after, until there are some `wanted` events.
    pub async fn fill_many(&self, works: &[Work], theaters: &[Theater], wanted: usize) {
        self.fill(works, theaters).await;
        let copies = i64::try_from(wanted / (works.len() * theaters.len())).unwrap();
        let copy = sql_query(
            "INSERT INTO events (event_name, category, description, theater_id, screen_id, start_time, currency, price_from)
            SELECT event_name, category, description, theater_id, screen_id,
                start_time + (nth * 4733 % 400 - 40) * interval '1 day', currency, price_from
            FROM events, generate_series(2, $1) AS nth",
        );
        let mut conn = self.connect().await;
        copy.bind::<BigInt, _>(copies).execute(&mut conn).await.unwrap();
        // As the server does by itself within a minute.
        for table in ["events", "event_search", "search_documents", "search_starts", "search_words", "search_terms"] {
            conn.batch_execute(&format!("VACUUM ANALYZE {table}")).await.unwrap();
        }
    }

    /// An edit by hand.
    pub async fn run(&self, statement: &str) {
        self.connect().await.batch_execute(statement).await.unwrap();
    }

    /// How many lists of starts are not those of their events.
    pub async fn wrong_starts(&self) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let wrong = sql_query(
            "SELECT count(*) AS count FROM search_documents AS d LEFT JOIN search_starts AS s USING (document_id)
            WHERE s.starts IS DISTINCT FROM array(
                SELECT start_time FROM event_search AS e WHERE e.document_id = d.document_id ORDER BY start_time)
            OR s.price_least IS DISTINCT FROM
                (SELECT min(price_from) FROM event_search AS e WHERE e.document_id = d.document_id)
            OR s.price_most IS DISTINCT FROM
                (SELECT max(price_from) FROM event_search AS e WHERE e.document_id = d.document_id)",
        );
        wrong.get_result::<Count>(&mut self.connect().await).await.unwrap().count
    }

    /// The texts in the database's form of words.
    pub async fn search_keys(&self, texts: &[String]) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Key {
            #[diesel(sql_type = Text)]
            key: String,
        }
        let keys = sql_query(
            "SELECT search_key(text) AS key FROM unnest($1) WITH ORDINALITY AS text (text, nth) ORDER BY nth",
        );
        let keys: Vec<Key> = keys.bind::<Array<Text>, _>(texts).load(&mut self.connect().await).await.unwrap();
        keys.into_iter().map(|key| key.key).collect()
    }

    /// From now on, the servers tell how they run each statement of new connections to this database.
    pub async fn explain(&self) -> Plans {
        let mut conn = self.connect().await;
        let name = self.name();
        let settings = ["session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0"];
        for setting in settings {
            conn.batch_execute(&format!("ALTER DATABASE {name} SET {setting}")).await.unwrap();
        }
        let logs = data_directory(&mut conn).await.ancestors().nth(2).unwrap().join("logs");
        Plans { logs: vec![logs.join("postgres-primary.log"), logs.join("postgres-replica.log")] }
    }
}

/// How the servers ran statements, for people: what `EXPLAIN` says.
pub struct Plans {
    logs: Vec<PathBuf>,
}

impl Plans {
    /// All there are.
    pub fn read(&self) -> Vec<String> {
        let mut plans = Vec::new();
        for log in &self.logs {
            let text = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
            let mut lines = text.lines().peekable();
            while let Some(line) = lines.next() {
                if line.contains(" plan:") {
                    let mut plan = line.to_owned();
                    while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
                        plan.push('\n');
                        plan.push_str(more);
                    }
                    plans.push(plan);
                }
            }
        }
        plans
    }
}

async fn data_directory(conn: &mut AsyncPgConnection) -> PathBuf {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        data_directory: String,
    }
    let setting: Setting = sql_query("SHOW data_directory").get_result(conn).await.unwrap();
    setting.data_directory.into()
}
