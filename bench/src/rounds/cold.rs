//! Searching among very many events for what nobody asked for before: one caller, one search after the other, through all
//! queries and again, each time in another way. Between two passes Redis is emptied.

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use prost::Message as _;
use redis::Client;
use tokio::time::timeout;
use tonic::{Status, codegen::Bytes};
use usher::contract::search::{SearchRequest, SearchResponse};

use super::stand::Stand;
use crate::{
    error::Error,
    line::{Line, Rpc},
    load::{Answer, Found, Samples, Window},
    mixture,
    report::note,
    row::{Measured, Row},
    searchers,
};

/// How often all queries are asked at least: a hundredth of fewer searches would be one or two.
const PASSES_MIN: usize = 4;
/// How many of the slowest searches are told.
const SLOWEST: usize = 8;
/// No search takes this long.
const ANSWER_MAX: Duration = Duration::from_secs(20);

impl Stand<'_> {
    pub(super) async fn cold(&self, row: Row) -> Result<Measured, Error> {
        let million =
            self.million.as_ref().ok_or_else(|| Error::Count("there is nothing to search among".to_owned()))?;
        let url = if matches!(row, Row::ColdIndex) { &million.index } else { &million.sql };
        let line = Line::new(url)?;
        let searcher = Searcher { search: Rpc::new(&line, searchers::PATH)?, line };
        let redis = Client::open(million.redis.as_str())?;
        // Connections and prepared statements are there when a search is made.
        pass(&searcher, &redis, 0, &mut Asked::default()).await?;
        let window = Window { warm_up: Duration::ZERO, ..self.window() };
        self.watch(window, 1, passes(&searcher, &redis, window.measure)).await
    }
}

/// Who searches, on one connection.
struct Searcher {
    line: Line,
    search: Rpc,
}

/// Whole passes: each has each kind of search in its share.
async fn passes(searcher: &Searcher, redis: &Client, measure: Duration) -> Result<Found, Error> {
    let (mut all, mut lasted, mut number) = (Asked::default(), Duration::ZERO, 0);
    while number < PASSES_MIN || lasted < measure {
        number += 1;
        lasted += pass(searcher, redis, number, &mut all).await?;
    }
    note(&all.slowest());
    let Asked { samples, .. } = all;
    let in_time = samples.good.len() as u64;
    Ok(Found { samples, in_time, lasted })
}

/// How long the searches took.
#[derive(Default)]
struct Asked {
    samples: Samples,
    each: Vec<(Duration, SearchRequest)>,
}

impl Asked {
    fn note(&mut self, search: SearchRequest, answer: Answer, took: Duration) {
        self.samples.note(answer, took);
        self.each.push((took, search));
    }

    /// What took longest, for people.
    fn slowest(&mut self) -> String {
        self.each.sort_unstable_by_key(|(took, _)| Reverse(*took));
        let said = |(took, search): &(Duration, SearchRequest)| {
            format!("{:.2} ms {}", took.as_secs_f64() * 1_000.0, mixture::said(search))
        };
        let slowest: Vec<_> = self.each.iter().take(SLOWEST).map(said).collect();
        format!("    the slowest: {}", slowest.join(", "))
    }
}

/// Asks every query once; answers how long that took.
async fn pass(searcher: &Searcher, redis: &Client, number: usize, all: &mut Asked) -> Result<Duration, Error> {
    let mut redis = redis.get_multiplexed_async_connection().await?;
    redis::cmd("FLUSHDB").exec_async(&mut redis).await?;
    #[expect(clippy::disallowed_methods, reason = "somebody asks for the coming week by the clock on the wall")]
    let now = chrono::Utc::now().timestamp();
    let pack = mixture::searches(number, now);
    let began = Instant::now();
    for search in pack {
        let question = search.encode_to_vec();
        let asked = Instant::now();
        let answer = timeout(ANSWER_MAX, searcher.line.ask(&searcher.search, None, &question)).await;
        let took = asked.elapsed();
        let answer = answer
            .map_or_else(|_| Answer::Failed(format!("{search:?} was not answered")), |answer| judged(&search, answer));
        all.note(search, answer, took);
    }
    Ok(began.elapsed())
}

fn judged(search: &SearchRequest, answer: Result<Bytes, Status>) -> Answer {
    // Elsewhere, or another week, there may be nothing.
    let is_narrowed = *search != SearchRequest { query: search.query.clone(), ..SearchRequest::default() };
    match answer.map(SearchResponse::decode) {
        Err(status) => status.into(),
        Ok(Ok(answer)) if answer.retry_after_ms == 0 && (is_narrowed || !answer.events.is_empty()) => Answer::Good,
        Ok(_) => Answer::Failed(format!("{search:?} found nothing")),
    }
}
