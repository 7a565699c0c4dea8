//! The primary is lost for good, in the middle of the load, and its replica takes over.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Mesh, Servers, Setting, Signal},
    round::{self, Round},
};

/// Kills the primary at a random moment and promotes the replica, which in every other round has just fallen behind: what
/// the primary could not yet hand over must not have been acknowledged.
async fn lose_primary(round: &mut Round<'_>, servers: &Servers) {
    assert!(round.mesh.database.is_synchronous().await, "commits wait for the replica");
    let left = round.until.saturating_duration_since(Instant::now());
    sleep(left.mul_f64(round.chance.random_range(0.2..0.6))).await;
    let behind = round.chance.random_bool(0.5);
    if behind {
        servers.signal_replica(Signal::STOP);
        sleep(Duration::from_millis(round.chance.random_range(20..400))).await;
    }
    servers.kill_primary();
    servers.signal_replica(Signal::CONT);
    round.mesh.database.promote().await;
}

/// I7: what was acknowledged survives the loss of the primary's machine, and the mesh goes on selling by itself.
#[tokio::test(flavor = "multi_thread")]
async fn primary_killed_and_replica_promoted() {
    for seed in round::seeds() {
        let servers = Servers::unmended();
        let setting = Setting { hold_seconds: 3_600, booking_services: 1, hung_up: 0.02 };
        let mesh = Mesh::on(setting, &servers).await;
        round::play("primary_killed", &mesh, seed, async |round| lose_primary(round, &servers).await).await;
        mesh.stop().await;
    }
}
