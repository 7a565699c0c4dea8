//! How often somebody may call, and how that is said in each protocol.

use reqwest::Method;
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};
use tonic::{Code, Request, transport::Channel};
use tonic_types::StatusExt as _;
use usher::contract::{
    account::{LogInRequest, account_service_client::AccountServiceClient},
    booking::{ReserveRequest, booking_service_client::BookingServiceClient},
    search::{SearchRequest, search_service_client::SearchServiceClient},
};

use crate::edge::{Answer, Edge, PATIENCE};

/// Almost nothing comes back while a test runs.
fn tight(more: &[&str]) -> Vec<String> {
    let flags = ["--limit-address-per-second=1", "--limit-address-burst=100", "--limit-user-per-second=1"];
    flags.iter().chain(more).map(ToString::to_string).collect()
}

async fn channel(edge: &Edge) -> Channel {
    Channel::from_shared(format!("http://{}", edge.address)).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn grpc_is_told_when_to_come_back_and_what_is_left() {
    let edge = Edge::open_with(&tight(&["--limit-user-burst=7"])).await;
    let mut bookings = BookingServiceClient::new(channel(&edge).await);
    let mut reserve = async || {
        let mut request = Request::new(ReserveRequest::default());
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {}", edge.token(3, "CUSTOMER")).parse().unwrap());
        bookings.reserve(request).await
    };
    // A reserve costs three.
    let first = reserve().await.unwrap();
    let left = first.metadata().get("ratelimit").unwrap().to_str().unwrap();
    assert!(left.contains("\"user\";r=4"), "{left}");
    let limited = loop {
        if let Err(limited) = reserve().await {
            break limited;
        }
    };
    assert_eq!(limited.code(), Code::ResourceExhausted);
    assert_eq!(limited.get_details_error_info().unwrap().reason, "RATE_LIMITED");
    assert!(limited.get_details_retry_info().unwrap().retry_delay.unwrap().as_secs() < 3);
    edge.stopped().await;
}

#[tokio::test]
async fn an_address_is_limited_over_all_protocols_together() {
    let edge = Edge::open_with(&tight(&[])).await;
    let mut searches = SearchServiceClient::new(channel(&edge).await);
    let path = "/usher.search.v1.SearchService/Search";
    let web = async || {
        let call = edge.request(Method::POST, path).header("content-type", "application/grpc-web+proto");
        call.body(vec![0; 5]).send().await.unwrap()
    };
    // A search costs two.
    for _ in 0..16 {
        edge.get("/v1/search").await.ok();
        searches.search(SearchRequest::default()).await.unwrap();
        assert_eq!(web().await.headers().get("grpc-status"), None);
    }
    // Two are left, and what has come back meanwhile.
    let rest = async || edge.get("/v1/search").await.status == 429;
    let grpc = async || {
        let refused = searches.clone().search(SearchRequest::default()).await.err();
        refused.is_some_and(|refused| refused.code() == Code::ResourceExhausted)
    };
    let over_web = async || {
        let limited = web().await;
        limited.status() == 200 && limited.headers().get("grpc-status").is_some_and(|status| status == "8")
    };
    while !rest().await {}
    while !grpc().await {}
    while !over_web().await {}
    // A provider's callbacks come from few addresses, and each is money.
    let callback = edge.request(Method::POST, "/v1/payment/callback").body("{}");
    Answer::to(callback).await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn an_address_has_so_many_streams_and_connections_at_once() {
    let edge = Edge::open_with(&["--streams-per-address-max=2".to_owned()]).await;
    // Streams that last.
    let open = async || edge.request(Method::GET, "/v1/event/3/seats").send().await.unwrap();
    let (first, second) = (open().await, open().await);
    let limited = Answer::to(edge.request(Method::GET, "/v1/event/3/seats")).await.refused(429, "RATE_LIMITED");
    assert_eq!(limited.detail("ErrorInfo")["metadata"]["policy"], "streams");
    edge.get("/v1/search").await.ok();
    drop((first, second));
    // The edge notices that they are gone.
    while open().await.status() != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    edge.stopped().await;

    let edge = Edge::open_with(&["--connections-per-address-max=3".to_owned()]).await;
    let connect = async || TcpStream::connect(edge.address).await.unwrap();
    let (first, _second, _third) = (connect().await, connect().await, connect().await);
    let closed = async || timeout(PATIENCE / 40, connect().await.read(&mut [0])).await;
    let ended = async || matches!(closed().await, Ok(Ok(0) | Err(_)));
    while !ended().await {}
    drop(first);
    while ended().await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    edge.stopped().await;
}

#[tokio::test]
async fn nobody_is_limited_where_the_house_says_so() {
    let off = ["--limit-address-per-second=0".to_owned(), "--limit-user-per-second=0".to_owned()];
    let edge = Edge::open_with(&[&off[..], &["--limit-address-burst=1".to_owned()]].concat()).await;
    for _ in 0..20 {
        let answer = edge.get("/v1/search").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    edge.stopped().await;
}

#[tokio::test]
async fn only_the_edge_says_where_a_call_comes_from() {
    let edge = Edge::open().await;
    let told = || edge.house.seen.lock().unwrap().metadata.get("usher-client-address").cloned();
    let forged = ["usher-client-address", "x-forwarded-for", "forwarded", "x-real-ip"];
    let mut log_in = edge.request(Method::POST, "/v1/login").json(&serde_json::json!({"email": "a@b.c"}));
    for name in forged {
        log_in = log_in.header(name, "for=192.0.2.7");
    }
    Answer::to(log_in).await.ok();
    assert_eq!(told(), Some("127.0.0.1".parse().unwrap()));

    let mut accounts = AccountServiceClient::new(channel(&edge).await);
    let mut log_in = Request::new(LogInRequest::default());
    for name in forged {
        log_in.metadata_mut().insert(name, "192.0.2.7".parse().unwrap());
    }
    accounts.log_in(log_in).await.unwrap();
    assert_eq!(told(), Some("127.0.0.1".parse().unwrap()));
    // Who does not sign anybody in is not told.
    edge.get("/v1/search").await.ok();
    assert_eq!(told(), None);
    edge.stopped().await;
}
