//! gRPC and gRPC-web through the door: calls as they come, statuses as callers may see them.

use std::{io::Write as _, time::Duration};

use data_encoding::BASE64;
use flate2::{Compression, write::GzEncoder};
use prost::Message as _;
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, Request, transport::Channel};
use tonic_types::StatusExt as _;
use usher::contract::{
    booking::{ReserveRequest, booking_service_client::BookingServiceClient},
    event::{
        GetEventRequest, GetEventResponse, WatchSeatsRequest, WatchSeatsResponse,
        event_service_client::EventServiceClient,
    },
    search::{SearchRequest, search_service_client::SearchServiceClient},
};

use crate::edge::Edge;

/// Where a caller is in a trace of theirs.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const REST_TRACE: &str = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01";

async fn channel(edge: &Edge) -> Channel {
    Channel::from_shared(format!("http://{}", edge.address)).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn calls_go_through_as_they_come() {
    let edge = Edge::open().await;
    let mut events = EventServiceClient::new(channel(&edge).await);
    let answer = events.get_event(GetEventRequest { event_id: 7 }).await.unwrap();
    assert_eq!(answer.metadata().get("etag").unwrap(), "\"a tag\"");
    assert_eq!(answer.into_inner().event.unwrap().description.len(), 7);
    let mut seats = events.watch_seats(WatchSeatsRequest { event_id: 1, after_version: 0 }).await.unwrap().into_inner();
    assert_eq!(seats.message().await.unwrap().unwrap().version, 1);
    assert_eq!(seats.message().await.unwrap().unwrap().version, 2);
    assert!(seats.message().await.unwrap().is_none());

    let mut bookings = BookingServiceClient::new(channel(&edge).await);
    let mut reserve = Request::new(ReserveRequest { ticket_id: 5, ..ReserveRequest::default() });
    reserve.metadata_mut().insert("authorization", format!("Bearer {}", edge.token(3, "CUSTOMER")).parse().unwrap());
    reserve.metadata_mut().insert("x-forged", "by the caller".parse().unwrap());
    bookings.reserve(reserve).await.unwrap();
    let metadata = {
        let seen = edge.house.seen.lock().unwrap();
        assert_eq!(seen.reserve.ticket_id, 5);
        seen.metadata.clone()
    };
    assert!(metadata.get("authorization").is_some() && metadata.get("grpc-timeout").is_some());
    assert!(metadata.get("x-forged").is_none());
    edge.stopped().await;
}

#[tokio::test]
async fn refusals_go_out_word_for_word_and_faults_don_t() {
    let edge = Edge::open_with(&["--request-deadline-ms=500".to_owned()]).await;
    let mut searches = SearchServiceClient::new(channel(&edge).await);
    let mut search = async |query: &str| {
        searches.search(SearchRequest { query: Some(query.to_owned()), ..SearchRequest::default() }).await.unwrap_err()
    };
    let taken = search("taken").await;
    assert_eq!((taken.code(), taken.message()), (Code::Aborted, "seat 7 is taken"));
    assert_eq!(taken.get_details_error_info().unwrap().reason, "SEAT_TAKEN");
    let leak = search("leak").await;
    assert_eq!(leak.code(), Code::Internal);
    assert!(!leak.message().contains("10.0.0.7"), "{leak:?}");
    assert_eq!(search("slow").await.code(), Code::DeadlineExceeded);

    let mut events = EventServiceClient::new(channel(&edge).await);
    let watch = |event_id| WatchSeatsRequest { event_id, after_version: 0 };
    let mut broken = events.watch_seats(watch(5)).await.unwrap().into_inner();
    broken.message().await.unwrap();
    let inside = broken.message().await.unwrap_err();
    assert!(inside.code() == Code::Internal && !inside.message().contains("inside"), "{inside:?}");
    assert_eq!(events.watch_seats(watch(9)).await.unwrap_err().code(), Code::Unimplemented);

    let mut bookings = BookingServiceClient::new(channel(&edge).await);
    let mut forged = Request::new(ReserveRequest::default());
    forged.metadata_mut().insert("authorization", "Bearer no.token.ofours".parse().unwrap());
    assert_eq!(bookings.reserve(forged).await.unwrap_err().code(), Code::Unauthenticated);
    edge.stopped().await;
}

#[tokio::test]
async fn an_open_call_ends_with_the_caller_s_time_and_with_the_edge() {
    let edge = Edge::open().await;
    let mut events = EventServiceClient::new(channel(&edge).await);
    let forever = WatchSeatsRequest { event_id: 3, after_version: 0 };
    let mut open = events.watch_seats(forever).await.unwrap().into_inner();
    assert_eq!(open.message().await.unwrap().unwrap().version, 1);
    let mut short = Request::new(forever);
    short.metadata_mut().insert("grpc-timeout", "300m".parse().unwrap());
    let mut timed = events.watch_seats(short).await.unwrap().into_inner();
    timed.message().await.unwrap();
    assert_eq!(timed.message().await.unwrap_err().code(), Code::DeadlineExceeded);
    edge.ask_to_stop();
    assert_eq!(open.message().await.unwrap_err().code(), Code::Unavailable);
    drop((open, events));
    edge.stopped().await;
}

#[tokio::test]
async fn the_time_that_a_caller_spent_on_sending_is_not_there_to_be_spent_again() {
    const SLOW: Duration = Duration::from_millis(600);
    let edge = Edge::open().await;
    for (rpc, sent) in [
        ("usher.search.v1.SearchService/Search", framed(&SearchRequest::default())),
        ("usher.event.v1.EventService/WatchSeats", framed(&WatchSeatsRequest { event_id: 1, after_version: 0 })),
    ] {
        let head = format!(
            "POST /{rpc} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/grpc-web+proto\r\n\
             grpc-timeout: 5S\r\ntraceparent: {TRACE}\r\ncontent-length: {}\r\n\r\n",
            sent.len()
        );
        let mut stream = TcpStream::connect(edge.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(SLOW).await;
        stream.write_all(&sent).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        let metadata = edge.house.seen.lock().unwrap().metadata.clone();
        let told = metadata.get("grpc-timeout").unwrap().to_str().unwrap();
        let left: u64 = told.strip_suffix('m').unwrap().parse().unwrap();
        // A busy edge sees the head late; one that forgets would say five seconds.
        assert!(left <= 4_700, "{rpc} is told {told} of 5 s, of which its caller spent 600 ms");
        // An edge that takes no part in traces stands between those who do.
        assert_eq!(metadata.get("traceparent").unwrap(), TRACE);
    }
    edge.request(Method::GET, "/v1/search").header("traceparent", REST_TRACE).send().await.unwrap();
    let metadata = edge.house.seen.lock().unwrap().metadata.clone();
    assert_eq!(metadata.get("traceparent").unwrap(), REST_TRACE);
    edge.stopped().await;
}

/// A message as gRPC frames it.
fn framed(message: &impl prost::Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    [&[0], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), &message].concat()
}

/// The messages of a gRPC-web body, and the trailers at its end.
fn unframed(mut body: &[u8]) -> (Vec<Vec<u8>>, String) {
    let mut messages = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let (frame, after) = rest.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        if *flag == 0x80 {
            assert!(after.is_empty(), "nothing comes after the trailers");
            return (messages, String::from_utf8(frame.to_vec()).unwrap());
        }
        messages.push(frame.to_vec());
        body = after;
    }
    unreachable!("a body without trailers");
}

#[tokio::test]
async fn a_browser_s_stream_has_its_trailers_in_the_body() {
    let edge = Edge::open().await;
    let path = "/usher.event.v1.EventService/WatchSeats";
    for (event_id, status) in [(1, "grpc-status:0"), (2, "grpc-status:5")] {
        let sent = framed(&WatchSeatsRequest { event_id, after_version: 0 });
        let web =
            edge.request(Method::POST, path).header("content-type", "application/grpc-web+proto").body(sent.clone());
        let answer = web.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
        let (messages, trailers) = unframed(&answer.bytes().await.unwrap());
        assert_eq!(WatchSeatsResponse::decode(messages[0].as_slice()).unwrap().version, 1);
        assert!(trailers.replace(": ", ":").contains(status), "{trailers}");

        // As browsers ask: what is streamed is not held back to be compressed.
        let zipped = edge.request(Method::POST, path).header("content-type", "application/grpc-web+proto");
        let zipped = zipped.header("accept-encoding", "gzip, br, zstd").body(sent.clone()).send().await.unwrap();
        assert!(!zipped.headers().contains_key("content-encoding"));
        assert_eq!(unframed(&zipped.bytes().await.unwrap()).0, messages);

        let text = edge.request(Method::POST, path).header("content-type", "application/grpc-web-text");
        let text = text.header("accept", "application/grpc-web-text").body(BASE64.encode(&sent)).send().await.unwrap();
        // Each piece is encoded by itself: padding may stand within.
        let text = text.text().await.unwrap();
        let pieces = text.as_bytes().chunks(4).map(|four| BASE64.decode(four).unwrap());
        assert_eq!(unframed(&pieces.flatten().collect::<Vec<_>>()).0, messages);
    }
    edge.stopped().await;
}

#[tokio::test]
async fn what_callers_compress_is_unpacked_within_bounds() {
    let edge = Edge::open_with(&["--body-bytes-max=100000".to_owned()]).await;
    let call = async |encoding: &'static str, body: Vec<u8>| {
        let call = edge.request(Method::POST, "/usher.event.v1.EventService/GetEvent");
        let call = call.header("content-type", "application/grpc-web").header("grpc-encoding", encoding);
        let answer = call.body(body).send().await.unwrap();
        assert_eq!(answer.headers()["grpc-accept-encoding"], "identity,gzip", "who must try again is told how");
        if let Some(status) = answer.headers().get("grpc-status") {
            return Err(Code::from(status.to_str().unwrap().parse::<i32>().unwrap()));
        }
        Ok(unframed(&answer.bytes().await.unwrap()).0)
    };
    let wish = GetEventRequest { event_id: 3 }.encode_to_vec();
    let answered = call("gzip", zipped(&wish)).await.unwrap();
    assert_eq!(GetEventResponse::decode(answered[0].as_slice()).unwrap().event.unwrap().event_id, 3);
    let plain = framed(&GetEventRequest { event_id: 3 });
    assert_eq!(call("gzip", plain.clone()).await.unwrap(), answered, "a single message may be sent as it is");
    assert_eq!(call("identity", plain.clone()).await.unwrap(), answered);

    let bomb = zipped(&vec![0; 10_000_000]);
    assert!(bomb.len() < 100_000);
    assert_eq!(call("gzip", bomb).await, Err(Code::InvalidArgument));
    let cut = zipped(&wish)[..9].to_vec();
    assert_eq!(call("gzip", cut).await, Err(Code::InvalidArgument));
    let mut no_gzip = plain.clone();
    no_gzip[0] = 1;
    assert_eq!(call("gzip", no_gzip).await, Err(Code::InvalidArgument));
    assert_eq!(call("snappy", plain).await, Err(Code::Unimplemented));
    edge.stopped().await;
}

/// A message as gRPC frames it, compressed.
fn zipped(message: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(message).unwrap();
    let message = writer.finish().unwrap();
    [&[1], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), &message].concat()
}

#[tokio::test]
async fn pages_of_listed_origins_may_call() {
    let edge = Edge::open_with(&["--cors-origins=https://shop.example".to_owned()]).await;
    let preflight = |origin: &'static str| {
        let asked = edge.request(Method::OPTIONS, "/usher.event.v1.EventService/GetEvent").header("origin", origin);
        asked
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-grpc-web")
            .send()
    };
    let answer = preflight("https://shop.example").await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://shop.example");
    assert_eq!(answer.headers()["access-control-max-age"], "3600");
    assert!(answer.headers().get("access-control-allow-credentials").is_none(), "tokens travel in a header");
    let may_send = answer.headers()["access-control-allow-headers"].to_str().unwrap();
    for name in ["authorization", "content-type", "grpc-timeout", "x-grpc-web", "x-user-agent"] {
        assert!(may_send.split(',').any(|sent| sent.trim() == name), "{name}: {may_send}");
    }
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "preflights, too");
    assert!(preflight("https://evil.example").await.unwrap().headers().get("access-control-allow-origin").is_none());
    let call =
        edge.request(Method::POST, "/usher.event.v1.EventService/GetEvent").header("origin", "https://shop.example");
    let call = call.header("content-type", "application/grpc-web").body(framed(&GetEventRequest { event_id: 3 }));
    let answer = call.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://shop.example");
    let may_read = answer.headers()["access-control-expose-headers"].to_str().unwrap();
    for name in
        ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after", "ratelimit", "ratelimit-policy"]
    {
        assert!(may_read.split(',').any(|read| read.trim() == name), "{name}: {may_read}");
    }
    let varies = answer.headers().get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin"));
    assert!(varies, "no cache mixes origins up");
    let (messages, _) = unframed(&answer.bytes().await.unwrap());
    assert_eq!(GetEventResponse::decode(messages[0].as_slice()).unwrap().event.unwrap().event_id, 3);
    edge.stopped().await;
}

#[tokio::test]
async fn what_is_no_rpc_is_told_so() {
    let edge = Edge::open().await;
    let call = |content_type: &'static str, path: &str| {
        edge.request(Method::POST, path).header("content-type", content_type).send()
    };
    let plain = call("application/grpc", "/usher.event.v1.EventService/GetEvent").await.unwrap();
    assert_eq!(plain.status(), 415, "gRPC over HTTP/1.1");
    let unknown = call("application/grpc-web", "/usher.event.v1.EventService/Nothing").await.unwrap();
    assert_eq!((unknown.status().as_u16(), &unknown.headers()["grpc-status"]), (200, &"12".parse().unwrap()));
    edge.stopped().await;
}
