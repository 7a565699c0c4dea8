//! TLS at the door: both versions of HTTP, certificates that change, and clients that never agree.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

use crate::edge::{Edge, PATIENCE};

/// What the certificate is for.
const NAME: &str = "usher.example";
type Body = Empty<bytes::Bytes>;

/// A certificate that vouches for itself, and its key.
struct Made {
    certificate: CertificateDer<'static>,
    chain: String,
    key: String,
}

fn make() -> Made {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([NAME.to_owned()]).unwrap().self_signed(&key).unwrap();
    Made { certificate: certificate.der().clone(), chain: certificate.pem(), key: key.serialize_pem() }
}

impl Made {
    fn write(&self, folder: &Path) {
        std::fs::write(folder.join("tls.crt"), &self.chain).unwrap();
        std::fs::write(folder.join("tls.key"), &self.key).unwrap();
    }

    /// A connection of somebody who trusts this certificate alone.
    async fn connect(&self, edge: &Edge, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut trusted = RootCertStore::empty();
        trusted.add(self.certificate.clone()).unwrap();
        let mut settings = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        settings.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(edge.address).await.unwrap();
        TlsConnector::from(Arc::new(settings)).connect(NAME.try_into().unwrap(), stream).await
    }
}

async fn open(made: &Made, flags: &[&str]) -> (Edge, TempDir) {
    let folder = TempDir::new().unwrap();
    made.write(folder.path());
    let file = |name| folder.path().join(name).display().to_string();
    let files = [format!("--listen-cert-file={}", file("tls.crt")), format!("--listen-key-file={}", file("tls.key"))];
    let flags: Vec<_> = files.into_iter().chain(flags.iter().map(ToString::to_string)).collect();
    (Edge::open_with(&flags).await, folder)
}

fn get(uri: &str) -> http::Request<Body> {
    http::Request::builder().uri(uri).header("host", NAME).body(Body::new()).unwrap()
}

/// A connection of HTTP/2 on which one can ask again and again.
async fn http_2(stream: TlsStream<TcpStream>) -> hyper::client::conn::http2::SendRequest<Body> {
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn asked(sender: &mut hyper::client::conn::http2::SendRequest<Body>) -> http::Response<Incoming> {
    sender.send_request(get(&format!("https://{NAME}/v1/search?query=tls"))).await.unwrap()
}

#[tokio::test]
async fn both_versions_of_http_come_by_tls_and_are_told_to_stay() {
    let made = make();
    let (edge, _files) = open(&made, &[]).await;
    let stream = made.connect(&edge, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let response = asked(&mut http_2(stream).await).await;
    assert_eq!((response.status(), response.version()), (http::StatusCode::OK, http::Version::HTTP_2));
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");

    let stream = made.connect(&edge, "http/1.1").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(get("/v1/search?query=tls")).await.unwrap();
    assert_eq!((response.status(), response.version()), (http::StatusCode::OK, http::Version::HTTP_11));
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    assert!(!response.into_body().collect().await.unwrap().to_bytes().is_empty());
    assert!(made.connect(&edge, "smtp").await.is_err(), "nothing in common to speak");
    edge.stopped().await;
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused_within_tls_as_well() {
    let made = make();
    let (edge, _files) = open(&made, &["--hsts-seconds=0"]).await;
    let mut stream = made.connect(&edge, "http/1.1").await.unwrap();
    let head = "GET /v1/search HTTP/1.1\r\nhost: x\r\n";
    let sent = format!("{head}content-length: 2\r\ncontent-length: 2\r\n\r\n{{}}{head}\r\n");
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut said = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    let said = String::from_utf8_lossy(&said);
    assert!(ended.is_ok(), "{said:?}");
    assert!(said.starts_with("HTTP/1.1 400") && !said.contains("strict-transport-security"), "{said}");
    edge.stopped().await;
}

/// Asks whether those who trust `made` alone get in, until they do.
async fn lets_in(edge: &Edge, made: &Made) -> TlsStream<TcpStream> {
    let began = Instant::now();
    loop {
        match made.connect(edge, "h2").await {
            Ok(stream) => return stream,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_new_certificate_is_for_new_connections_and_a_broken_one_for_nobody() {
    let (old, new, last) = (make(), make(), make());
    let (edge, files) = open(&old, &[]).await;
    let mut kept = http_2(old.connect(&edge, "h2").await.unwrap()).await;
    assert_eq!(asked(&mut kept).await.status(), 200);

    new.write(files.path());
    lets_in(&edge, &new).await;
    assert!(old.connect(&edge, "h2").await.is_err(), "the old one is no longer shown");
    assert_eq!(asked(&mut kept).await.status(), 200, "who is in stays in");

    // Half a file, then a key of somebody else's: each is seen, and kept out.
    std::fs::write(files.path().join("tls.crt"), &last.chain[..last.chain.len() / 2]).unwrap();
    sleep(Duration::from_millis(2_500)).await;
    lets_in(&edge, &new).await;
    std::fs::write(files.path().join("tls.crt"), &last.chain).unwrap();
    sleep(Duration::from_millis(2_500)).await;
    lets_in(&edge, &new).await;
    std::fs::remove_file(files.path().join("tls.key")).unwrap();
    sleep(Duration::from_millis(2_500)).await;
    lets_in(&edge, &new).await;
    last.write(files.path());
    lets_in(&edge, &last).await;
    edge.stopped().await;
}

#[tokio::test]
async fn who_never_agrees_on_tls_is_let_go_and_had_a_place_until_then() {
    let made = make();
    let (edge, _files) = open(&made, &["--handshake-ms-max=1500", "--connections-per-address-max=1"]).await;
    for begun in [&b""[..], &[22, 3, 1, 0, 200, 1]] {
        let began = Instant::now();
        let mut slow = TcpStream::connect(edge.address).await.unwrap();
        slow.write_all(begun).await.unwrap();
        sleep(Duration::from_millis(200)).await;
        assert!(made.connect(&edge, "h2").await.is_err(), "the one place is taken");
        let ended = timeout(PATIENCE, slow.read(&mut [0; 1])).await.unwrap();
        assert!(matches!(ended, Ok(0) | Err(_)));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        lets_in(&edge, &made).await;
        sleep(Duration::from_millis(200)).await;
    }
    // Who speaks without TLS is told so, in TLS's own words, and let go.
    let mut plain = TcpStream::connect(edge.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, plain.read_to_end(&mut said)).await.unwrap();
    assert!(!said.starts_with(b"HTTP"));
    edge.stopped().await;
}
