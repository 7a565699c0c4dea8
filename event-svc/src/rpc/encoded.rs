//! The two RPCs whose answers are encoded once for many callers: sent as they are. All others go to the generated service.

use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _};
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{BufferSettings, Codec, EncodeBuf, Encoder},
    codegen::{BoxFuture, BoxStream, Bytes, Service as _, http},
    server::{Grpc, ServerStreamingService},
};
use tonic_prost::ProstDecoder;
use usher::{
    contract::event::{WatchSeatsRequest, event_service_server::EventServiceServer},
    encoded::{self, Answering, Before},
};

use super::{Events, get_event, watch_seats};

const GET_EVENT: &str = "/usher.event.v1.EventService/GetEvent";
const WATCH_SEATS: &str = "/usher.event.v1.EventService/WatchSeats";

type Generated = EventServiceServer<Events>;

/// The contract's service.
pub fn service(events: Events) -> Before<Generated, impl Fn(&mut Generated, http::Request<Body>) -> Answering + Clone> {
    let events = Arc::new(events);
    Before::new(Generated::from_arc(Arc::clone(&events)), move |generated, request| {
        let events = Arc::clone(&events);
        match request.uri().path() {
            GET_EVENT => Box::pin(async move {
                Ok(encoded::unary(request, |question| async move { Ok(get_event::handle(&events, question).await?) })
                    .await)
            }),
            WATCH_SEATS => Box::pin(async move {
                Ok(Grpc::new(BytesCodec::default()).server_streaming(WatchSeats(events), request).await)
            }),
            _ => generated.call(request),
        }
    })
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
