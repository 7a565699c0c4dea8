//! The primary is lost for good, in the middle of the load, and its replica takes over.

use std::{cell::RefCell, time::Duration};

use rand::Rng as _;
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Frozen, Mesh, Servers, Setting},
    round::{self, Round},
    story::{Answer, Call},
};

/// How the primary is lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// Its processes are gone, and whoever asks is told so.
    Killed,
    /// It keeps its connections and answers nobody, as a lost machine.
    Frozen,
}

/// Loses the primary at a random moment and promotes the replica, which in every other round has just fallen behind: what
/// the primary could not yet hand over must not have been acknowledged.
/// Answers when the replica had taken over, and what keeps the primary frozen.
async fn lose_primary(round: &mut Round<'_>, servers: &Servers, loss: Loss) -> (Duration, Option<Frozen>) {
    assert!(round.mesh.database.is_synchronous().await, "commits wait for the replica");
    let left = round.until.saturating_duration_since(Instant::now());
    sleep(left.mul_f64(round.chance.random_range(0.2..0.6))).await;
    let behind = round.chance.random_bool(0.5).then(|| servers.freeze_replica());
    if behind.is_some() {
        sleep(Duration::from_millis(round.chance.random_range(20..400))).await;
    }
    let frozen = match loss {
        Loss::Killed => {
            servers.kill_primary();
            None
        }
        Loss::Frozen => Some(servers.freeze_primary()),
    };
    drop(behind);
    round.mesh.database.promote().await;
    (round.mesh.clock.now(), frozen)
}

async fn play(name: &str, loss: Loss) {
    for seed in round::seeds() {
        let servers = Servers::unmended();
        let setting = Setting { hung_up: 0.02, ..Setting::default() };
        let mesh = Mesh::on(setting, &servers).await;
        let taken_over = RefCell::default();
        let faults = async |round: &mut Round<'_>| {
            taken_over.replace(lose_primary(round, &servers, loss).await);
        };
        let (_, story) = round::play(name, &mesh, seed, faults).await;
        let (promoted, _frozen) = taken_over.take();
        let held = |call: &&Call| call.begun >= promoted && matches!(call.answer, Answer::Reserved { .. });
        // Where the load was over before that, the seat that is bought afterwards has shown it.
        if let Some(first) = story.calls.iter().find(held) {
            eprintln!("{name}: FAULT_SEED={seed}: sold {:?} after the promotion", first.ended.saturating_sub(promoted));
        }
        mesh.stop().await;
    }
}

/// I7: what was acknowledged survives the loss of the primary, and the mesh goes on selling by itself.
#[tokio::test(flavor = "multi_thread")]
async fn primary_killed_and_replica_promoted() {
    play("primary_killed", Loss::Killed).await;
}

/// I7, where nobody says that the primary is lost.
#[tokio::test(flavor = "multi_thread")]
async fn primary_frozen_and_replica_promoted() {
    play("primary_frozen", Loss::Frozen).await;
}
