//! How often somebody may call: limits that all edges share through Redis, and that each keeps alone without it.

use clap::Parser as _;
use reqwest::{Method, StatusCode};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, Mesh, OwnRedis, Setting};

/// One request a second comes back: so slow that none does while a test runs, but for the few that it allows for.
const TIGHT: [(&str, &str); 4] = [
    ("limit-address-per-second", "1"),
    ("limit-address-burst", "40"),
    ("limit-user-per-second", "1"),
    ("limit-user-burst", "20"),
];

/// Another edge before the same services.
struct SecondEdge {
    url: String,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl SecondEdge {
    async fn start(mesh: &Mesh, redis: &str, flags: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let services = mesh.services.iter().map(|(name, url)| format!("--{name}-url={url}"));
        let flags = flags.iter().map(|(name, value)| format!("--{name}={value}"));
        let own = ["edge-proxy".to_owned(), format!("--redis-url={redis}")];
        let config = edge_proxy::Config::try_parse_from(own.into_iter().chain(services).chain(flags)).unwrap();
        let stop = CancellationToken::new();
        let serve = edge_proxy::serve(config, listener, stop.clone());
        Self { url, stop, running: tokio::spawn(async move { serve.await.unwrap() }) }
    }

    async fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.url);
        Answer::read(url.clone(), reqwest::get(url).await.unwrap()).await
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_calls_too_often_is_told_when_to_come_back() {
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, ..Setting::default() }).await;
    let guest = mesh.guest();
    let first = guest.get("/v1/theaters").await;
    assert_eq!(first.headers["ratelimit-policy"], r#""address";q=40;w=40"#);
    let told = first.headers["ratelimit"].to_str().unwrap();
    assert!(told.starts_with("\"address\";r=3") && told.contains(";t="), "{told}");
    // A search costs two.
    let (mut served, mut limited) = (0, None);
    for _ in 0..40 {
        let answer = guest.get("/v1/search?query=x").await;
        match answer.status {
            200 => served += 1,
            _ => limited = limited.or(Some(answer)),
        }
    }
    assert!((17..=30).contains(&served), "{served}");
    let limited = limited.unwrap().refused(429, "RATE_LIMITED");
    assert_eq!(limited.metadata("policy"), "address");
    assert!(limited.headers["ratelimit"].to_str().unwrap().starts_with("\"address\";r="));
    assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    // What is nowhere costs, too; probes, pages and keys cost nothing.
    guest.get("/v1/nowhere").await.refused(429, "RATE_LIMITED");
    for free in ["/healthz", "/readyz", "/docs", "/.well-known/jwks.json"] {
        assert_eq!(guest.get(free).await.status, StatusCode::OK, "{free}");
    }
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_one_allowance_wherever_they_call_from() {
    let edge = [&TIGHT[..], &[("trusted-proxies", "127.0.0.0/8")]].concat();
    let mesh = Mesh::start_as(Setting { edge: &edge, ..Setting::default() }).await;
    let call = async |user: i64, from: u8| {
        let customer = mesh.customer_number(user);
        let request = customer.request(Method::GET, "/v1/bookings").header("x-forwarded-for", format!("10.0.0.{from}"));
        customer.send(request).await
    };
    let mut limited = None;
    for from in 0..30 {
        let answer = call(1, from).await;
        limited = limited.or_else(|| (answer.status != 200).then_some(answer));
    }
    let limited = limited.unwrap().refused(429, "RATE_LIMITED");
    assert_eq!(limited.metadata("policy"), "user");
    let told = limited.headers["ratelimit-policy"].to_str().unwrap();
    assert_eq!(told, r#""address";q=40;w=40, "user";q=20;w=20"#);
    assert_eq!(call(2, 1).await.status, 200, "another user is not held up");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_edges_keep_one_limit() {
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, ..Setting::default() }).await;
    let second = SecondEdge::start(&mesh, &mesh.redis, &TIGHT).await;
    // So that the second edge knows this address; then the first uses all of it.
    assert_eq!(second.get("/v1/theaters").await.status, 200);
    for _ in 0..60 {
        mesh.guest().get("/v1/theaters").await;
    }
    assert_eq!(mesh.guest().get("/v1/theaters").await.status, 429);
    let mut served = 0;
    mesh.eventually("the second edge hears of it", async || second.get("/v1/theaters").await.status == 429).await;
    for _ in 0..30 {
        served += usize::from(second.get("/v1/theaters").await.status == 200);
    }
    // Alone it would have let 40 pass.
    assert!(served <= 10, "{served}");
    second.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_edge_keeps_its_limits_and_waits_for_nobody() {
    let mut redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, redis: Some(redis.url()), ..Setting::default() }).await;
    redis.kill();
    let mut answers = Vec::new();
    for _ in 0..70 {
        answers.push(mesh.guest().get("/v1/theaters").await.status);
    }
    assert_eq!(answers[0], 200);
    let served = answers.iter().filter(|status| **status == 200).count();
    assert!((39..=60).contains(&served) && answers.contains(&429), "{served}");
    redis.restart().await;
    mesh.eventually("it goes on", async || mesh.guest().get("/v1/theaters").await.status == 200).await;
    mesh.stop().await;
}
