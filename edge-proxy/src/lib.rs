//! edge-proxy: the only public door. Everything it knows of the RPCs comes from the contract's descriptors; it knows
//! none by name, owns no table, and decides nothing about seats or money.

mod config;
pub use config::{Config, LimitConfig, ProxyHeader, TlsConfig};

mod descriptors;
mod routes;
mod transcode;

mod access;
mod address;
mod limits;
mod request;
mod upstream;

mod body;
mod grpc;
mod refusal;
mod rest;

mod openapi;
mod pages;
mod probes;
mod reference;
pub use reference::api_reference;
mod surface;
mod web;

mod door;
mod server;
mod traffic;

#[cfg(test)]
mod conformance;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use usher::{
    identity,
    limit::{self, Limiter},
    tls::{self, Mutual},
};

use descriptors::Descriptors;
use door::Door;
use grpc::Grpc;
use limits::Limits;
use pages::Pages;
use rest::{Answers, Rest};
use routes::RouteTable;
use traffic::Traffic;
use upstream::Upstreams;
use web::Web;

/// What keeps the edge from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The contract makes no routes: a defect of the build.
    #[error("the contract: {0}")]
    Routes(#[from] routes::Error),
    /// The contract can't be read: a defect of the build.
    #[error("the contract: {0}")]
    Descriptors(#[from] descriptors::Error),
    /// The door's certificate is none.
    #[error("LISTEN_CERT_FILE, LISTEN_KEY_FILE: {0}")]
    Tls(#[from] tls::Error),
    /// The edge's certificate among the parts of Usher is none.
    #[error("TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE: {0}")]
    MeshTls(tls::Error),
    /// The web client can't be served.
    #[error(transparent)]
    Web(#[from] web::Error),
    /// Redis's address makes no sense.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] limit::MalformedUrl),
    /// The folder of the page at `/docs` can't be read.
    #[error("DOCS_DIR: {0}: run edge-proxy/docs-page/build, or leave it out")]
    Docs(std::io::Error),
    /// The system gives no threads.
    #[error("can't start threads: {0}")]
    Threads(std::io::Error),
    /// No service publishes the token keys.
    #[error("the contract has no account service")]
    NoAccounts,
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let contract = Descriptors::load()?;
    let routes = Arc::new(RouteTable::derive(&contract)?);
    let mesh_tls = Mutual::new(&config.mesh_tls).map_err(ServeError::MeshTls)?;
    let upstreams = Upstreams::new(&config, mesh_tls.as_ref());
    let (keys, following) = identity::follow(upstreams.accounts().ok_or(ServeError::NoAccounts)?);
    let _following = AbortOnDropHandle::new(tokio::spawn(following));
    let (limiter, telling) = Limiter::start(&config.limits.shared)?;
    let _telling = AbortOnDropHandle::new(tokio::spawn(telling));
    let limits = Arc::new(Limits::new(&config.limits, limiter));
    let tls = server::Tls::new(&config.tls)?;
    let pages = Pages::new(&contract, &routes, config.docs_dir.as_deref()).map_err(ServeError::Docs)?;
    let web = Web::load(&config)?;
    let grpc = Grpc {
        requests: Arc::new(Semaphore::new(config.concurrency_max as usize)),
        streams: Arc::new(Semaphore::new(config.streams_max as usize)),
        config: config.clone(),
        keys: keys.clone(),
        upstreams: upstreams.clone(),
        closing: CancellationToken::new(),
    };
    let door = Door {
        pages,
        web,
        limits,
        traffic: Traffic::new(&routes),
        rest: Rest {
            requests: Arc::clone(&grpc.requests),
            streams: Arc::clone(&grpc.streams),
            config: config.clone(),
            routes,
            keys,
            upstreams,
            answers: Answers::new(),
            closing: grpc.closing.clone(),
        },
        grpc,
        ending: CancellationToken::new(),
    };
    server::serve(&config, Arc::new(door), tls, listener, shutdown).await.map_err(ServeError::Threads)
}
