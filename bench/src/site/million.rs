//! Two search-svc among very many events, one for each way to search: on a database of their own, beside the house's, and a
//! Redis database of their own.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Site,
    program::{Program, free_addr},
    services::{serves, url},
};
use crate::{error::Error, memory, mixture, report::note, store};

const DATABASE: &str = "usher_million";
/// The house's searches are kept in the first one.
const REDIS_DATABASE: u8 = 1;
/// How long the index may take to be built.
const BUILT_MAX: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What search-svc's metrics say then.
const BUILT: &str = "search_index_built 1";

/// Where they are.
pub struct Million {
    /// The URL of the one that searches in PostgreSQL.
    pub sql: String,
    /// The URL of the one that searches in its index.
    pub index: String,
    /// Redis's URL.
    pub redis: String,
    /// What was built, for people.
    pub said: String,
    primary: String,
}

impl Site {
    /// Makes some `wanted` events, starts both, and waits until the index is built. `primary` is the house's database.
    pub async fn start_million(&mut self, primary: &str, redis: &str, wanted: u32) -> Result<Million, Error> {
        let (began, database) = (Instant::now(), store::beside(primary, DATABASE));
        store::create(primary, DATABASE).await?;
        usher::database::migrate(&database).await?;
        let (works, theaters) = (mixture::works(), mixture::theaters()?);
        let events = store::catalogue::fill(&mut store::connect(&database).await?, &works, &theaters, wanted).await?;
        let made = began.elapsed();
        note(&format!("{events} events are made"));
        let redis = format!("{}/{REDIS_DATABASE}", redis.trim_end_matches("/0").trim_end_matches('/'));
        let (metrics, began) = (free_addr()?, Instant::now());
        let index = self.start_searcher(&database, &redis, &[("SEARCH_BACKEND", "index".to_owned())], metrics).await?;
        let built = self.wait_until_built(&format!("{}/metrics", url(metrics)), began).await?;
        let pid = self.programs.last().map_or(Ok(0), Program::pid)?;
        let megabytes = memory::resident_bytes(pid)? / 1_000_000;
        let sql = self.start_searcher(&database, &redis, &[], free_addr()?).await?;
        let documents = works.len() * theaters.len();
        let said = format!(
            "{events} events in {documents} documents were made in {:.1} s; the index of them was built in {:.1} s and its \
             process has {megabytes} MB",
            made.as_secs_f64(),
            built.as_secs_f64(),
        );
        Ok(Million { sql, index, redis, said, primary: primary.to_owned() })
    }

    /// Stops both, and drops the events.
    pub async fn stop_million(&mut self, million: Million) -> Result<(), Error> {
        for program in [self.programs.pop(), self.programs.pop()].into_iter().flatten() {
            program.stop().await;
        }
        store::drop(&million.primary, DATABASE).await
    }

    async fn start_searcher(
        &mut self,
        database: &str,
        redis: &str,
        more: &[(&'static str, String)],
        metrics: std::net::SocketAddr,
    ) -> Result<String, Error> {
        let addr = free_addr()?;
        let told = [
            ("LISTEN_ADDR", addr.to_string()),
            ("METRICS_ADDR", metrics.to_string()),
            ("DATABASE_URL", database.to_owned()),
            ("REDIS_URL", redis.to_owned()),
            // Nobody asks twice here: what is kept is not what is measured.
            ("NEAR_CACHE_ANSWERS", "1".to_owned()),
        ];
        let told = told.into_iter().chain(more.iter().cloned()).collect();
        self.programs.push(Program::start("search-svc", &self.dir, told)?);
        let began = Instant::now();
        while !serves(&url(addr)).await {
            self.look_after(began, "search-svc did not come up").await?;
        }
        Ok(url(addr))
    }

    async fn wait_until_built(&mut self, metrics: &str, began: Instant) -> Result<Duration, Error> {
        let http = reqwest::Client::new();
        loop {
            let said = http.get(metrics).send().await?.text().await?;
            if said.lines().any(|line| line == BUILT) {
                return Ok(began.elapsed());
            }
            self.look_after(began, "the index was not built").await?;
        }
    }

    /// Waits a moment; an error where the last program ended, or does not get there.
    async fn look_after(&mut self, began: Instant, why: &str) -> Result<(), Error> {
        if let Some(program) = self.programs.last_mut()
            && (program.ended()? || began.elapsed() > BUILT_MAX)
        {
            return Err(program.error(why));
        }
        sleep(LOOK_EVERY).await;
        Ok(())
    }
}
