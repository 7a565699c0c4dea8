//! Redis is there and says nothing: no connection ends, and nothing is answered any more.

use std::time::Duration;

use tokio::time::timeout;
use usher::contract::event::ticket::Status::Reserved;

use crate::harness::{Mesh, OwnRedis, Searcher, Setting, Watch};

/// Whoever waits this long waits for Redis.
const HANGS: Duration = Duration::from_secs(20);
/// So seldom that nothing is found by it within a test.
const NEVER: [(&str, &str); 1] = [("event-recheck-ms", "600000")];

#[tokio::test(flavor = "multi_thread")]
async fn searches_are_answered_and_are_right() {
    let redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { redis: Some(redis.url()), ..Setting::default() }).await;
    mesh.on_sale("Quartz", 2).await;
    let searcher = Searcher::start(&mesh, &[]).await;
    mesh.eventually("the event is found", || async { searcher.names("quartz").await == ["Quartz"] }).await;

    redis.freeze();
    // Each asks for something that nobody has asked for: there is nothing at hand.
    let unheard = ["quart", "quartz testville", "qartz", "quartz the", "the quartz a"];
    for query in unheard {
        let found = timeout(HANGS, searcher.search(query)).await.expect("it waits for Redis");
        assert_eq!((found.total_count, found.retry_after_ms), (1, 0), "{query}");
        assert_eq!(found.events[0].remaining_ticket_count, 2, "{query}");
    }

    redis.thaw();
    mesh.eventually("pages are kept again", || async {
        // Another one each time: it is kept only where Redis answers.
        searcher.search("quartz an").await;
        redis.keys("usher:search:*an*").await > 0
    })
    .await;
    searcher.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_are_seen_as_they_are() {
    let redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { redis: Some(redis.url()), event: &NEVER, ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Frozen", 3).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets[..1]).await;
    bob.until(&event.tickets[..1], Reserved).await;

    redis.freeze();
    timeout(HANGS, ann.hold(&event.tickets[1..2])).await.expect("a sale waits for Redis");
    bob.until(&event.tickets[1..2], Reserved).await;
    let seen = timeout(HANGS, ann.seat_status(&event, event.tickets[1])).await.expect("a view waits for Redis");
    assert_eq!(seen, "RESERVED");

    redis.thaw();
    ann.hold(&event.tickets[2..]).await;
    bob.until(&event.tickets[2..], Reserved).await;
    mesh.stop().await;
}
