//! A Stripe-compatible payment provider for development and tests, with fault knobs. See `README.md` for its endpoints,
//! test payment methods, faults and settings.

mod config;
pub use config::Config;

mod card;
mod currency;
mod event;
mod faults;
mod form;
mod idempotency;
mod intent;
mod refusal;
mod signature;

mod encode;
mod journal;
mod ledger;

mod api;
mod courier;
mod sandbox;

mod clock;
mod id;

pub mod process;

use std::{future::IntoFuture as _, io, sync::Arc, time::Duration};

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use courier::Courier;
use event::Standing;
use journal::Journal;
use ledger::Ledger;
use sandbox::{Sandbox, Target};

/// How long calls under way may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// What keeps payment-sandbox from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The state file can't be used.
    #[error("SANDBOX_STATE_FILE: {0}")]
    State(#[from] journal::JournalError),
    /// The client that posts webhooks can't be built.
    #[error("the webhook client: {0}")]
    Client(#[from] reqwest::Error),
    /// The server failed.
    #[error("the server: {0}")]
    Server(#[from] io::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let memory = match &config.sandbox_state_file {
        Some(path) => Journal::open(path).map(|(journal, ledger)| (Some(journal), ledger))?,
        None => (None, Ledger::default()),
    };
    let public_url = match &config.sandbox_public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let home = Target { url: config.sandbox_webhook_url, secret: config.sandbox_webhook_secret };
    let sandbox = Arc::new(Sandbox::new((config.sandbox_api_key, public_url, home), Courier::new()?, memory));
    if let Ok(count @ 1..) = sandbox.send_again(|event| event.standing == Standing::Waiting) {
        tracing::info!(count, "sending the webhooks that were left over");
    }

    let listener = listener.tap_io(|connection| {
        // Small answers must not wait for the receiver's acknowledgement; without this they are slower, not wrong.
        let _ = connection.set_nodelay(true);
    });
    let router = api::router(Arc::clone(&sandbox), shutdown.clone());
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let cut_short = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN_MAX).await;
    };
    let served = tokio::select! {
        served = served.into_future() => served,
        () = cut_short => {
            tracing::warn!("stopped while calls were under way");
            Ok(())
        }
    };
    sandbox.courier.stop().await;
    Ok(served?)
}
