//! Redis dies, and hangs. It is a cache: sales don't know it, and searches are slower and never wrong.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Mesh, Servers, Setting},
    round::{self, Round},
};

/// How long a search may take without the cache.
const SEARCH_MAX: Duration = Duration::from_secs(5);

async fn kill_or_freeze_redis(round: &mut Round<'_>) {
    let servers = Servers::shared();
    while Instant::now() < round.until {
        sleep(Duration::from_millis(round.chance.random_range(50..500))).await;
        if round.chance.random_bool(0.5) {
            servers.kill_redis();
        } else {
            let _hangs = servers.freeze_redis();
            sleep(Duration::from_millis(round.chance.random_range(100..800))).await;
        }
    }
}

/// Searches all the while: each is answered, and finds the event.
async fn search(mesh: &Mesh, name: &str, until: Instant) -> usize {
    let mut searches = 0;
    while Instant::now() < until {
        let found = tokio::time::timeout(SEARCH_MAX, mesh.get(&format!("/v1/search?query={name}"))).await;
        let (status, found) = found.expect("a search is answered in time").expect("a search is answered");
        assert_eq!(status, 200, "{found:#}");
        assert_eq!(found["events"][0]["event_name"], *name, "{found:#}");
        searches += 1;
        // Longer than an answer is kept: most searches ask the cache in vain.
        sleep(Duration::from_millis(20)).await;
    }
    searches
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_killed() {
    let mesh = Mesh::on_shared(Setting::default()).await;
    for seed in round::seeds() {
        round::play("redis_killed", &mesh, seed, async |round| {
            let (mesh, name, until) = (round.mesh, &round.event.name, round.until);
            let (searches, ()) = tokio::join!(search(mesh, name, until), kill_or_freeze_redis(round));
            assert!(searches > 0);
        })
        .await;
    }
    mesh.stop().await;
}
