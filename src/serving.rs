//! A gRPC server as every service runs it: health, reflection, a guard before every call, an orderly end.

mod callers;
mod calls;
mod direct;
mod guard;
mod incoming;
mod isolation;
mod outcome;
#[cfg(test)]
mod tests;

pub use calls::{Calls, describe};
pub use guard::{Deadline, timeout};
pub use isolation::{Panicked, isolated};

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use clap::Args;
use futures::TryStreamExt as _;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tonic::{
    body::Body,
    codegen::{Service, http},
    server::NamedService,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::{Health, HealthServer},
    server::HealthReporter,
};

use crate::{
    channel, contract,
    corked::Corked,
    lifecycle::Addresses,
    tls::{Mutual, MutualConfig},
};
use callers::CallersLayer;
use direct::DirectLayer;
use guard::GuardLayer;
use incoming::Incoming;

/// An idle peer that is gone without a word is noticed after this.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);

/// The most calls under way on one connection; a caller's further ones wait at its end. h2 allows small frames that
/// nobody has read yet for half of a connection's window (1 MiB), 256 bytes each, and ends the connection beyond that,
/// with every call on it: a busy server must not come to that. Twice the streams that a channel has on one, which last: they
/// must never wait for a place.
const STREAMS_MAX: u32 = 2 * channel::STREAMS_MAX;

/// The most calls of one connection that were given up before they were begun. Beyond that h2 ends the connection, with every
/// call on it, and begins to do so at 20: no more than a caller sends in the moment in which packets arrive that were held up.
/// The edge's limit for clients is another matter, and stays: one connection here has the calls of many.
const GIVEN_UP_MAX: usize = STREAMS_MAX as usize;

/// How a service is served.
#[derive(Debug, Clone, Args)]
pub struct ServingConfig {
    /// Where to listen: `address:port`.
    #[arg(long, env)]
    pub listen_addr: SocketAddr,
    /// Where Prometheus fetches metrics (`GET /metrics`): `address:port`, for nobody else. Without it nothing is counted.
    #[arg(long, env)]
    pub metrics_addr: Option<SocketAddr>,
    /// Where probes ask for health by gRPC without TLS: `address:port`. Needed where calls are TLS: a kubelet shows no
    /// certificate.
    #[arg(long, env)]
    pub probe_addr: Option<SocketAddr>,
    /// Whether callers prove who they are.
    #[command(flatten)]
    pub tls: MutualConfig,
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
    /// The probes' address is taken.
    #[error("PROBE_ADDR: {0}")]
    Probes(std::io::Error),
    /// The listener has no address.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
    /// The server's task stopped.
    #[error("the server stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

/// Serves `service` on `listener` until `shutdown` is cancelled, then drains: `NOT_SERVING`, notice, calls under way. With
/// `tls` only for parts of Usher that prove who they are.
pub async fn serve<S>(
    config: &ServingConfig,
    tls: Option<Mutual>,
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
    let _probes = probes(config, health_service.clone()).await?;
    let routes = Routes::new(health_service).add_service(reflection);

    let closed = CancellationToken::new();
    let server = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_pending_accept_reset_streams(Some(GIVEN_UP_MAX))
        // Outermost: what is shed costs nothing further in; what times out, or panics, is answered in our own words.
        .layer(GuardLayer::new(config))
        // Within it, so that what it refuses is counted.
        .layer(CallersLayer { are_known: tls.is_some() })
        .layer(DirectLayer::new(service))
        .add_routes(routes);
    let until = closed.clone().cancelled_owned();
    let mut server = match tls {
        None => {
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true)).map_ok(Corked::new);
            tokio::spawn(server.serve_with_incoming_shutdown(incoming, until))
        }
        Some(tls) => tokio::spawn(server.serve_with_incoming_shutdown(Incoming::new(listener, tls), until)),
    };
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

/// Answers probes, where they have an address of their own, until it is dropped.
async fn probes<H>(config: &ServingConfig, health: HealthServer<H>) -> Result<Option<AbortOnDropHandle<()>>, Error>
where
    H: Health,
{
    let Some(address) = config.probe_addr else { return Ok(None) };
    let listener = TcpListener::bind(address).await.map_err(Error::Probes)?;
    let server = Server::builder().add_service(health).serve_with_incoming(TcpIncoming::from(listener));
    let answering = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "probes are no longer answered");
        }
    });
    Ok(Some(AbortOnDropHandle::new(answering)))
}

/// The service `""` stands for the whole server; probes ask for it, balancers for the service by name.
async fn report<S: NamedService>(health: &HealthReporter, status: ServingStatus) {
    health.set_service_status("", status).await;
    health.set_service_status(S::NAME, status).await;
}
