//! Connections: both versions of HTTP on one port, slow clients, and the end.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::edge::{Edge, PATIENCE};

#[tokio::test]
async fn http_2_without_tls_comes_through_the_same_door() {
    let edge = Edge::open().await;
    let stream = TokioIo::new(TcpStream::connect(edge.address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let address = edge.address;
    for (method, path, length) in [("GET", "/v1/search?query=two", true), ("HEAD", "/v1/search?query=two", false)] {
        let request = http::Request::builder().method(method).uri(format!("http://{address}{path}"));
        let response = sender.send_request(request.body(Full::new(bytes::Bytes::new())).unwrap()).await.unwrap();
        assert_eq!((response.status(), response.version()), (http::StatusCode::OK, http::Version::HTTP_2));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(!body.is_empty(), length, "{method}");
    }
    drop(sender);
    connection.await.unwrap().unwrap();
    edge.stopped().await;
}

/// What the edge says to whoever sends `sent` and nothing more, until it hangs up.
pub async fn said_to(edge: &Edge, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(edge.address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut said = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn whoever_sends_nothing_or_half_a_head_is_let_go() {
    let edge = Edge::open_with(&["--head-read-ms-max=300".to_owned()]).await;
    // "PRI" begins HTTP/2's first words and no method: until more comes, nobody knows what is spoken.
    for sent in
        ["", "P", "PRI * HTTP/2.0\r\n", "GET /v1/search HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let began = Instant::now();
        said_to(&edge, sent.as_bytes()).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{sent:?}: {:?}", began.elapsed());
    }
    edge.get("/v1/search").await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let edge = Edge::open_with(&["--body-read-ms-max=300".to_owned()]).await;
    let head = "POST /v1/reserve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let said = said_to(&edge, head.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("INVALID_ARGUMENT"), "{said}");
    edge.stopped().await;
}

#[tokio::test]
async fn whoever_sends_all_before_listening_still_reads_the_refusal() {
    let flags = ["--body-bytes-max=1024".to_owned(), "--concurrency-max=1".to_owned()];
    let edge = Edge::open_with(&flags).await;
    let upload = |path: &str| {
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n");
        let mut sent = format!("{head}content-length: {}\r\n\r\n", 8 << 20).into_bytes();
        sent.resize(sent.len() + (8 << 20), b' ');
        sent
    };
    for (path, status) in [("/v1/reserve", "413"), ("/v1/nowhere", "404"), ("/v1/search", "405"), ("/docs", "405")] {
        let said = said_to(&edge, &upload(path)).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {said:?}");
    }
    let slow = tokio::spawn(edge.request(reqwest::Method::GET, "/v1/search?query=slow").send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(said_to(&edge, &upload("/v1/reserve")).await.starts_with("HTTP/1.1 503"));
    slow.abort();
    edge.stopped().await;
}

#[tokio::test]
async fn whoever_asks_before_sending_is_refused_at_once() {
    let edge = Edge::open_with(&["--body-bytes-max=1024".to_owned()]).await;
    let began = Instant::now();
    let asking = "POST /v1/reserve HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n\
                  content-length: 99999\r\n\r\n";
    let said = said_to(&edge, asking.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    edge.stopped().await;
}

#[tokio::test]
async fn to_keep_the_length_secret_helps_nobody() {
    let edge = Edge::open_with(&["--body-bytes-max=1024".to_owned(), "--body-read-ms-max=300".to_owned()]).await;
    let chunk = format!("400\r\n{}\r\n", " ".repeat(0x400));
    let head =
        "POST /v1/reserve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let said = said_to(&edge, format!("{head}{chunk}{chunk}").as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    edge.stopped().await;
}

#[tokio::test]
async fn what_is_under_way_ends_before_the_edge_does_and_nothing_outlives_it() {
    let edge = Edge::open_with(&["--request-deadline-ms=800".to_owned()]).await;
    let slow = tokio::spawn({
        let request = edge.request(reqwest::Method::GET, "/v1/search?query=slow");
        async move { crate::edge::Answer::to(request).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    edge.stopped().await;
    slow.await.unwrap().refused(504, "DEADLINE_EXCEEDED");

    let edge = Edge::open_with(&["--drain-ms-max=200".to_owned()]).await;
    let mut idle = TcpStream::connect(edge.address).await.unwrap();
    idle.write_all(b"POST /v1/reserve HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    edge.stopped().await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let ended = timeout(Duration::from_secs(2), idle.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "the connection ended with the edge");
}
