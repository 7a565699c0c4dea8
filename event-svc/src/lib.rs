//! event-svc: shows events and their seats to everybody; lets admins add and change theatres, events and tickets.

mod config;
pub use config::Config;

mod event;
mod seat;
mod text;
mod theater;
mod ticket_prices;

mod edit_event;
mod edit_theater;
mod edit_tickets;
mod view;

mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use usher::{
    channel, contract::event::event_service_server::EventServiceServer, database::Database, identity, serving,
};

/// How long an edit that outlives its request may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// What keeps event-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// account-svc's address is malformed.
    #[error("ACCOUNT_URL: {0}")]
    Account(#[from] tonic::transport::Error),
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let (keys, following) = identity::follow(channel::lazy(&config.account_url)?);
    let _following = AbortOnDropHandle::new(tokio::spawn(following));
    let database = Database::new(&config.database);
    let service = rpc::Events { keys, database: database.clone(), default_price: config.default_price };
    let served = serving::serve(&config.serving, EventServiceServer::new(service), listener, shutdown).await;
    database.drain(DRAIN_MAX).await;
    Ok(served?)
}
