//! One round: load, faults meanwhile, then everything is mended, decided, and held against the invariants. Rounds come
//! from a seed, which is printed.

use std::{env, str::FromStr, time::Duration};

use rand::{SeedableRng as _, rngs::StdRng};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    checker,
    harness::{Event, Mesh, eventually},
    load::{self, Client, Notebook},
    story::{Answer, Story},
};

/// How long the mesh may take to sell again once the faults are over.
const RECOVERS_MAX: Duration = Duration::from_secs(20);
/// How long it may take until every payment is decided: a call to a provider that hangs ends after 8 s.
const DECIDED_MAX: Duration = Duration::from_secs(45);
/// How often it is looked whether everything stands still.
const STILL_LOOKS_MAX: u32 = 40;

/// What `make test` plays of each scenario; `make chaos` sets more.
const ROUNDS: u64 = 2;
const SECONDS: u64 = 2;

/// The seeds of the rounds to play: `FAULT_ROUNDS` of them from `FAULT_SEED` on.
pub fn seeds() -> impl Iterator<Item = u64> {
    let first: u64 = variable("FAULT_SEED").unwrap_or_else(|| rand::random_range(0..1_000_000_000));
    let rounds = variable("FAULT_ROUNDS").unwrap_or(ROUNDS);
    (0..rounds).map(move |n| first.wrapping_add(n))
}

/// How many rounds of a scenario that takes long `make test` plays: `rounds`, where nobody asks for more.
pub fn long(rounds: usize) -> usize {
    if is_long() { usize::MAX } else { rounds }
}

/// Whether somebody asks for more than `make test` plays.
pub fn is_long() -> bool {
    variable::<u64>("FAULT_ROUNDS").is_some()
}

/// Whether `make test` leaves the scenario to `make chaos`, and says so.
pub fn is_left_to_chaos(name: &str) -> bool {
    if !is_long() {
        eprintln!("\n*** {name} is left to make chaos ***\n");
    }
    !is_long()
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// A round under way, as the faults of a scenario see it.
pub struct Round<'a> {
    pub mesh: &'a Mesh,
    pub event: &'a Event,
    /// Where the choices of the faults come from.
    pub chance: StdRng,
    /// When the load ends, unless the faults take longer.
    pub until: Instant,
}

/// Plays one round on `mesh`: `faults` run beside the load. Answers the story, and expects that it breaks nothing.
pub async fn play(name: &str, mesh: &Mesh, seed: u64, faults: impl AsyncFnOnce(&mut Round<'_>)) -> (Event, Story) {
    eprintln!("{name}: FAULT_SEED={seed}");
    let event = Event::on_sale(mesh, mesh.setting.seats).await;
    // For whoever tries the mesh after the faults. By then the customers may have bought every seat of theirs.
    let spare = Event::on_sale(mesh, 1).await;
    let until = Instant::now() + Duration::from_secs(variable("FAULT_SECONDS").unwrap_or(SECONDS));
    let notebook = Notebook::default();
    let mut round = Round { mesh, event: &event, chance: StdRng::seed_from_u64(seed), until };
    let over = CancellationToken::new();
    tokio::join!(load::run(mesh, &event.tickets, seed, &over, &notebook), async {
        faults(&mut round).await;
        sleep_until(until).await;
        over.cancel();
    });

    mesh.heal().await;
    sells_again(mesh, spare.tickets[0], seed).await;
    let story = decided(mesh, &event, &notebook).await;
    eprintln!("{name}: FAULT_SEED={seed}: {}", notebook.tally());
    expect(name, seed, &checker::check(&story));
    mesh.audit().await;
    let defects = story.calls.iter().filter(|call| matches!(call.answer, Answer::Defect(_)));
    assert!(defects.clone().next().is_none(), "{name}: FAULT_SEED={seed}: {:#?}", defects.collect::<Vec<_>>());
    let tally = notebook.tally();
    assert!(tally.reserved > 0 && tally.booked > 0, "{name}: FAULT_SEED={seed}: nobody got anything: {tally}");
    (event, story)
}

/// INVARIANT I5: sends every callback of a round that is over once more, and expects that they change nothing.
pub async fn callbacks_change_nothing(name: &str, mesh: &Mesh, seed: u64, event: &Event, story: &Story) {
    mesh.sandbox.redeliver().await;
    let (after, _) = mesh.state(event).await;
    expect(name, seed, &checker::unchanged(&story.end, &after));
}

/// Expects that nothing is broken.
fn expect(name: &str, seed: u64, violations: &[checker::Violation]) {
    let told: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{name}: FAULT_SEED={seed} breaks invariants:\n{}", told.join("\n"));
}

/// A mesh that has recovered sells a seat within a bounded time, whatever was broken.
async fn sells_again(mesh: &Mesh, ticket: i64, seed: u64) {
    let notebook = Notebook::default();
    let deadline = Instant::now() + RECOVERS_MAX;
    let last = mesh.doors() - 1;
    for door in 0..=last {
        let mut client = Client::new(mesh, door, StdRng::seed_from_u64(seed), notebook.clone()).patient();
        while !load::buys(&mut client, ticket, door == last).await {
            let is_late = Instant::now() >= deadline;
            assert!(!is_late, "nothing is sold {RECOVERS_MAX:?} after the faults: {:#?}", notebook.calls().last());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Waits until every payment is decided and nothing moves any more, and answers what happened.
async fn decided(mesh: &Mesh, event: &Event, notebook: &Notebook) -> Story {
    eventually("every payment is decided", DECIDED_MAX, async || mesh.database.undecided(event.id).await == 0).await;
    let hold = Duration::from_secs(mesh.setting.hold_seconds.into());
    let (mut before, _) = mesh.state(event).await;
    for _ in 0..STILL_LOOKS_MAX {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let (end, end_at) = mesh.state(event).await;
        if end == before && mesh.database.undecided(event.id).await == 0 {
            return Story { hold, calls: notebook.calls(), end, end_at };
        }
        before = end;
    }
    panic!("what was decided still moves");
}
