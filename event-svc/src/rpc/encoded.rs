//! The two RPCs whose answers are encoded once for many callers: sent as they are. All others go to the generated service.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt as _, StreamExt as _};
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{BufferSettings, Codec, EncodeBuf, Encoder},
    codegen::{BoxFuture, BoxStream, Bytes, Service, http},
    server::{Grpc, NamedService, ServerStreamingService},
};
use tonic_prost::ProstDecoder;
use usher::{
    contract::event::{WatchSeatsRequest, event_service_server::EventServiceServer},
    encoded,
};

use super::{Events, get_event, watch_seats};

const GET_EVENT: &str = "/usher.event.v1.EventService/GetEvent";
const WATCH_SEATS: &str = "/usher.event.v1.EventService/WatchSeats";

/// The contract's service.
#[derive(Clone)]
pub struct EncodedService {
    events: Arc<Events>,
    generated: EventServiceServer<Events>,
}

impl EncodedService {
    /// Serves `events`.
    pub fn new(events: Events) -> Self {
        let events = Arc::new(events);
        Self { generated: EventServiceServer::from_arc(Arc::clone(&events)), events }
    }
}

impl NamedService for EncodedService {
    const NAME: &'static str = <EventServiceServer<Events> as NamedService>::NAME;
}

impl Service<http::Request<Body>> for EncodedService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let events = Arc::clone(&self.events);
        match request.uri().path() {
            GET_EVENT => Box::pin(async move {
                Ok(encoded::unary(request, |question| async move { Ok(get_event::handle(&events, question).await?) })
                    .await)
            }),
            WATCH_SEATS => Box::pin(async move {
                Ok(Grpc::new(BytesCodec::default()).server_streaming(WatchSeats(events), request).await)
            }),
            _ => self.generated.call(request),
        }
    }
}

struct WatchSeats(Arc<Events>);

impl ServerStreamingService<WatchSeatsRequest> for WatchSeats {
    type Response = Bytes;
    type ResponseStream = BoxStream<Bytes>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<WatchSeatsRequest>) -> Self::Future {
        let events = Arc::clone(&self.0);
        async move { Ok(Response::new(watch_seats::handle(&events, request).await?.into_stream().boxed())) }.boxed()
    }
}

/// Answers are bytes; requests are decoded as ever.
struct BytesCodec<D>(std::marker::PhantomData<D>);

impl<D> Default for BytesCodec<D> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<D: prost::Message + Default + Send + 'static> Codec for BytesCodec<D> {
    type Encode = Bytes;
    type Decode = D;
    type Encoder = BytesEncoder;
    type Decoder = ProstDecoder<D>;

    fn encoder(&mut self) -> BytesEncoder {
        BytesEncoder
    }

    fn decoder(&mut self) -> ProstDecoder<D> {
        usher::codec::decoder()
    }
}

struct BytesEncoder;

impl Encoder for BytesEncoder {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(into, message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        usher::codec::buffers()
    }
}
