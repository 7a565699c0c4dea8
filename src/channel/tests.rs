//! A channel before servers that do as they are told: real connections, and nothing but the way is looked at.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request};
use clap::Parser;
use http::Response;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tokio_util::task::AbortOnDropHandle;
use tonic::{
    Code, Status,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

mod busy;

use super::*;
use crate::{
    contract::{
        booking::{ReserveRequest, ReserveResponse, booking_service_client::BookingServiceClient},
        search::{SearchRequest, SearchResponse, search_service_client::SearchServiceClient},
    },
    id::EventId,
};

/// What a server does with a call: serves, says that it can't, hangs, or breaks the connection.
const SERVES: u8 = 0;
const SAYS_NO: u8 = 1;
const HANGS: u8 = 2;
const BREAKS: u8 = 3;

/// A server. It ends when it is dropped.
struct Stage {
    address: SocketAddr,
    does: Arc<AtomicU8>,
    calls: Arc<AtomicU32>,
    /// The time that each call was told to have, as it stood in its head.
    times: Arc<Mutex<Vec<String>>>,
    _running: AbortOnDropHandle<()>,
}

impl Stage {
    async fn open(does: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (does, calls) = (Arc::new(AtomicU8::new(does)), Arc::new(AtomicU32::new(0)));
        let times: Arc<Mutex<Vec<String>>> = Arc::default();
        let (act, count, noted) = (Arc::clone(&does), Arc::clone(&calls), Arc::clone(&times));
        let calls_there = Router::new().fallback(move |request: Request| {
            let (does, calls, times) = (act.load(Ordering::Relaxed), Arc::clone(&count), Arc::clone(&noted));
            async move {
                calls.fetch_add(1, Ordering::Relaxed);
                let time = request.headers().get("grpc-timeout").map(|time| time.to_str().unwrap().to_owned());
                times.lock().unwrap().push(time.unwrap_or_default());
                match does {
                    SERVES => Response::builder()
                        .header("content-type", "application/grpc")
                        // A message of nothing, as an answer whose status follows.
                        .body(axum::body::Body::new(served()))
                        .unwrap(),
                    SAYS_NO => Status::unavailable("not now").into_http(),
                    HANGS => std::future::pending().await,
                    // As a panic would break the connection, but without its words.
                    _ => std::panic::resume_unwind(Box::new("the connection breaks")),
                }
            }
        });
        let (reporter, health) = tonic_health::server::health_reporter();
        for service in ["usher.search.v1.SearchService", "usher.booking.v1.BookingService"] {
            reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
        }
        let routes = Routes::from(calls_there).add_service(health);
        let server = Server::builder().add_routes(routes).serve_with_incoming(TcpIncoming::from(listener));
        let running = AbortOnDropHandle::new(tokio::spawn(async move { server.await.unwrap() }));
        Self { address, does, calls, times, _running: running }
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    fn now(&self, does: u8) {
        self.does.store(does, Ordering::Relaxed);
    }
}

/// One empty message and a good end.
fn served() -> impl hyper::body::Body<Data = tonic::codegen::Bytes, Error = Infallible> {
    let mut end = http::HeaderMap::new();
    end.insert("grpc-status", http::HeaderValue::from_static("0"));
    let frames =
        [hyper::body::Frame::data(tonic::codegen::Bytes::from_static(&[0; 5])), hyper::body::Frame::trailers(end)];
    http_body_util::StreamBody::new(futures::stream::iter(frames.map(Ok)))
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    peers: ChannelConfig,
}

fn settings(flags: &[&str]) -> ChannelConfig {
    Settings::try_parse_from([&["test"], flags].concat()).unwrap().peers
}

fn channel(stages: &[&Stage], flags: &[&str]) -> Channel {
    let target: Vec<_> = stages.iter().map(|stage| format!("http://{}", stage.address)).collect();
    let target = target.join(",").parse().unwrap();
    Channel::new("search-svc", "usher.search.v1.SearchService", &target, &settings(flags), None)
}

async fn search(channel: &Channel) -> Result<SearchResponse, Status> {
    let search = SearchServiceClient::new(channel.clone()).search(SearchRequest::default()).await;
    search.map(tonic::Response::into_inner)
}

async fn reserve(channel: &Channel, request_id: &str) -> Result<ReserveResponse, Status> {
    let request = ReserveRequest { user_id: 7, request_id: request_id.to_owned(), ..ReserveRequest::default() };
    BookingServiceClient::new(channel.clone()).reserve(request).await.map(tonic::Response::into_inner)
}

async fn eventually(what: &str, done: impl Fn() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

/// Waits until both have said that they serve.
async fn known(channel: &Channel) {
    let peer = Arc::clone(&channel.peer);
    eventually("all say that they serve", || {
        peer.known().iter().all(|endpoint| endpoint.health() == endpoint::Health::Serving)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_around() {
    let (one, two) = (Stage::open(SERVES).await, Stage::open(SERVES).await);
    let channel = channel(&[&one, &two], &[]);
    for _ in 0..100 {
        search(&channel).await.unwrap();
    }
    assert_eq!((one.calls(), two.calls()), (50, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_or_breaks_costs_no_read_and_no_write_that_may_be_repeated() {
    for does in [SAYS_NO, BREAKS] {
        let (good, bad) = (Stage::open(SERVES).await, Stage::open(does).await);
        let channel = channel(&[&good, &bad], &["--peer-retry-percent=100"]);
        for nth in 0..40 {
            search(&channel).await.unwrap();
            reserve(&channel, &format!("r{nth}")).await.unwrap();
        }
        assert!(bad.calls() > 2, "it was tried");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_may_not_be_repeated_is_sent_once() {
    for does in [SAYS_NO, BREAKS] {
        let (good, bad) = (Stage::open(SERVES).await, Stage::open(does).await);
        let channel = channel(&[&good, &bad], &["--peer-retry-percent=100"]);
        let mut failed = 0;
        for _ in 0..40 {
            failed += u32::from(reserve(&channel, "").await.is_err());
        }
        assert_eq!(good.calls() + bad.calls(), 40, "each once");
        assert_eq!(failed, bad.calls());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_fails_again_and_again_is_left_out_and_comes_back() {
    let (good, bad) = (Stage::open(SERVES).await, Stage::open(BREAKS).await);
    let channel = channel(&[&good, &bad], &[]);
    known(&channel).await;
    for _ in 0..20 {
        search(&channel).await.unwrap();
    }
    assert_eq!(channel.peer.ready().len(), 1);
    assert!(bad.calls() <= 4, "{}", bad.calls());
    bad.now(SERVES);
    let peer = Arc::clone(&channel.peer);
    eventually("it gets calls again", || peer.ready().len() == 2).await;
    let before = bad.calls();
    for _ in 0..10 {
        search(&channel).await.unwrap();
    }
    assert!(bad.calls() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_stays_within_its_share() {
    let (one, two) = (Stage::open(SAYS_NO).await, Stage::open(SAYS_NO).await);
    let both = channel(&[&one, &two], &["--peer-retry-percent=10"]);
    for _ in 0..600 {
        assert_eq!(search(&both).await.unwrap_err().code(), Code::Unavailable);
    }
    let calls = one.calls() + two.calls();
    // A tenth of them, and ten for each of the ten seconds that are looked back.
    assert!((660..=780).contains(&calls), "{calls}");
    let none = channel(&[&one, &two], &["--peer-retry-percent=0"]);
    search(&none).await.unwrap_err();
    assert_eq!(one.calls() + two.calls(), calls + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_that_is_left_goes_along() {
    let (one, two) = (Stage::open(SAYS_NO).await, Stage::open(SAYS_NO).await);
    let channel = channel(&[&one, &two], &[]);
    let mut request = tonic::Request::new(SearchRequest::default());
    request.set_timeout(Duration::from_secs(5));
    SearchServiceClient::new(channel.clone()).search(request).await.unwrap_err();
    let times: Vec<_> = [&one, &two].iter().flat_map(|stage| stage.times.lock().unwrap().clone()).collect();
    assert_eq!(times.len(), 3);
    let parsed: Vec<_> = times
        .iter()
        .map(|time| {
            let mut headers = http::HeaderMap::new();
            headers.insert("grpc-timeout", time.parse().unwrap());
            crate::serving::timeout(&headers).unwrap()
        })
        .collect();
    assert!(parsed.iter().all(|time| *time <= Duration::from_secs(5)), "{times:?}");
    assert!(parsed.iter().filter(|time| **time < Duration::from_secs(5)).count() >= 2, "{times:?}");

    one.now(HANGS);
    two.now(HANGS);
    let mut request = tonic::Request::new(SearchRequest::default());
    request.set_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let late = SearchServiceClient::new(channel).search(request).await.unwrap_err();
    // tonic's own server ends it at the same moment, in its own words.
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_does_not_wait_for_an_instance_that_hangs_where_that_is_asked_for() {
    let (good, bad) = (Stage::open(SERVES).await, Stage::open(HANGS).await);
    let channel = channel(&[&good, &bad], &["--peer-hedge-ms=50", "--peer-retry-percent=100"]);
    let began = Instant::now();
    for _ in 0..20 {
        search(&channel).await.unwrap();
    }
    assert!(bad.calls() > 0 && began.elapsed() < Duration::from_secs(10));
    let calls = good.calls() + bad.calls();
    let mut request = tonic::Request::new(ReserveRequest { request_id: "r".to_owned(), ..ReserveRequest::default() });
    request.set_timeout(Duration::from_millis(300));
    let _ = BookingServiceClient::new(channel).reserve(request).await;
    assert_eq!(good.calls() + bad.calls(), calls + 1, "a write is never sent twice at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_gone_is_refused_at_once_and_found_again() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let target = format!("http://{address}").parse().unwrap();
    let settings = settings(&["--peer-check-ms=200"]);
    let channel = Channel::new("search-svc", "usher.search.v1.SearchService", &target, &settings, None);
    for _ in 0..30 {
        assert_eq!(search(&channel).await.unwrap_err().code(), Code::Unavailable);
    }
    assert!(!channel.peer.breaker.allows(0), "it is no longer tried each time");
    let listener = TcpListener::bind(address).await.unwrap();
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("usher.search.v1.SearchService", tonic_health::ServingStatus::Serving).await;
    let server = Server::builder().add_service(health).serve_with_incoming(TcpIncoming::from(listener));
    let _running = AbortOnDropHandle::new(tokio::spawn(async move { server.await.unwrap() }));
    let peer = Arc::clone(&channel.peer);
    eventually("its health lets everybody through", || peer.breaker.allows(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_says_nothing_is_refused_at_once_and_found_again() {
    // Connections come up, and nobody reads what is sent.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let channel =
        Channel::new("search-svc", "usher.search.v1.SearchService", &target, &settings(&["--peer-check-ms=100"]), None);
    let peer = Arc::clone(&channel.peer);
    eventually("nobody calls it any more", || !peer.breaker.allows(0)).await;
    let mut request = tonic::Request::new(SearchRequest::default());
    request.set_timeout(Duration::from_millis(100));
    // The one that tries.
    let _ = SearchServiceClient::new(channel.clone()).search(request).await;
    assert_eq!(search(&channel).await.unwrap_err().code(), Code::Unavailable);
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("usher.search.v1.SearchService", tonic_health::ServingStatus::Serving).await;
    let server = Server::builder().add_service(health).serve_with_incoming(TcpIncoming::from(listener));
    let _running = AbortOnDropHandle::new(tokio::spawn(async move { server.await.unwrap() }));
    eventually("its health lets everybody through", || peer.breaker.allows(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_and_its_addresses_tried() {
    let stage = Stage::open(SERVES).await;
    // It stands for ::1 as well, where nobody listens.
    let target = format!("http://localhost:{}", stage.address.port()).parse().unwrap();
    let channel = Channel::new("search-svc", "usher.search.v1.SearchService", &target, &settings(&[]), None);
    for _ in 0..10 {
        search(&channel).await.unwrap();
    }
    let nowhere = "http://nowhere.invalid:1".parse().unwrap();
    let lost = Channel::new(
        "search-svc",
        "usher.search.v1.SearchService",
        &nowhere,
        &settings(&["--peer-connect-ms-max=200"]),
        None,
    );
    let began = Instant::now();
    assert_eq!(search(&lost).await.unwrap_err().code(), Code::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn instances_come_and_go_and_those_that_stay_are_the_same() {
    let peer = Peer::new("a", "b", "http://127.0.0.1:1,http://127.0.0.1:2".parse().unwrap(), &settings(&[]), None);
    let before = peer.known();
    let addresses = [2, 3].map(|port| (SocketAddr::from(([127, 0, 0, 1], port)), "a:1".parse().unwrap()));
    peer.set_addresses([addresses.to_vec(), addresses.to_vec()].concat());
    let after = peer.known();
    assert_eq!((after.len(), peer.ready().len()), (2, 2));
    assert!(Arc::ptr_eq(&before[1], &after[0]) && after[1].address.port() == 3);
}

#[tokio::test]
async fn what_is_written_about_an_event_goes_to_one_instance_and_to_the_next_where_that_has_no_room() {
    let addresses = (1..=4).map(|port| format!("http://127.0.0.1:{port}")).collect::<Vec<_>>().join(",");
    let peer = Peer::new("a", "b", addresses.parse().unwrap(), &settings(&["--peer-calls-max=2"]), None);
    let owner = |event| peer.pick_for(EventId::new(event).unwrap(), None).unwrap();
    let owners: Vec<_> = (1..=50).map(|event| owner(event).address).collect();
    assert!((1..=50).map(|event| owner(event).address).eq(owners.iter().copied()), "always the same");
    assert!(peer.known().iter().all(|endpoint| owners.contains(&endpoint.address)), "each has some");

    let first = owner(1);
    let second = peer.pick_for(EventId::new(1).unwrap(), Some(&first)).unwrap();
    assert!(!Arc::ptr_eq(&first, &second), "what failed there is sent elsewhere");
    let _busy = (first.begin(), first.begin());
    assert!(Arc::ptr_eq(&owner(1), &second));
}
