//! How often somebody may call: limits that all edges share through Redis, and that each keeps alone without it.

use std::time::Instant;

use clap::Parser as _;
use reqwest::{Method, StatusCode};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, Mesh, OwnRedis, Setting};

/// One unit a second comes back: what passes is counted against the time that a test takes.
const TIGHT: [(&str, &str); 4] = [
    ("limit-address-per-second", "1"),
    ("limit-address-burst", "40"),
    ("limit-user-per-second", "1"),
    ("limit-user-burst", "20"),
];

/// More requests than any allowance here lets pass, however slow the machine is.
const MANY: usize = 2_000;

/// Calls until it is too often; answers how much passed, and the refusal.
async fn until_limited<F: Future<Output = Answer>>(call: impl Fn(usize) -> F) -> (usize, Answer) {
    for passed in 0..MANY {
        let answer = call(passed).await;
        if answer.status != StatusCode::OK {
            return (passed, answer);
        }
    }
    panic!("nobody was limited");
}

/// What comes back since then, in units, and one that was on its way.
fn back(since: Instant) -> usize {
    usize::try_from(since.elapsed().as_secs()).unwrap() + 1
}

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
    let began = Instant::now();
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, ..Setting::default() }).await;
    let guest = mesh.guest();
    let first = guest.get("/v1/theaters").await;
    assert_eq!(first.headers["ratelimit-policy"], r#""address";q=40;w=40"#);
    let told = first.headers["ratelimit"].to_str().unwrap();
    assert!(told.starts_with("\"address\";r=3") && told.contains(";t="), "{told}");
    // A search costs two.
    let (passed, limited) = until_limited(async |_| guest.get("/v1/search?query=x").await).await;
    assert!(passed >= 19 && 2 * passed < 40 + back(began), "{passed}");
    let limited = limited.refused(429, "RATE_LIMITED");
    assert_eq!(limited.metadata("policy"), "address");
    assert!(limited.headers["ratelimit"].to_str().unwrap().starts_with("\"address\";r="));
    assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    // What is nowhere costs, too; probes, pages and keys cost nothing.
    for nowhere in 0.. {
        assert!(nowhere < MANY, "paths that lead nowhere are free");
        if guest.get("/v1/nowhere").await.status == 429 {
            break;
        }
    }
    for free in ["/healthz", "/readyz", "/docs", "/.well-known/jwks.json"] {
        assert_eq!(guest.get(free).await.status, StatusCode::OK, "{free}");
    }
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_one_allowance_wherever_they_call_from() {
    let began = Instant::now();
    let edge = [&TIGHT[..], &[("trusted-proxies", "127.0.0.0/8")]].concat();
    let mesh = Mesh::start_as(Setting { edge: &edge, ..Setting::default() }).await;
    let call = async |user: i64, from: usize| {
        let from = format!("10.0.{}.{}", from / 200, from % 200);
        let customer = mesh.customer_number(user);
        customer.send(customer.request(Method::GET, "/v1/bookings").header("x-forwarded-for", from)).await
    };
    let (passed, limited) = until_limited(|nth| call(1, nth)).await;
    assert!(passed >= 19 && passed < 20 + back(began), "{passed}");
    let limited = limited.refused(429, "RATE_LIMITED");
    assert_eq!(limited.metadata("policy"), "user");
    let told = limited.headers["ratelimit-policy"].to_str().unwrap();
    assert_eq!(told, r#""address";q=40;w=40, "user";q=20;w=20"#);
    assert_eq!(call(2, 1).await.status, StatusCode::OK, "another user is not held up");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_edges_keep_one_limit() {
    let began = Instant::now();
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, ..Setting::default() }).await;
    let second = SecondEdge::start(&mesh, &mesh.redis, &TIGHT).await;
    let (mut passed, mut limited) = (0, 0);
    while limited < 2 {
        let answers = [mesh.guest().get("/v1/theaters").await, second.get("/v1/theaters").await];
        let of_both = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        (passed, limited) = (passed + of_both, 2 - of_both);
        // They hear of each other.
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    }
    // Each by itself would let 40 pass, and as much again as comes back.
    assert!(passed >= 39 && passed < 40 + back(began) + 12, "{passed} in {:?}", began.elapsed());
    second.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_edge_keeps_its_limits_and_waits_for_nobody() {
    let began = Instant::now();
    let mut redis = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { edge: &TIGHT, redis: Some(redis.url()), ..Setting::default() }).await;
    redis.kill();
    let (passed, limited) = until_limited(async |_| mesh.guest().get("/v1/theaters").await).await;
    assert!(passed >= 40 && passed < 40 + back(began), "{passed}");
    limited.refused(429, "RATE_LIMITED");
    redis.restart().await;
    mesh.eventually("it goes on", async || mesh.guest().get("/v1/theaters").await.status == 200).await;
    mesh.stop().await;
}
