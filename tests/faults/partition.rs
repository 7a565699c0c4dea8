//! Between each two parts of a mesh nothing gets through for a while, and nobody is told so; then it does, and what was sent
//! meanwhile arrives. `PROMISES` says of each pair what visitors see.

use std::time::Duration;

use rand::{rngs::StdRng, seq::SliceRandom as _};
use tokio::time::{Instant, sleep};

use crate::{
    deeds::Deed::{self, Book, Reserve, Search, SignIn, View},
    harness::{Arrow, Mesh, Part, Setting, Weather, eventually},
    round,
    watch::{
        self,
        Fate::{self, Later, Refused},
        Watch,
    },
};

/// A pair of parts that can't reach each other.
struct Promise {
    between: Arrow,
    /// What becomes of deeds; those that are not named are kept.
    fates: &'static [(Deed, Fate)],
    /// What the one that calls counts while it lasts: metric, label.
    tells: Option<(&'static str, &'static str)>,
}

const OPEN: &str = "channel_breaker_open";

const fn promise(from: Part, to: Part, fates: &'static [(Deed, Fate)]) -> Promise {
    Promise { between: (from, to), fates, tells: None }
}

impl Promise {
    const fn told_by(self, metric: &'static str, label: &'static str) -> Self {
        Self { tells: Some((metric, label)), ..self }
    }
}

/// All pairs.
const PROMISES: [Promise; 18] = [
    promise(Part::Edge, Part::Search, &[(Search, Refused)]).told_by(OPEN, "peer=\"search-svc\""),
    promise(Part::Edge, Part::Event, &[(View, Refused)]).told_by(OPEN, "peer=\"event-svc\""),
    promise(Part::Edge, Part::Booking, &[(Reserve, Refused), (Book, Refused)]).told_by(OPEN, "peer=\"booking-svc\""),
    promise(Part::Edge, Part::Account, &[(SignIn, Refused)]).told_by(OPEN, "peer=\"account-svc\""),
    promise(Part::Booking, Part::Primary, &[(Reserve, Refused), (Book, Refused)]),
    promise(Part::Booking, Part::Provider, &[(Book, Later)]),
    promise(Part::Account, Part::Primary, &[(SignIn, Refused)]),
    promise(Part::Edge, Part::Redis, &[]),
    promise(Part::Search, Part::Primary, &[]),
    promise(Part::Search, Part::Replica, &[]),
    promise(Part::Search, Part::Redis, &[]),
    promise(Part::Event, Part::Account, &[]),
    promise(Part::Event, Part::Primary, &[]),
    promise(Part::Event, Part::Replica, &[]),
    promise(Part::Event, Part::Redis, &[]),
    promise(Part::Booking, Part::Account, &[]),
    promise(Part::Booking, Part::Redis, &[]),
    promise(Part::Provider, Part::Edge, &[]),
];

/// How long nothing gets through at least: longer than it takes until all instances were asked five times in vain.
const LASTS: Duration = Duration::from_secs(8);
/// The same of a database that is needed: it is given up after three times `DATABASE_STATEMENT_MS`.
const LASTS_OF_DATABASE: Duration = Duration::from_secs(11);

/// Nothing gets through between these pairs for a while, of whom all promise the same.
async fn part_ways(mesh: &Mesh, promises: &[&Promise], weather: Weather) {
    let pairs: Vec<_> =
        promises.iter().map(|promise| format!("{} to {}", promise.between.0, promise.between.1)).collect();
    let what = format!("{}: {weather}", pairs.join(", "));
    let watch = Watch::begin(mesh).await;
    let broken = Instant::now();
    for promise in promises {
        mesh.at.network.set(promise.between, weather);
    }
    let needs_database = promises.iter().any(|promise| promise.between.1 == Part::Primary && !promise.fates.is_empty());
    sleep(if needs_database { LASTS_OF_DATABASE } else { LASTS }).await;
    for promise in promises {
        let Some((metric, label)) = promise.tells else { continue };
        eventually(&format!("{what}: {metric} tells of it"), LASTS, async || {
            mesh.program(promise.between.0, 0).metric(metric, &[label]).await.is_some_and(|value| value > 0.5)
        })
        .await;
    }
    watch.is_felt(broken, promises[0].fates).await;
    let mended = Instant::now();
    for promise in promises {
        mesh.at.network.set(promise.between, Weather::default());
    }
    watch.all_is_well().await;
    watch.end().await.expect(&what, broken, mended, promises[0].fates);
}

/// Of those that somebody notices, what is tried where few rounds are played.
const NOTICED: Arrow = (Part::Booking, Part::Primary);

/// The pairs by what is tried at once: where many rounds are played, one at a time; else one of those that somebody notices,
/// and of the others all at once, but never both of a service's databases.
fn turns(chance: &mut StdRng) -> Vec<Vec<&'static Promise>> {
    let (kept, noticed): (Vec<_>, Vec<_>) = PROMISES.iter().partition(|promise| promise.fates.is_empty());
    let one_by_one = |promises: Vec<&'static Promise>| promises.into_iter().map(|promise| vec![promise]);
    let mut turns: Vec<_> = one_by_one(noticed).collect();
    if round::is_long() {
        turns.extend(one_by_one(kept));
        turns.shuffle(chance);
    } else {
        turns.retain(|turn| turn[0].between == NOTICED);
        let (replicas, others) = kept.into_iter().partition(|promise| promise.between.1 == Part::Replica);
        turns.extend([others, replicas]);
    }
    turns
}

/// Every pair, while customers buy.
#[tokio::test(flavor = "multi_thread")]
async fn no_two_parts_reach_each_other() {
    let _alone = watch::alone().await;
    // So many that customers find some to the end.
    let mesh = Mesh::on_shared(Setting { wired: true, hung_up: 0.02, seats: 5_000, ..Setting::watched() }).await;
    for seed in round::seeds().take(round::long(1)) {
        round::play("partition", &mesh, seed, async |round| {
            for promises in turns(&mut round.chance) {
                part_ways(round.mesh, &promises, Weather::PARTITION).await;
            }
        })
        .await;
        if round::is_long() {
            round::play("refused", &mesh, seed, async |round| {
                for promises in turns(&mut round.chance) {
                    part_ways(round.mesh, &promises, Weather::REFUSED).await;
                }
            })
            .await;
        }
    }
    mesh.stop().await;
}

/// All calls are slow, each another way; then packets are lost and connections break, on all ways at once.
#[tokio::test(flavor = "multi_thread")]
async fn all_ways_are_long_and_then_rough() {
    if round::is_left_to_chaos("all_ways_are_long_and_then_rough") {
        return;
    }
    let _alone = watch::alone().await;
    let mesh = Mesh::on_shared(Setting { wired: true, hung_up: 0.02, ..Setting::watched() }).await;
    let rough = Deed::ALL.map(|deed| (deed, Fate::Rough));
    for seed in round::seeds() {
        for (weather, fates) in [(Weather::FAR, [].as_slice()), (Weather::ROUGH, &rough)] {
            round::play("weather", &mesh, seed, async |round| {
                let watch = Watch::begin(round.mesh).await;
                let broken = Instant::now();
                round.mesh.at.network.set_all(weather);
                sleep(LASTS).await;
                let mended = Instant::now();
                round.mesh.at.network.set_all(Weather::default());
                watch.all_is_well().await;
                watch.end().await.expect(&weather.to_string(), broken, mended, fates);
            })
            .await;
        }
    }
    mesh.stop().await;
}
