//! booking-svc is killed in the middle of its work; and two of it serve at once.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Mesh, Setting},
    round::{self, Round},
};

/// Kills a booking service at random moments, and starts it again after a while.
async fn kill_now_and_then(round: &mut Round<'_>) {
    while Instant::now() < round.until {
        sleep(Duration::from_millis(round.chance.random_range(50..1_000))).await;
        let victim = round.chance.random_range(0..round.mesh.bookings.len());
        round.mesh.kill_booking(victim).await;
        sleep(Duration::from_millis(round.chance.random_range(0..300))).await;
        round.mesh.start_booking(victim).await;
    }
}

/// I7, and every other: a crash at any line leaves nothing half done, lost, or charged without a seat. I5: callbacks that
/// the crashes cut short come again.
#[tokio::test(flavor = "multi_thread")]
async fn booking_svc_killed_at_random_moments() {
    let mesh = Mesh::on_shared(Setting { hung_up: 0.02, ..Setting::default() }).await;
    for seed in round::seeds() {
        let name = "booking_svc_killed";
        let (event, story) = round::play(name, &mesh, seed, kill_now_and_then).await;
        round::callbacks_change_nothing(name, &mesh, seed, &event, &story).await;
    }
    mesh.stop().await;
}

/// I1: no process keeps a secret that another would have to know. Holds are short, so that seats change hands.
#[tokio::test(flavor = "multi_thread")]
async fn two_booking_services_at_once() {
    let mesh =
        Mesh::on_shared(Setting { hold_seconds: 1, booking_services: 2, hung_up: 0.02, ..Setting::default() }).await;
    for seed in round::seeds() {
        round::play("two_booking_services", &mesh, seed, async |_| ()).await;
        round::play("two_booking_services, one killed", &mesh, seed, kill_now_and_then).await;
    }
    mesh.stop().await;
}
