//! The rounds: what is measured in which order. What is compared is measured in the same round, one right after the
//! other, and every other round runs backwards, so that no row is always the first.

mod beside;
mod cold;
mod gateways;
mod idle;
mod peers;
mod reserve;
mod sales;
mod search;
mod stand;
mod telling;
mod view;
mod watched;

use std::collections::BTreeMap;

use crate::{
    config::Config,
    error::Error,
    pgbench::Pgbench,
    report::note,
    row::{Measured, Row},
    site::Site,
};
pub use idle::OPEN;
use stand::Stand;

/// Callers whom the goals speak of.
pub const CALLERS: [u16; 4] = [1, 32, 256, 1_024];
/// pgbench's clients.
pub const CLIENTS: u16 = 32;
/// Watchers of one event, of whom a goal speaks.
pub const WATCHERS: u16 = 5_000;
/// Workers of the bare batches: one for each processor of this kind of machine; more get no further.
pub const WORKERS: u16 = 2;

/// One round: each row once.
pub type Round = BTreeMap<Row, Measured>;

/// All that was found.
pub struct Findings {
    /// The rounds on a primary without a replica, and those with one that commits wait for.
    pub rounds: Vec<Round>,
    /// The latter.
    pub replicated: Vec<Round>,
    /// What PostgreSQL says of its settings, without and with the replica.
    pub postgres: [BTreeMap<String, String>; 2],
    /// What was counted in the database, for people.
    pub checks: Vec<String>,
}

/// The seats of a bare batch where two workers share what so many callers want: half of it.
pub const fn batch(callers: u16) -> u16 {
    callers / WORKERS
}

/// What a round measures first, in the order of odd rounds.
const FIRST: [Row; 16] = [
    Row::Textbook(CLIENTS),
    Row::Reserve(256),
    Row::Echo(256),
    Row::Batch(batch(256)),
    Row::OneStatement(CLIENTS),
    Row::Reserve(32),
    Row::Textbook(1),
    Row::Reserve(1),
    Row::OneStatement(1),
    Row::Echo(1_024),
    Row::Reserve(1_024),
    Row::Batch(batch(1_024)),
    Row::Hot(256),
    Row::Hot(1_024),
    Row::Contended(256),
    Row::Echo(1),
];
/// What a round measures then: it needs the peak of what was measured before, or leaves booking-svc with more in its
/// memory.
const THEN: [Row; 19] = [
    Row::View(1),
    Row::SameBytes(1),
    Row::View(32),
    Row::SameBytes(32),
    Row::View(256),
    Row::SameBytes(256),
    Row::Search(1),
    Row::RedisGet(1),
    Row::Search(256),
    Row::RedisGet(256),
    Row::Watched(WATCHERS),
    Row::WatchedSse(WATCHERS),
    Row::Steady,
    Row::Channelled(1_024),
    Row::Overload,
    Row::OverloadUnbounded,
    Row::Book(256),
    Row::BookCalledBack(256),
    Row::FirstCalls(256),
];
/// What is measured for each round once all else of it is.
const COLD: [Row; 2] = [Row::ColdSql, Row::ColdIndex];
/// What is measured for each round after that, on processes of its own.
const TELLING: [Row; 3] = [Row::Untold(256), Row::Sampled(256), Row::Recorded(256)];
/// What a round with the replica measures.
const REPLICATED: [Row; 2] = [Row::TextbookReplicated(CLIENTS), Row::ReserveReplicated(256)];

/// Measures everything. What `site` runs at the end is left to the caller to stop.
pub async fn measure(config: &Config, site: &mut Site) -> Result<Findings, Error> {
    let mut pgbench = Pgbench::find(config).await?;
    note("starting PostgreSQL and the services");
    let mut stand = Stand::new(config, site.start().await?, &mut pgbench).await?;
    note("building the house");
    stand.build().await?;
    stand.expect_replicas(0).await?;
    let (mut rounds, mut checks) = (Vec::new(), Vec::new());
    for number in 1..=config.rounds() {
        note(&format!("round {number} of {}: new seats", config.rounds()));
        stand.renew().await?;
        let mut round = Round::new();
        stand.measure(&ordered(&FIRST, number), &mut round).await?;
        stand.measure(&THEN, &mut round).await?;
        checks.push(format!("round {number}: {}", stand.check().await?));
        rounds.push(round);
    }
    checks.extend(among_a_million(config, site, &mut stand, &mut rounds).await?);
    checks.extend(while_telling(config, site, &mut stand, &mut rounds).await?);
    checks.extend(beside::envoy(config, site, &mut stand, &mut rounds).await?);
    let alone = stand.settings().await?;
    stand.refill().await?;
    drop(stand);

    note("starting again, with a replica that commits wait for");
    let mut stand = Stand::new(config, site.start_with_replica().await?, &mut pgbench).await?;
    stand.settle().await?;
    stand.expect_replicas(1).await?;
    let mut replicated = Vec::new();
    for number in 1..=config.rounds() {
        note(&format!("with the replica, round {number} of {}", config.rounds()));
        let mut round = Round::new();
        stand.measure(&ordered(&REPLICATED, number), &mut round).await?;
        replicated.push(round);
    }
    checks.push(format!("with the replica: {}", stand.check().await?));
    checks.push(stand.check_peer().await?);
    let postgres = [alone, stand.settings().await?];
    Ok(Findings { rounds, replicated, postgres, checks })
}

/// Makes very many events and measures what searches among them for each round, once all else of it is measured; answers
/// what was built.
async fn among_a_million(
    config: &Config,
    site: &mut Site,
    stand: &mut Stand<'_>,
    rounds: &mut [Round],
) -> Result<Option<String>, Error> {
    if !COLD.iter().any(|row| config.includes(row.key())) {
        return Ok(None);
    }
    note("making events to search among");
    let (postgres, redis) = (stand.running.postgres.primary.clone(), stand.running.services.redis.clone());
    let million = site.start_million(&postgres, &redis, config.searched_events()).await?;
    note(&million.said);
    let said = stand.million.insert(million).said.clone();
    for (number, round) in (1..).zip(rounds) {
        stand.measure(&ordered(&COLD, number), round).await?;
    }
    if let Some(million) = stand.million.take() {
        site.stop_million(million).await?;
    }
    Ok(Some(said))
}

/// Starts booking-svc anew with and without telemetry, and measures each for each round; answers what the collector heard.
async fn while_telling(
    config: &Config,
    site: &mut Site,
    stand: &mut Stand<'_>,
    rounds: &mut [Round],
) -> Result<Option<String>, Error> {
    if !TELLING.iter().any(|row| config.includes(row.key())) {
        return Ok(None);
    }
    note("starting booking-svc with and without telemetry");
    stand.renew().await?;
    stand.telling = Some(site.start_telling(&stand.running.services).await?);
    for (number, round) in (1..).zip(rounds) {
        stand.measure(&ordered(&TELLING, number), round).await?;
    }
    let spans = stand.telling.take().map_or(0, |telling| telling.collector.spans());
    site.stop_telling().await;
    Ok(Some(format!("with telemetry: {}; the collector was sent {spans} spans", stand.check().await?)))
}

/// The rows as they stand in odd rounds, backwards in even ones.
fn ordered(rows: &[Row], round: u32) -> Vec<Row> {
    let mut rows = rows.to_vec();
    if round.is_multiple_of(2) {
        rows.reverse();
    }
    rows
}
