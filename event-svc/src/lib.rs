//! event-svc: shows events and their seats to everybody; lets admins add and change theatres, events and tickets.

mod config;
pub use config::Config;

mod board;
mod event;
pub use event::WaitingRoom;
mod place;
mod seat;
mod text;
mod theater;
mod ticket_prices;

mod edit_event;
mod edit_theater;
mod edit_tickets;
pub mod line;
mod live;
mod seat_feed;
mod view;

mod clock;
mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};
use usher::{
    database::Database,
    feed::{self, Follower, Publisher},
    identity,
    pass::PassKeys,
    serving,
    tls::{self, Mutual},
};

use line::Lines;
use live::Live;

/// How long an edit that outlives its request may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// What keeps event-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Redis's address is malformed.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] feed::MalformedUrl),
    /// The certificate among the parts of Usher is none.
    #[error("TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE: {0}")]
    Tls(#[from] tls::Error),
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let tls = Mutual::new(&config.serving.tls)?;
    let (keys, following) = identity::follow_at(&config.account_url, &config.peers, tls.as_ref());
    let _following = AbortOnDropHandle::new(tokio::spawn(following));
    let database = Database::new(&config.database);
    // Streams end with the shutdown: they would hold the server for as long as it may drain. Whoever still asks is answered.
    let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
    let publisher = Publisher::start(&config.feed, &tasks)?;
    let live = Live::new(database.clone(), config.live(), publisher, tasks.clone(), shutdown.clone(), ending.clone());
    tasks.spawn(seat_feed::follow(Follower::new(&config.feed)?, live.clone(), ending.clone()));
    let pass_for = Duration::from_secs(config.waiting_room_pass_seconds);
    let lines = config.feed.redis_url.as_ref().map(|url| Lines::new(url, pass_for)).transpose()?;
    let service = rpc::Events {
        keys,
        database: database.clone(),
        live,
        default_price: config.default_price,
        passes: PassKeys::new(&config.passes),
        lines,
    };
    database.meet().await;
    let served = serving::serve(&config.serving, tls, rpc::service(service), listener, shutdown).await;
    ending.cancel();
    tasks.close();
    if tokio::time::timeout(DRAIN_MAX, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "stopped while events were still read");
    }
    database.drain(DRAIN_MAX).await;
    Ok(served?)
}
