//! The services behind the edge: one channel each, and calls whose messages the contract describes at run time. Who of a
//! service's instances is called, and whether again, is the channel's affair.

mod codec;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use futures::future::join_all;
use http::HeaderMap;
use prost_reflect::DynamicMessage;
use tokio::time::timeout;
use tonic::{Request, Response, Status, Streaming, body::Body, client::Grpc, metadata::MetadataMap};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tower::ServiceExt as _;
use usher::{
    channel::Channel,
    contract::{
        account::account_service_server, booking::booking_service_server, event::event_service_server,
        search::search_service_server,
    },
    serving,
    tls::Mutual,
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
    channels: BTreeMap<&'static str, Channel>,
}

impl Upstreams {
    /// Channels to every service of the configuration. Connects to nothing yet.
    pub(crate) fn new(config: &Config, tls: Option<&Mutual>) -> Self {
        let services = [
            ("account", "account-svc", account_service_server::SERVICE_NAME, &config.account_url),
            ("booking", "booking-svc", booking_service_server::SERVICE_NAME, &config.booking_url),
            ("event", "event-svc", event_service_server::SERVICE_NAME, &config.event_url),
            ("search", "search-svc", search_service_server::SERVICE_NAME, &config.search_url),
        ];
        let channels = services
            .map(|(package, name, service, url)| (package, Channel::new(name, service, url, &config.peers, tls)));
        Self { channels: channels.into() }
    }

    /// The channel to account-svc, which publishes the token keys.
    pub(crate) fn accounts(&self) -> Option<Channel> {
        self.channels.get("account").cloned()
    }

    /// One message there, one back.
    pub(crate) async fn unary(
        &self,
        rpc: &Rpc,
        metadata: MetadataMap,
        message: DynamicMessage,
        time: Duration,
    ) -> Result<Response<Bytes>, Status> {
        let (mut client, mut request) = prepare(self.service(rpc)?.clone(), metadata, message, time);
        let span = calling(rpc, request.metadata_mut().as_mut());
        let call = async {
            let Ok(()) = client.ready().await;
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
    ) -> Result<Streaming<Bytes>, Status> {
        // A stream lasts; only its opening has a deadline.
        let (mut client, mut request) = prepare(self.service(rpc)?.clone(), metadata, message, opening);
        request.metadata_mut().remove("grpc-timeout");
        let span = calling(rpc, request.metadata_mut().as_mut());
        let call = async {
            let Ok(()) = client.ready().await;
            client.server_streaming(request, rpc.path.clone(), ToBytes).await
        };
        let answered = timeout(opening, span.around(call)).await;
        let answer = called(&span, answered.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time"))))?;
        Ok(answer.into_inner())
    }

    /// A call as it came; answers as it comes.
    pub(crate) async fn pass(
        &self,
        rpc: &Rpc,
        mut request: http::Request<Body>,
    ) -> Result<http::Response<Body>, Status> {
        let service = self.service(rpc)?.clone();
        let span = calling(rpc, request.headers_mut());
        let Ok(answer) = span.around(service.oneshot(request)).await;
        called(&span, Ok(answer))
    }

    /// The services that do not serve now, by name.
    pub(crate) async fn missing(&self) -> Vec<&'static str> {
        let asked = self.channels.iter().map(async |(&name, service)| {
            let mut health = HealthClient::new(service.clone());
            let said = timeout(HEALTH_MAX, health.check(HealthCheckRequest::default())).await;
            let serves = said
                .is_ok_and(|said| said.is_ok_and(|said| said.into_inner().status == i32::from(ServingStatus::Serving)));
            (!serves).then_some(name)
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    fn service(&self, rpc: &Rpc) -> Result<&Channel, Status> {
        let package = rpc.package.as_str();
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
