//! How much memory an edge has that holds very much open which does nothing: streams on few connections, or connections.
//! Each row has an edge of its own, just started.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use h2::{
    RecvStream,
    client::{self, SendRequest},
};
use http::{HeaderValue, Method, Request, Version, header};
use prost::Message as _;
use tokio::{net::TcpStream, time::sleep};
use tokio_util::task::AbortOnDropHandle;
use usher::contract::event::WatchSeatsRequest;

use super::stand::Stand;
use crate::{
    cores::Cores,
    error::Error,
    gateways::Idle,
    line::framed,
    load::{Answer, Found, Samples},
    memory,
    row::{EdgeBytes, Measured},
    site::Gateway,
};

/// How much is open.
pub const OPEN: u16 = 10_000;
/// Streams of one connection.
const STREAMS: u16 = 100;
/// How many connections begin at once: the backlog of a listener is bounded.
const BEGINNING_MAX: usize = 64;
/// Files that this process needs beside the connections.
const FILES_BESIDE: u64 = 1_000;
/// How long all of it does nothing before the memory is looked at.
const REST: Duration = Duration::from_secs(3);

/// A connection, and what is open on it.
struct Held {
    _sender: SendRequest<Bytes>,
    _streams: Vec<RecvStream>,
    _driver: AbortOnDropHandle<()>,
}

impl Stand<'_> {
    /// What `edge` needs for it; `None` where this process may not open so many files.
    pub(super) async fn idle(&self, idle: Idle, edge: &Gateway) -> Result<Option<Measured>, Error> {
        if !may_open(u64::from(OPEN) + FILES_BESIDE) {
            return Ok(None);
        }
        let before = memory::resident_bytes(edge.pid)?;
        memory::forget_peak(edge.pid)?;
        let began = Instant::now();
        let authority: Arc<str> = edge.url.trim_start_matches("http://").into();
        let (connections, request) = match idle {
            Idle::Streams => (OPEN / STREAMS, watch(&authority, *self.house.few.events.start())?),
            Idle::Connections => (OPEN, probe(&authority)?),
        };
        let streams = if idle == Idle::Streams { STREAMS } else { 0 };
        let opening = stream::iter(0..connections).map(|_| open(&authority, &request, streams));
        let held: Vec<Held> = opening.buffer_unordered(BEGINNING_MAX).try_collect().await.map_err(Error::Count)?;
        let lasted = began.elapsed();
        sleep(REST).await;
        let with = memory::resident_bytes(edge.pid)?;
        let peak = memory::peak_bytes(edge.pid)?;
        drop(held);
        let mut samples = Samples::default();
        samples.note(Answer::Good, lasted);
        let found = Found { samples, in_time: OPEN.into(), lasted };
        let edge_bytes = Some(EdgeBytes { before, with, peak });
        Ok(Some(Measured { edge_bytes, ..Measured::new(found, 1, Cores::new()) }))
    }
}

/// The body of a request, which may be none.
type Asked = (Request<()>, Option<Bytes>);

fn watch(authority: &str, event_id: i64) -> Result<Asked, Error> {
    let question = WatchSeatsRequest { event_id, after_version: 0 }.encode_to_vec();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{authority}/usher.event.v1.EventService/WatchSeats"))
        .version(Version::HTTP_2)
        .header(header::TE, HeaderValue::from_static("trailers"))
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok((request.body(())?, Some(framed(&question))))
}

fn probe(authority: &str) -> Result<Asked, Error> {
    let request = Request::builder().uri(format!("http://{authority}/healthz")).version(Version::HTTP_2);
    Ok((request.body(())?, None))
}

/// A connection with so many streams of which each has brought its first bytes; without any, one that had one request.
async fn open(authority: &str, (request, question): &Asked, streams: u16) -> Result<Held, String> {
    let told = |error: h2::Error| error.to_string();
    let socket = TcpStream::connect(authority).await.map_err(|error| error.to_string())?;
    let (sender, connection) = client::handshake(socket).await.map_err(told)?;
    let driver = tokio::spawn(async move { connection.await.unwrap_or_default() });
    let mut held = Vec::new();
    for _ in 0..streams.max(1) {
        let mut ready = sender.clone().ready().await.map_err(told)?;
        let (answer, mut body) = ready.send_request(request.clone(), question.is_none()).map_err(told)?;
        if let Some(question) = question {
            body.send_data(question.clone(), true).map_err(told)?;
        }
        let answer = answer.await.map_err(told)?;
        if !answer.status().is_success() || answer.headers().contains_key("grpc-status") {
            return Err(format!("a stream was answered {answer:?}"));
        }
        let mut body = answer.into_body();
        if let Some(first) = body.data().await.transpose().map_err(told)? {
            body.flow_control().release_capacity(first.len()).map_err(told)?;
        }
        held.push(body);
    }
    if streams == 0 {
        held.clear();
    }
    Ok(Held { _sender: sender, _streams: held, _driver: AbortOnDropHandle::new(driver) })
}

/// Raises this process's own bound on open files as far as it may; whether that is enough.
fn may_open(files: u64) -> bool {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What is not raised is as it was.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.is_none_or(|most| most >= files)
}
