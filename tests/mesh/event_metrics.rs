//! What event-svc counts, as Prometheus fetches it: from a process of its own, since what is counted is counted once a
//! process.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::future::join_all;
use usher::contract::event::{GetEventRequest, event_service_client::EventServiceClient};

use crate::harness::{Mesh, OwnRedis, Proxy, Setting, local};

/// How many look at once.
const LOOKS: usize = 200;
/// The least time between two readings of an event: `READ_PAUSE` in event-svc.
const READ_PAUSE: Duration = Duration::from_millis(200);

/// An event-svc beside that of the mesh, on a line to its database that can be cut.
struct Counting {
    process: Child,
    url: String,
    metrics: String,
}

impl Counting {
    fn start(mesh: &Mesh, database: &Proxy, redis: &str) -> Self {
        let (addr, metrics) = (free_addr(), free_addr());
        let process = Command::new(local().with_file_name("event-svc"))
            .env("LISTEN_ADDR", addr.to_string())
            .env("METRICS_ADDR", metrics.to_string())
            .env("DATABASE_URL", database.through(&mesh.database.primary()))
            .env("DATABASE_WAIT_MS", "300")
            .env("EVENT_RECHECK_MS", "300")
            .env("ACCOUNT_URL", &mesh.edge)
            .env("REDIS_URL", redis)
            .env("SEAT_FEED", "mesh")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, url: format!("http://{addr}"), metrics: format!("http://{metrics}/metrics") }
    }

    /// Looks at the event; whether that works.
    async fn look(&self, event_id: i64) -> bool {
        let Ok(mut events) = EventServiceClient::connect(self.url.clone()).await else { return false };
        events.get_event(GetEventRequest { event_id }).await.is_ok()
    }

    /// What it counted under that name and with those labels; `None` where it says nothing of it.
    async fn counted(&self, name: &str) -> Option<f64> {
        let text = reqwest::get(&self.metrics).await.ok()?.text().await.ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Many look at once: the database is read no oftener than for one of them.
async fn many_share_one_reading(service: &Counting, event_id: i64) {
    let read = || async { service.counted(r#"event_readings_total{outcome="read"}"#).await.unwrap_or_default() };
    let (before, began) = (read().await, Instant::now());
    let looks = join_all((0..LOOKS).map(|_| service.look(event_id))).await;
    assert!(looks.into_iter().all(|seen| seen));
    let readings = read().await - before;
    let most = began.elapsed().as_secs_f64() / READ_PAUSE.as_secs_f64() + 2.0;
    assert!(readings <= most, "{LOOKS} looks took {readings} readings");
}

fn free_addr() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn event_svc_tells_what_it_reads_hears_and_lacks() {
    let mut redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { redis: Some(redis.url()), ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Counted", 1).await;
    let database = Proxy::to_url(&mesh.database.primary()).await;
    let service = Counting::start(&mesh, &database, &redis.url());
    mesh.eventually("it shows the event", || service.look(event.id)).await;

    let is_about = |name: &'static str, holds: fn(f64) -> bool| {
        let service = &service;
        move || async move { service.look(event.id).await && service.counted(name).await.is_some_and(holds) }
    };
    mesh.eventually("it reads", is_about(r#"event_readings_total{outcome="read"}"#, |n| n >= 1.0)).await;
    mesh.eventually("it keeps one event", is_about("event_kept", |n| (n - 1.0).abs() < 0.1)).await;
    mesh.eventually("it hears the feed", is_about("seat_feed_heard", |n| n > 0.5)).await;
    mesh.eventually("a feed begins with a gap", is_about("seat_feed_gaps_total", |n| n >= 1.0)).await;
    many_share_one_reading(&service, event.id).await;
    assert!(service.counted("event_views_stale_total").await.is_none_or(|n| n < 0.5), "nothing is stale");

    redis.kill();
    mesh.eventually("the feed is lost", is_about("seat_feed_heard", |n| n < 0.5)).await;
    database.cut();
    mesh.eventually("readings fail", is_about(r#"event_readings_total{outcome="failed"}"#, |n| n >= 1.0)).await;
    mesh.eventually("views are stale", is_about("event_views_stale_total", |n| n >= 1.0)).await;

    database.mend();
    redis.restart().await;
    mesh.eventually("the feed is heard again", is_about("seat_feed_heard", |n| n > 0.5)).await;
    mesh.stop().await;
}
