//! The feed loses things; watchers don't.

use usher::contract::event::ticket::Status::{Available, Reserved};

use crate::harness::{Mesh, OwnRedis, Setting, Watch};

/// So seldom that nothing is found by it within a test.
const NEVER: [(&str, &str); 1] = [("event-recheck-ms", "600000")];

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_dies_and_comes_back_empty_loses_nothing() {
    let mut redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { redis: Some(redis.url()), event: &NEVER, ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Killed", 3).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets[..1]).await;
    bob.until(&event.tickets[..1], Reserved).await;

    redis.kill();
    ann.hold(&event.tickets[1..2]).await;
    bob.until(&event.tickets[1..2], Reserved).await;

    redis.restart().await;
    ann.hold(&event.tickets[2..]).await;
    bob.until(&event.tickets[2..], Reserved).await;
    assert_eq!(bob.snapshots, 1, "the differences are told");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_changes_are_seen_all_the_same() {
    let mut redis = OwnRedis::start().await;
    redis.kill();
    let mesh = Mesh::start_as(Setting { redis: Some(redis.url()), event: &NEVER, ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Without", 1).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets).await;
    bob.until(&event.tickets, Reserved).await;
    mesh.stop().await;
}

/// Somebody's entry is missing: whatever it said is read from the database.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_in_the_feed_is_healed() {
    let mesh = Mesh::start_as(Setting { event: &NEVER, ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Gap", 2).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets).await;
    bob.until(&event.tickets, Reserved).await;
    // A change that the feed does not tell.
    mesh.database.free(&event).await;
    let mut redis = redis::Client::open(mesh.redis.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    redis::cmd("XADD").arg(&["mesh", "*", "e", "no entry"]).exec_async(&mut redis).await.unwrap();
    bob.until(&event.tickets, Available).await;

    // The next one comes from a writer whose entries before were never seen.
    redis::cmd("DEL").arg("mesh").exec_async(&mut redis).await.unwrap();
    ann.hold(&event.tickets).await;
    bob.until(&event.tickets, Reserved).await;
    mesh.stop().await;
}
