//! The services behind the edge: one channel each, and calls whose messages the contract describes at run time.

mod codec;

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use http::Uri;
use prost_reflect::DynamicMessage;
use tokio::time::timeout;
use tonic::{Request, Status, Streaming, client::Grpc, metadata::MetadataMap, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use usher::channel;

use crate::{config::Config, routes::Rpc};
use codec::DynamicCodec;

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
    pub(crate) fn new(config: &Config) -> Result<Self, tonic::transport::Error> {
        let urls: [(&str, &Uri); 4] = [
            ("account", &config.account_url),
            ("booking", &config.booking_url),
            ("event", &config.event_url),
            ("search", &config.search_url),
        ];
        let channels = urls.into_iter().map(|(name, url)| Ok((name, channel::lazy(&url.to_string())?)));
        Ok(Self { channels: channels.collect::<Result<_, _>>()? })
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
    ) -> Result<DynamicMessage, Status> {
        let (mut client, request, codec) = self.prepare(rpc, metadata, message, time)?;
        let call = async {
            client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            client.unary(request, rpc.path.clone(), codec).await
        };
        // From outside, too: a channel that is still connecting keeps no deadline.
        let answer = timeout(time, call).await.map_err(|_| Status::deadline_exceeded("no answer in time"))?;
        Ok(answer?.into_inner())
    }

    /// One message there, a stream back.
    pub(crate) async fn stream(
        &self,
        rpc: &Rpc,
        metadata: MetadataMap,
        message: DynamicMessage,
        opening: Duration,
    ) -> Result<Streaming<DynamicMessage>, Status> {
        // A stream lasts; only its opening has a deadline.
        let (mut client, mut request, codec) = self.prepare(rpc, metadata, message, opening)?;
        request.metadata_mut().remove("grpc-timeout");
        let call = async {
            client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            client.server_streaming(request, rpc.path.clone(), codec).await
        };
        let answer = timeout(opening, call).await.map_err(|_| Status::deadline_exceeded("no answer in time"))?;
        Ok(answer?.into_inner())
    }

    /// The services that do not serve now, by name.
    pub(crate) async fn missing(&self) -> Vec<&'static str> {
        let asked = self.channels.iter().map(async |(&name, channel)| {
            let mut health = HealthClient::new(channel.clone());
            let said = timeout(HEALTH_MAX, health.check(HealthCheckRequest::default())).await;
            let serves = said
                .is_ok_and(|said| said.is_ok_and(|said| said.into_inner().status == i32::from(ServingStatus::Serving)));
            (!serves).then_some(name)
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    fn prepare(
        &self,
        rpc: &Rpc,
        metadata: MetadataMap,
        message: DynamicMessage,
        time: Duration,
    ) -> Result<(Grpc<Channel>, Request<DynamicMessage>, DynamicCodec), Status> {
        let package = rpc.method.parent_file().package_name().split('.').nth(1).unwrap_or_default().to_owned();
        let channel = self.channels.get(package.as_str());
        let channel = channel.ok_or_else(|| Status::unimplemented(format!("no service for {package}")))?.clone();
        let mut request = Request::new(message);
        *request.metadata_mut() = metadata;
        request.set_timeout(time);
        Ok((
            Grpc::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX),
            request,
            DynamicCodec::new(rpc.method.output()),
        ))
    }
}
