//! Clocks are wrong by ten minutes: of each program another way, as chance has it. Holds end by the database's clock, and
//! tokens and callbacks are judged by whoever reads them.

use std::{process::Command, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{Instant, sleep_until};

use crate::{
    harness::{Mesh, Part, Setting},
    round,
    watch::{self, Watch},
};

/// More than a callback may be old, and less than a token lasts.
const SKEW_SECONDS: i64 = 600;

/// How long visitors watch at least.
const WATCHED: Duration = Duration::from_secs(2);

/// What starts a program whose clock is wrong by so many seconds. What measures time is not: no clock of a machine jumps. The
/// program is started past `faketime`, which would stay between it and its signals.
fn wrong_by(seconds: i64, library: &str) -> Vec<String> {
    let told = [format!("LD_PRELOAD={library}"), format!("FAKETIME={seconds:+}s")];
    let told = told.into_iter().chain(["FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned()]);
    std::iter::once("env".to_owned()).chain(told).collect()
}

/// Where faketime's library is, as it says itself.
fn library() -> String {
    let need = Command::new("scripts/need").args(["faketime", "faketime"]).status().unwrap();
    assert!(need.success(), "faketime is missing");
    let told = Command::new("faketime").args(["-m", "-f", "+0s", "printenv", "LD_PRELOAD"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap().trim().to_owned();
    assert!(!told.is_empty(), "faketime does not say where its library is");
    told
}

/// The callbacks of a provider whose clock is as far from booking-svc's are not believed; what they tell is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn no_two_clocks_agree() {
    let _alone = watch::alone().await;
    let library = library();
    for seed in round::seeds().take(round::long(1)) {
        let mut chance = StdRng::seed_from_u64(seed);
        let ahead = if chance.random_bool(0.5) { SKEW_SECONDS } else { -SKEW_SECONDS };
        let skew = |part| match part {
            Part::Booking => ahead,
            Part::Event | Part::Provider => -ahead,
            // Whoever makes tokens and whoever checks them first are wrong the same way or not at all: a token lasts
            // fifteen minutes.
            Part::Account | Part::Edge => 0,
            _ => ahead / 2,
        };
        let setting = Setting { hung_up: 0.02, ..Setting::watched() };
        let mesh = Mesh::bent(setting, &|part, program| program.within(&wrong_by(skew(part), &library))).await;
        round::play("skewed", &mesh, seed, async |round| {
            let watch = Watch::begin(round.mesh).await;
            let begun = Instant::now();
            sleep_until(round.until.max(begun + WATCHED)).await;
            watch.end().await.expect("no two clocks agree", begun, Instant::now(), &[]);
        })
        .await;
        mesh.stop().await;
    }
}
