//! A gRPC server as every service runs it: health, reflection, a guard before every call, an orderly end.

mod calls;
mod direct;
mod guard;
mod outcome;

pub use calls::Calls;
pub use guard::{Deadline, timeout};

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use clap::Args;
use futures::TryStreamExt as _;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    codegen::{Service, http},
    server::NamedService,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{contract, corked::Corked, lifecycle::Addresses};
use direct::DirectLayer;
use guard::GuardLayer;

/// An idle peer that is gone without a word is noticed after this.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);

/// The most calls under way on one connection; a caller's further ones wait at its end. h2 allows small frames that
/// nobody has read yet for half of a connection's window (1 MiB), 256 bytes each, and ends the connection beyond that,
/// with every call on it: a busy server must not come to that.
const STREAMS_MAX: u32 = 2_048;

/// How a service is served.
#[derive(Debug, Clone, Args)]
pub struct ServingConfig {
    /// Where to listen: `address:port`.
    #[arg(long, env)]
    pub listen_addr: SocketAddr,
    /// Where Prometheus fetches metrics (`GET /metrics`): `address:port`, for nobody else. Without it nothing is counted.
    #[arg(long, env)]
    pub metrics_addr: Option<SocketAddr>,
    /// The most calls under way at once; more are answered UNAVAILABLE with `RetryInfo`.
    #[arg(long, env, default_value_t = 2_048, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub concurrency_max: u32,
    /// The longest a call may take, in milliseconds, whatever its own deadline says.
    #[arg(long, env, default_value_t = 15_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub deadline_ms_max: u64,
    /// How long to answer `NOT_SERVING` before the end, in milliseconds, so that callers go elsewhere first.
    #[arg(long, env, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub drain_notice_ms: u64,
    /// How long calls under way may take to end, in milliseconds.
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub drain_ms_max: u64,
}

impl ServingConfig {
    /// Where the process listens.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        Addresses { serving: self.listen_addr, metrics: self.metrics_addr }
    }
}

/// What ended a server before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The transport failed.
    #[error("the server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors don't fit reflection.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The listener has no address.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
    /// The server's task stopped.
    #[error("the server stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

/// Serves `service` on `listener` until `shutdown` is cancelled, then drains: `NOT_SERVING`, notice, calls under way.
pub async fn serve<S>(
    config: &ServingConfig,
    service: S,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), Error>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let (health, health_service) = tonic_health::server::health_reporter();
    report::<S>(&health, ServingStatus::Serving).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(contract::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let routes = Routes::new(health_service).add_service(reflection);

    let closed = CancellationToken::new();
    let mut server = tokio::spawn(
        Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
            .max_concurrent_streams(STREAMS_MAX)
            // Outermost: what is shed costs nothing further in; what times out is answered in our own words.
            .layer(GuardLayer::new(config))
            .layer(DirectLayer::new(service))
            .add_routes(routes)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)).map_ok(Corked::new),
                closed.clone().cancelled_owned(),
            ),
    );
    tokio::select! {
        ended = &mut server => return Ok(ended??),
        () = shutdown.cancelled() => {}
    }
    report::<S>(&health, ServingStatus::NotServing).await;
    sleep(Duration::from_millis(config.drain_notice_ms)).await;
    closed.cancel();
    // An open stream (a health watch is enough) would hold the server for ever: the drain is bounded.
    if let Ok(ended) = tokio::time::timeout(Duration::from_millis(config.drain_ms_max), &mut server).await {
        return Ok(ended??);
    }
    tracing::warn!("calls were still under way at the end of the drain");
    server.abort();
    Ok(())
}

/// The service `""` stands for the whole server; probes ask for it, balancers for the service by name.
async fn report<S: NamedService>(health: &HealthReporter, status: ServingStatus) {
    health.set_service_status("", status).await;
    health.set_service_status(S::NAME, status).await;
}
