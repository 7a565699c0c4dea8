//! booking-svc: holds seats for an hour, books them against a payment, serves the box office and the door.

mod config;
pub use config::Config;

mod best;
mod best_round;
mod booking;
mod opening;
mod order;
mod pace;
mod policy;
mod reserve;
mod sales;
mod seat;
mod settling;
mod signature;
mod state;
pub mod ticket_token;
mod tickets;
mod token;

mod printed_ticket;
mod qr;

mod admission;
mod batches;
mod best_queue;
mod box_office;
mod callback;
mod cancel;
mod checkout;
mod funnel;
mod open;
mod provider;
mod reconciler;
mod refunding;
mod release;
mod reserve_queue;
mod seat_feed;
mod settle;
mod view;

#[cfg(test)]
mod model;

mod clock;
mod error;
mod rpc;
mod store;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

use std::{path::PathBuf, time::Duration};

use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};
use usher::{
    contract::booking::booking_service_server::BookingServiceServer,
    database::{Database, DatabaseConfig},
    feed,
    feed::Publisher,
    identity,
    pass::PassKeys,
    serving,
    signing::SigningKey,
    tls::{self, Mutual},
};

use best_queue::BestQueue;
use checkout::Checkout;
use provider::Provider;
use reserve::Rules;
use reserve_queue::ReserveQueue;

/// How long work that outlives its request may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// What keeps booking-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The admission key is missing or malformed.
    #[error("TICKET_SIGNING_KEY_FILE: {0}")]
    Key(#[from] usher::signing::Error),
    /// A key of earlier tickets is missing or malformed.
    #[error("TICKET_VERIFYING_KEY_FILES: {}: {error}", file.display())]
    VerifyingKey {
        /// The key's file.
        file: PathBuf,
        /// What is wrong with it.
        error: usher::signing::Error,
    },
    /// The provider's address or key is malformed.
    #[error("PAYMENT_URL, PAYMENT_API_KEY: {0}")]
    Provider(#[from] stripe::StripeError),
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
    funnel::count_from_zero();
    let tickets_key = SigningKey::from_file(&config.ticket_signing_key_file)?;
    let admitting_keys = admission::admitting_keys(&tickets_key, &config.ticket_verifying_key_files)
        .map_err(|(file, error)| ServeError::VerifyingKey { file, error })?;
    let provider = Provider::new(&config.payment_url, &config.payment_api_key, &config.payment_return_url)?;
    let (keys, following) = identity::follow_at(&config.account_url, &config.peers, tls.as_ref());
    let _following = AbortOnDropHandle::new(tokio::spawn(following));
    let database = Database::by_keys_planned_once(&config.database);
    let tasks = TaskTracker::new();
    let feed = Publisher::start(&config.feed, &tasks)?;

    let pause = TimeDelta::milliseconds(i64::try_from(config.reconcile_after_ms).unwrap_or(i64::MAX));
    // The workers of the queues have a connection each, beside those for all else: a rush to look, or to pay, must not
    // keep reserves waiting.
    let workers = config.reserve_workers + 3 * config.book_workers;
    let workers =
        DatabaseConfig { database_pool_size: workers, database_replica_url: Vec::new(), ..config.database.clone() };
    let workers = Database::by_keys_planned_once(&workers);
    let counter = checkout::Counter {
        database: workers.clone(),
        feed: feed.clone(),
        check_after: pause,
        workers: config.book_workers,
        waiting_max: config.book_queue_max,
        sharded: config.sharded_by_event,
    };
    let checkout = Checkout {
        database: database.clone(),
        feed: feed.clone(),
        provider,
        check_after: pause,
        openings: counter.openings(&tasks),
        news: counter.news(&tasks),
        callbacks: counter.callbacks(&tasks),
        sharded: config.sharded_by_event,
        tasks: tasks.clone(),
    };
    // It holds the feed, whose task ends with the last who could tell something.
    drop(counter);
    let queue = ReserveQueue::start(
        &workers,
        &feed,
        reserve_queue::Settings {
            workers: config.reserve_workers,
            waiting_max: config.reserve_queue_max,
            rules: Rules {
                hold_for: TimeDelta::seconds(config.hold_seconds.into()),
                held_seats_max: config.held_seats_max as usize,
            },
            sharded: config.sharded_by_event,
        },
        &tasks,
    );
    let best_queue = BestQueue::start(&database, &queue, &tasks);
    let looking = reconciler::Settings {
        every: Duration::from_millis(config.reconcile_every_ms),
        pause,
        undecided_seconds_max: config.payment_seconds_max.into(),
    };
    tasks.spawn(reconciler::run(checkout.clone(), looking, shutdown.clone()));

    let service = rpc::Booking {
        keys,
        database: database.clone(),
        feed,
        queue,
        best_queue,
        checkout,
        tickets_key,
        admitting_keys,
        webhook_secrets: config.payment_webhook_secrets.into(),
        passes: PassKeys::new(&config.passes),
    };
    tokio::join!(database.meet(), workers.meet());
    let served = serving::serve(&config.serving, tls, BookingServiceServer::new(service), listener, shutdown).await;
    // The last entrances to the queues are gone with the server: their workers end once they are empty.
    tasks.close();
    if tokio::time::timeout(DRAIN_MAX, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "stopped while payments were under way: the reconciler will take them up");
    }
    database.drain(DRAIN_MAX).await;
    Ok(served?)
}
