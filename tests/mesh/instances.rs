//! Two instances of a service behind one edge, all of them processes: calls go around, and no visitor notices when one is
//! killed, hangs, or is replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};

use crate::harness::{Client, Mesh, Process};

const SEARCHES: &str = "rpc_server_call_duration_seconds_count";
const OF_SEARCH: &[&str] = &["SearchService/Search\""];
const ENDPOINTS: &str = "channel_endpoints";
const READY: &[&str] = &["search-svc", "ready"];
/// How many visitors search at once.
const VISITORS: u32 = 4;

/// The edge and the two, and a mesh for all else.
struct Stage {
    mesh: Mesh,
    edge: Process,
    searches: [Process; 2],
}

impl Stage {
    async fn open() -> Self {
        let mesh = Mesh::start().await;
        let (primary, replica) = (mesh.database.primary(), mesh.database.replica());
        let told = [
            ("DATABASE_URL", primary.as_str()),
            ("DATABASE_REPLICA_URL", replica.as_str()),
            ("DATABASE_POOL_SIZE", "4"),
            ("REDIS_URL", mesh.redis.as_str()),
            // Longer than it takes the edge to hear of it.
            ("DRAIN_NOTICE_MS", "2500"),
        ];
        let searches = [Process::start("search-svc", &told), Process::start("search-svc", &told)];
        let both = format!("{},{}", searches[0].url(), searches[1].url());
        let of = |name| mesh.services.iter().find(|(service, _)| *service == name).unwrap().1.as_str();
        let told = [
            ("SEARCH_URL", both.as_str()),
            ("EVENT_URL", of("event")),
            ("BOOKING_URL", of("booking")),
            ("ACCOUNT_URL", of("account")),
            ("LIMIT_ADDRESS_PER_SECOND", "0"),
        ];
        let edge = Process::start("edge-proxy", &told);
        edge.until(ENDPOINTS, READY, 2.0).await;
        Self { mesh, edge, searches }
    }

    fn guest(&self) -> Client {
        Client::guest(reqwest::Client::new(), &self.edge.url())
    }

    async fn searched(&self, nth: usize) -> f64 {
        self.searches[nth].metric(SEARCHES, OF_SEARCH).await.unwrap_or_default()
    }
}

/// Visitors who search until they are told to stop.
struct Visitors {
    stop: Arc<AtomicBool>,
    searched: Arc<AtomicU32>,
    all: JoinSet<Vec<String>>,
}

impl Visitors {
    fn come(stage: &Stage) -> Self {
        let (stop, searched): (Arc<AtomicBool>, Arc<AtomicU32>) = Default::default();
        let mut all = JoinSet::new();
        for visitor in 0..VISITORS {
            let (guest, stop, searched) = (stage.guest(), Arc::clone(&stop), Arc::clone(&searched));
            all.spawn(async move {
                let mut failed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let nth = searched.fetch_add(1, Ordering::Relaxed);
                    let answer = guest.get(&format!("/v1/search?query=hamlet{visitor}{}", nth % 5)).await;
                    if answer.status != 200 {
                        failed.push(format!("{}: {}", answer.status, answer.body));
                    }
                    sleep(Duration::from_millis(2)).await;
                }
                failed
            });
        }
        Self { stop, searched, all }
    }

    /// Lets them search for so many times more.
    async fn go_on(&self, times: u32) {
        let until = self.searched.load(Ordering::Relaxed) + times;
        while self.searched.load(Ordering::Relaxed) < until {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Expects that nobody's search failed.
    async fn were_content(self) {
        self.stop.store(true, Ordering::Relaxed);
        let failed = self.all.join_all().await.concat();
        let all = self.searched.load(Ordering::Relaxed);
        assert!(failed.is_empty(), "{} of {all} searches failed: {:#?}", failed.len(), &failed[..failed.len().min(3)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_an_instance_is_killed_or_hangs() {
    let mut stage = Stage::open().await;
    let visitors = Visitors::come(&stage);
    visitors.go_on(200).await;
    let (one, two) = (stage.searched(0).await, stage.searched(1).await);
    assert!(one > 50.0 && two > 50.0, "calls go around: {one}, {two}");

    stage.searches[0].kill().await;
    visitors.go_on(200).await;
    stage.edge.until(ENDPOINTS, READY, 1.0).await;
    stage.searches[0].start_again();
    stage.edge.until(ENDPOINTS, READY, 2.0).await;
    visitors.go_on(200).await;
    assert!(stage.searched(0).await > 20.0, "it is back");

    stage.searches[1].freeze();
    stage.edge.until(ENDPOINTS, READY, 1.0).await;
    visitors.go_on(200).await;
    stage.searches[1].wake();
    stage.edge.until(ENDPOINTS, READY, 2.0).await;
    let before = stage.searched(1).await;
    visitors.go_on(200).await;
    assert!(stage.searched(1).await > before + 20.0, "it is back");
    visitors.were_content().await;
    let retried = stage.edge.metric("channel_retries_total", &["search-svc"]).await;
    assert!(retried.is_some_and(|retried| retried > 0.0), "{retried:?}");
    stage.mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_all_instances_are_replaced() {
    let mut stage = Stage::open().await;
    let visitors = Visitors::come(&stage);
    for nth in 0..2 {
        visitors.go_on(100).await;
        stage.searches[nth].stop().await;
        visitors.go_on(100).await;
        stage.searches[nth].start_again();
        stage.edge.until(ENDPOINTS, READY, 2.0).await;
    }
    visitors.go_on(100).await;
    visitors.were_content().await;
    stage.mesh.stop().await;
}
