//! Those who look at one event: through event-svc, and at a bare server that answers the same bytes and does nothing else.
//! Answers are counted, not read: what a caller makes of one is the caller's.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use futures::{FutureExt as _, future::BoxFuture};
use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    client,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::{Bytes, Service},
    server::{self, NamedService, UnaryService},
    transport::{Channel, Server, server::TcpIncoming},
};
use usher::contract::event::{GetEventRequest, WatchSeatsRequest};

use crate::{
    error::Error,
    line::{Line, Rpc},
    load::Answer,
};

const PATH: &str = "/usher.event.v1.EventService/GetEvent";
const WATCH: &str = "/usher.event.v1.EventService/WatchSeats";
/// A version and a flag; with a seat it is longer.
const HEARTBEAT_BYTES_MAX: usize = 16;

/// The connections of those who look.
pub struct Viewers {
    event: Vec<Line>,
    bare: Vec<Line>,
    /// The same at both.
    look: [Rpc; 2],
    question: Bytes,
    bytes: usize,
    _server: AbortOnDropHandle<()>,
}

impl Viewers {
    /// So many connections to event-svc at `url`, for this event, and to a bare server that answers as event-svc does now.
    pub async fn new(url: &str, connections: u16, event_id: i64) -> Result<Self, Error> {
        let question: Bytes = prost::Message::encode_to_vec(&GetEventRequest { event_id }).into();
        let all = |url: &str| (0..connections.max(1)).map(|_| Line::new(url)).collect::<Result<Vec<_>, _>>();
        let event = all(url)?;
        let look = Rpc::new(&event[0], PATH)?;
        let answer = event[0].ask(&look, None, &question).await.map_err(|status| Error::View(Box::new(status)))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let bare = all(&format!("http://{}", listener.local_addr()?))?;
        let look = [look, Rpc::new(&bare[0], PATH)?];
        let bytes = answer.len();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serving = Server::builder().add_service(Bare(answer)).serve_with_incoming(incoming);
        let server = tokio::spawn(serving.map(|_| ()));
        Ok(Self { event, bare, look, question, bytes, _server: AbortOnDropHandle::new(server) })
    }

    /// Looks at the event.
    pub async fn view(&self, caller: usize) -> Answer {
        self.look(&self.event, &self.look[0], caller).await
    }

    /// Gets the same bytes from the bare server.
    pub async fn same_bytes(&self, caller: usize) -> Answer {
        self.look(&self.bare, &self.look[1], caller).await
    }

    async fn look(&self, at: &[Line], rpc: &Rpc, caller: usize) -> Answer {
        match at[caller % at.len()].ask(rpc, None, &self.question).await {
            Ok(answer) if answer.len() == self.bytes => Answer::Good,
            Ok(answer) => Answer::Failed(format!("{} bytes instead of {}", answer.len(), self.bytes)),
            Err(status) => status.into(),
        }
    }
}

/// A stream of an event's updates.
pub trait Updates {
    /// Waits for an update; answers whether it brings seats, and `None` at the end. A snapshot is not read: that is the
    /// caller's.
    fn next(&mut self) -> impl Future<Output = Result<Option<bool>, String>> + Send;
}

/// Begins to watch over gRPC.
pub async fn watch(channel: Channel, event_id: i64) -> Result<impl Updates, String> {
    let question = prost::Message::encode_to_vec(&WatchSeatsRequest { event_id, after_version: 0 }).into();
    let mut grpc = client::Grpc::new(channel);
    grpc.ready().await.map_err(|error| error.to_string())?;
    let opened = grpc.server_streaming(Request::new(question), PathAndQuery::from_static(WATCH), Raw).await;
    Ok(opened.map_err(|status| status.to_string())?.into_inner())
}

impl Updates for Streaming<Bytes> {
    async fn next(&mut self) -> Result<Option<bool>, String> {
        let update = self.message().await.map_err(|status| status.to_string())?;
        Ok(update.map(|update| update.len() > HEARTBEAT_BYTES_MAX))
    }
}

/// Answers every call with the same bytes.
#[derive(Clone)]
struct Bare(Bytes);

impl NamedService for Bare {
    const NAME: &'static str = "usher.event.v1.EventService";
}

impl Service<http::Request<Body>> for Bare {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let bare = self.clone();
        async move { Ok(server::Grpc::new(Raw).unary(bare, request).await) }.boxed()
    }
}

impl UnaryService<Bytes> for Bare {
    type Response = Bytes;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.clone()))).boxed()
    }
}

/// Messages as they are encoded.
#[derive(Clone)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(into, message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let all = bytes::Buf::remaining(from);
        Ok(Some(bytes::Buf::copy_to_bytes(from, all)))
    }
}
