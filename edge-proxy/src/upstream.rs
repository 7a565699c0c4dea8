//! The services behind the edge: one channel each, and calls whose messages the contract describes at run time.

mod codec;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;

use futures::future::join_all;
use http::{HeaderMap, Uri};
use prost_reflect::DynamicMessage;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tonic::{
    Request, Response, Status, Streaming, body::Body, client::Grpc, metadata::MetadataMap, transport::Channel,
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tower::ServiceExt as _;
use usher::{
    channel, serving,
    trace::{Kind, Span},
};

use crate::{config::Config, routes::Rpc};
use codec::ToBytes;

/// How long a service may take to say that it serves.
const HEALTH_MAX: Duration = Duration::from_secs(1);

/// The largest answer of a service, in bytes: a house of 20,000 seats with the longest of names passes.
const ANSWER_BYTES_MAX: usize = 32 << 20;

/// The services.
#[derive(Debug, Clone)]
pub(crate) struct Upstreams {
    /// By the package's own name: `booking` of `usher.booking.v1`.
    channels: BTreeMap<&'static str, Service>,
}

#[derive(Debug, Clone)]
struct Service {
    channel: Channel,
    /// Streams last, and a connection takes so many: each channel with its places.
    for_streams: Vec<(Channel, Arc<Semaphore>)>,
}

impl Service {
    fn new(url: &str, streams_max: usize) -> Result<Self, tonic::transport::Error> {
        let for_streams = (0..streams_max.div_ceil(channel::STREAMS_MAX))
            .map(|_| Ok((channel::lazy_for_streams(url)?, Arc::new(Semaphore::new(channel::STREAMS_MAX)))));
        Ok(Self { channel: channel::lazy(url)?, for_streams: for_streams.collect::<Result<_, _>>()? })
    }

    /// The first channel that has a place for a stream, so that few connections are made.
    fn place(&self) -> Option<(Channel, OwnedSemaphorePermit)> {
        let mut places = self.for_streams.iter();
        places.find_map(|(channel, places)| Some((channel.clone(), Arc::clone(places).try_acquire_owned().ok()?)))
    }
}

/// A stream of a service's answers, encoded, and its place on a connection.
#[derive(Debug)]
pub(crate) struct Answers {
    messages: Streaming<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Answers {
    /// The next message; `None` at the end.
    pub(crate) async fn message(&mut self) -> Result<Option<Bytes>, Status> {
        self.messages.message().await
    }
}

impl Upstreams {
    /// Channels to every service of the configuration. Connects to nothing yet.
    pub(crate) fn new(config: &Config) -> Result<Self, tonic::transport::Error> {
        let urls: [(&str, &Uri); 4] = [
            ("account", &config.account_url),
            ("booking", &config.booking_url),
            ("event", &config.event_url),
            ("search", &config.search_url),
        ];
        let channels = urls
            .into_iter()
            .map(|(name, url)| Ok((name, Service::new(&url.to_string(), config.streams_max as usize)?)));
        Ok(Self { channels: channels.collect::<Result<_, _>>()? })
    }

    /// The channel to account-svc, which publishes the token keys.
    pub(crate) fn accounts(&self) -> Option<Channel> {
        self.channels.get("account").map(|service| service.channel.clone())
    }

    /// One message there, one back.
    pub(crate) async fn unary(
        &self,
        rpc: &Rpc,
        metadata: MetadataMap,
        message: DynamicMessage,
        time: Duration,
    ) -> Result<Response<Bytes>, Status> {
        let (mut client, mut request) = prepare(self.service(rpc)?.channel.clone(), metadata, message, time);
        let span = calling(rpc, request.metadata_mut().as_mut());
        let call = async {
            client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            client.unary(request, rpc.path.clone(), ToBytes).await
        };
        // From outside, too: a channel that is still connecting keeps no deadline.
        let answered = timeout(time, span.around(call)).await;
        called(&span, answered.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time"))))
    }

    /// One message there, a stream back.
    pub(crate) async fn stream(
        &self,
        rpc: &Rpc,
        metadata: MetadataMap,
        message: DynamicMessage,
        opening: Duration,
    ) -> Result<Answers, Status> {
        // A stream lasts; only its opening has a deadline.
        let (channel, place) = self.service(rpc)?.place().ok_or_else(full)?;
        let (mut client, mut request) = prepare(channel, metadata, message, opening);
        request.metadata_mut().remove("grpc-timeout");
        let span = calling(rpc, request.metadata_mut().as_mut());
        let call = async {
            client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            client.server_streaming(request, rpc.path.clone(), ToBytes).await
        };
        let answered = timeout(opening, span.around(call)).await;
        let answer = called(&span, answered.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time"))))?;
        Ok(Answers { messages: answer.into_inner(), _place: place })
    }

    /// A call as it came; answers as it comes. For a stream also its place on the connection.
    pub(crate) async fn pass(
        &self,
        rpc: &Rpc,
        mut request: http::Request<Body>,
    ) -> Result<(http::Response<Body>, Option<OwnedSemaphorePermit>), Status> {
        let service = self.service(rpc)?;
        let (channel, place) = match rpc.method.is_server_streaming() {
            true => service.place().map(|(channel, place)| (channel, Some(place))).ok_or_else(full)?,
            false => (service.channel.clone(), None),
        };
        let span = calling(rpc, request.headers_mut());
        let answer = span.around(channel.oneshot(request)).await;
        let answer = called(&span, answer.map_err(|error| Status::from_error(error.into())))?;
        Ok((answer, place))
    }

    /// The services that do not serve now, by name.
    pub(crate) async fn missing(&self) -> Vec<&'static str> {
        let asked = self.channels.iter().map(async |(&name, service)| {
            let mut health = HealthClient::new(service.channel.clone());
            let said = timeout(HEALTH_MAX, health.check(HealthCheckRequest::default())).await;
            let serves = said
                .is_ok_and(|said| said.is_ok_and(|said| said.into_inner().status == i32::from(ServingStatus::Serving)));
            (!serves).then_some(name)
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    fn service(&self, rpc: &Rpc) -> Result<&Service, Status> {
        let file = rpc.method.parent_file();
        let package = file.package_name().split('.').nth(1).unwrap_or_default();
        self.channels.get(package).ok_or_else(|| Status::unimplemented(format!("no service for {package}")))
    }
}

fn prepare(
    channel: Channel,
    metadata: MetadataMap,
    message: DynamicMessage,
    time: Duration,
) -> (Grpc<Channel>, Request<DynamicMessage>) {
    let mut request = Request::new(message);
    *request.metadata_mut() = metadata;
    request.set_timeout(time);
    (Grpc::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX), request)
}

/// The span of a call that is about to be made with `headers`.
fn calling(rpc: &Rpc, headers: &mut HeaderMap) -> Span {
    let span = Span::child(Kind::Client, || rpc.path.path().trim_start_matches('/').to_owned().into());
    span.inject(headers);
    span
}

/// The answer to the call that `span` was made for, up to its head.
fn called<T>(span: &Span, answer: Result<T, Status>) -> Result<T, Status> {
    if let Err(status) = &answer
        && span.is_recorded()
    {
        let mut headers = HeaderMap::new();
        // A status that is no header has no code either.
        let _ = status.add_header(&mut headers);
        serving::describe(span, "", &headers);
    }
    span.end();
    answer
}

fn full() -> Status {
    Status::unavailable("no place for another stream")
}
