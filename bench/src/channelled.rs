//! Calls through a channel, as the edge makes them: it gives an instance no more calls than it is to have at once, and
//! refuses the rest itself. Dearer than a [`crate::line::Line`], and how booking-svc is called where it is deployed.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::{BodyExt as _, Full};
use tonic::{Status, body::Body, codegen::Service as _};
use usher::{
    channel::{Channel, ChannelConfig, Target, use_line},
    contract::booking::booking_service_server::SERVICE_NAME,
};

use crate::{
    error::Error,
    line::{Rpc, answered, framed},
};

/// Has each thread of the runtime call over connections of its own, as the edge's threads do. Goes at a thread's start.
pub fn use_own_line() {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    use_line(1 + THREADS.fetch_add(1, Ordering::Relaxed));
}

/// A channel to booking-svc at `url` (`http://host:port`).
pub fn channel(url: &str, config: &ChannelConfig) -> Result<Channel, Error> {
    Ok(Channel::new("booking-svc", SERVICE_NAME, &url.parse::<Target>()?, config, None))
}

/// Asks `rpc`, with a token where there is one. Messages are bytes.
pub async fn ask(channel: &Channel, rpc: &Rpc, bearer: Option<&HeaderValue>, question: &[u8]) -> Result<Bytes, Status> {
    let request = rpc.request(bearer).map(|()| Body::new(Full::new(framed(question))));
    let Ok(answer) = channel.clone().call(request).await;
    if let Some(status) = Status::from_header_map(answer.headers()) {
        return Err(status);
    }
    let body = answer.into_body().collect().await?;
    let trailers = body.trailers().cloned();
    answered(body.to_bytes(), trailers.as_ref())
}
