//! Requests that two machines in a row may read differently, or that hide a line in another: each is refused, and what
//! comes after it on the connection is never read.

use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    connections::said_to,
    edge::{Edge, PATIENCE},
};

/// The request that must never be read: behind another one, as its body or its rest.
const HIDDEN: &str = "GET /v1/search?query=hidden HTTP/1.1\r\nhost: x\r\n\r\n";

/// Sends a head and the hidden request; expects one answer, a refusal, and nothing more.
async fn refused(edge: &Edge, sent: &str) {
    let said = said_to(edge, sent.as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{sent:?}: {said:?}");
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{sent:?}: {said:?}");
    let query = edge.house.seen.lock().unwrap().search.query.clone();
    assert_ne!(query.as_deref(), Some("hidden"), "{sent:?}");
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_read_in_none() {
    let edge = Edge::open().await;
    let post = "POST /v1/reserve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (smuggled, head) in [
        ("a length beside chunks", "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("chunks beside a length", "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n"),
        ("two lengths", "content-length: 0\r\ncontent-length: 50\r\n\r\n"),
        ("one length twice", "content-length: 2\r\ncontent-length: 2\r\n\r\n{}"),
        ("a list of lengths", "content-length: 2, 2\r\n\r\n{}"),
        ("a length with a sign", "content-length: +2\r\n\r\n{}"),
        ("a length below nothing", "content-length: -1\r\n\r\n"),
        ("a length in hex", "content-length: 0x2\r\n\r\n{}"),
        ("an empty length", "content-length: \r\n\r\n"),
        ("a space before the colon", "content-length : 2\r\n\r\n{}"),
        ("a tab before the colon", "transfer-encoding\t: chunked\r\n\r\n0\r\n\r\n"),
        ("chunks twice", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("chunks and something else", "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("another encoding", "transfer-encoding: gzip\r\n\r\n"),
        ("nearly chunks", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("a folded line", "x-one: 1\r\n content-length: 50\r\n\r\n"),
        ("a line folded with a tab", "transfer-encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n"),
        ("a line without CR", "x-one: 1\ncontent-length: 50\r\n\r\n"),
        ("an end without CR", "content-length: 0\r\n\n"),
        ("a CR without LF", "x-one: 1\rcontent-length: 50\r\n\r\n"),
        ("a NUL", "x-one: 1\0\r\n\r\n"),
        ("a name with a space", "x one: 1\r\n\r\n"),
        ("a name of nothing", ": 1\r\n\r\n"),
        ("a line that is no header", "nonsense\r\n\r\n"),
        ("a second host", "host: x\r\n\r\n"),
        ("another host", "host: y\r\n\r\n"),
        ("a chunk without CR", "transfer-encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n"),
        ("a chunk below nothing", "transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"),
        (
            "a chunk that is too long to count",
            "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        ),
    ] {
        println!("{smuggled}");
        refused(&edge, &format!("{post}{head}{HIDDEN}")).await;
    }
    for (smuggled, sent) in [
        ("no host", "GET /v1/search HTTP/1.1\r\n\r\n"),
        ("a host with a user", "GET /v1/search HTTP/1.1\r\nhost: a@b\r\n\r\n"),
        ("a host with a path", "GET /v1/search HTTP/1.1\r\nhost: a/b\r\n\r\n"),
        ("an address of another host", "GET http://evil.example/v1/search HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("an address of another kind", "GET ftp://x/v1/search HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("a first line without CR", "GET /v1/search HTTP/1.1\nhost: x\r\n\r\n"),
        ("two spaces", "GET  /v1/search HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("a tab", "GET\t/v1/search HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("a space in the path", "GET /v1/search HTTP/1.1 HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("another version", "GET /v1/search HTTP/1.2\r\nhost: x\r\n\r\n"),
        ("chunks before there were any", "POST /v1/reserve HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ] {
        println!("{smuggled}");
        refused(&edge, &format!("{sent}{HIDDEN}")).await;
    }
    edge.stopped().await;
}

#[tokio::test]
async fn what_comes_behind_a_good_request_is_watched_as_well() {
    let edge = Edge::open().await;
    let good =
        "POST /v1/reserve HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n{\n\n}";
    let bad = format!("GET /v1/search HTTP/1.1\nhost: x\r\n\r\n{HIDDEN}");
    let said = said_to(&edge, format!("{good}{good}{bad}").as_bytes()).await;
    let statuses: Vec<_> = said.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["401", "401", "400"], "{said}");
    edge.stopped().await;
}

#[tokio::test]
async fn heads_have_bounds() {
    let edge = Edge::open().await;
    let head = |lines: &str| format!("GET /v1/search HTTP/1.1\r\nhost: x\r\n{lines}\r\n");
    let many = "x: 1\r\n".repeat(200);
    for large in [&many, &format!("x: {}\r\n", "a".repeat(20_000)), &format!("{}: 1\r\n", "a".repeat(20_000))] {
        let said = said_to(&edge, head(large).as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 431"), "{said:?}");
    }
    let said = said_to(&edge, format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000)).as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 414") || said.starts_with("HTTP/1.1 431"), "{said:?}");
    edge.stopped().await;
}

#[tokio::test]
async fn who_does_not_read_is_let_go() {
    let edge = Edge::open_with(&["--write-stall-ms-max=300".to_owned()]).await;
    let mut stream = TcpStream::connect(edge.address).await.unwrap();
    // More than what fits the buffers between the two.
    let request = "GET /v1/search?query=large HTTP/1.1\r\nhost: x\r\n\r\n".repeat(16);
    stream.write_all(request.as_bytes()).await.unwrap();
    // Nothing is read here: that the connection has ended shows when more is sent.
    let ended = async {
        while stream.write_all(b"\r\n").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    timeout(2 * PATIENCE, ended).await.expect("the connection has ended");
    edge.get("/v1/search").await.ok();
    edge.stopped().await;
}

/// What HTTP/2 answers to a request with these headers; `None` where it resets the stream.
async fn over_http2(edge: &Edge, uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
    let stream = TokioIo::new(TcpStream::connect(edge.address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
    sender.send_request(request).await.ok().map(|response| response.status().as_u16())
}

#[tokio::test]
async fn http_2_has_no_headers_of_a_connection_and_one_host() {
    let edge = Edge::open().await;
    let uri = format!("http://{}/v1/search", edge.address);
    assert_eq!(over_http2(&edge, &uri, &[]).await, Some(200));
    assert_eq!(over_http2(&edge, &uri, &[("te", "trailers")]).await, Some(200));
    assert_eq!(over_http2(&edge, &uri, &[("host", &edge.address.to_string())]).await, Some(200));
    for host in ["elsewhere.example", "a@b", "a/b"] {
        assert_eq!(over_http2(&edge, &uri, &[("host", host)]).await, Some(400), "{host}");
    }
    edge.stopped().await;
}

/// The same as frames, since hyper's client sends no such request.
#[tokio::test]
async fn http_2_frames_with_headers_of_a_connection_are_refused() {
    let edge = Edge::open().await;
    for (name, value) in [
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("keep-alive", "1"),
        ("proxy-connection", "x"),
        ("upgrade", "x"),
        ("te", "gzip"),
        ("Upper", "x"),
        ("x-line", "a\r\nb: c"),
        ("x nul", "a"),
    ] {
        let mut block = vec![0x82, 0x86];
        // Literals that are not indexed: `:path`, `:authority`, then the header.
        for (name, value) in [(":path", "/v1/search?query=hidden"), (":authority", "x"), (name, value)] {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        sent.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes()[1..]);
        // HEADERS that end head and stream, on stream 1.
        sent.extend_from_slice(&[1, 5, 0, 0, 0, 1]);
        sent.extend_from_slice(&block);
        let mut stream = TcpStream::connect(edge.address).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        assert!(reset(&mut stream).await, "{name}: {value:?}");
        let query = edge.house.seen.lock().unwrap().search.query.clone();
        assert_ne!(query.as_deref(), Some("hidden"), "{name}: {value:?}");
    }
    edge.stopped().await;
}

/// Whether the server resets stream 1, or ends the connection, before it answers.
async fn reset(stream: &mut TcpStream) -> bool {
    loop {
        let mut head = [0; 9];
        if timeout(PATIENCE, stream.read_exact(&mut head)).await.unwrap().is_err() {
            return true;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.unwrap();
        match head[3] {
            // RST_STREAM, GOAWAY.
            3 | 7 => return true,
            // HEADERS of an answer: a refusal is as good, and 400 is in HPACK's own table.
            1 => return payload.first() == Some(&0x8c),
            _ => {}
        }
    }
}
