//! The mesh on a Redis Cluster: what is used together is on one node, and all the rest is spread.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use serde_json::json;
use usher::contract::event::ticket::Status::Reserved;

use crate::harness::{Mesh, RedisCluster, Setting, Watch, warm_the_most_popular};

/// So seldom that nothing is found by it within a test.
const NEVER: [(&str, &str); 1] = [("event-recheck-ms", "600000")];
const BUYERS: usize = 24;
/// So slowly that what somebody owes is seen for seconds.
const SLOWLY: [(&str, &str); 1] = [("limit-user-per-second", "1")];

fn count(nodes: &[Vec<String>], prefix: &str) -> Vec<usize> {
    nodes.iter().map(|keys| keys.iter().filter(|key| key.starts_with(prefix)).count()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_redis_serve_what_one_does() {
    let cluster = RedisCluster::start().await;
    let mesh =
        Mesh::start_as(Setting { redis: Some(cluster.url()), event: &NEVER, edge: &SLOWLY, ..Setting::default() })
            .await;
    let (admin, event) = mesh.on_sale("Shared", BUYERS).await;
    let ann = mesh.customer("ann").await;

    // The feed: nothing else tells of a reserve.
    let mut watch = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets[..1]).await;
    watch.until(&event.tickets[..1], Reserved).await;

    // The line: three keys, one script.
    let room = json!({"event_id": event.id, "waiting_room": {"admissions_per_minute": 6_000}});
    admin.post("/v1/update/event", &room).await.ok();
    let line = format!("/v1/event/{}/line", event.id);
    for n in 0..4 {
        assert_eq!(mesh.customer_number(n).post(&line, &json!({})).await.ok()["status"], "ADMITTED");
    }

    // Searches, and the limits of all who search at once: those are told together.
    for tries in 0.. {
        let searches = (0..BUYERS).map(|n| {
            let client = mesh.customer_number(i64::try_from(n).unwrap());
            async move { client.get(&format!("/v1/search?query=shared%20{n}")).await.ok() }
        });
        join_all(searches).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let nodes = cluster.keys().await;
        let (limits, pages) = (count(&nodes, "usher:limit:"), count(&nodes, "usher:search:2:"));
        if limits.iter().sum::<usize>() > BUYERS && [limits.clone(), pages].concat().iter().all(|&keys| keys > 0) {
            break;
        }
        assert!(tries < 40, "limits are on the nodes so: {limits:?}");
    }
    let nodes = cluster.keys().await;
    // Who waited, waits no more: that key is gone.
    assert_eq!(count(&nodes, "usher:line:").into_iter().filter(|&keys| keys > 0).collect::<Vec<_>>(), [2]);

    // What is kept of all nodes is forgotten but for what is asked most.
    let keep = "usher:search:popular";
    mesh.eventually("searches are counted", || async { count(&cluster.keys().await, keep).iter().sum::<usize>() == 1 })
        .await;
    warm_the_most_popular(&mesh).await;
    let left: BTreeSet<_> = cluster.keys().await.into_iter().flatten().collect();
    let left: Vec<_> = left.iter().filter(|key| key.starts_with("usher:search:2:")).collect();
    assert!(left.len() <= 1, "{left:?}");
    mesh.stop().await;
}
