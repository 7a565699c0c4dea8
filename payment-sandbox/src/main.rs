//! A Stripe-compatible payment provider for development and tests, with fault knobs.

use std::process::ExitCode;

use clap::Parser as _;
use payment_sandbox::{Config, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// `EX_USAGE` of sysexits.h: the configuration is wrong, starting again will not help.
const EXIT_USAGE: u8 = 64;

#[tokio::main]
async fn main() -> ExitCode {
    let config = match Config::try_parse() {
        Ok(config) => config,
        Err(error) => {
            // Nowhere is left to report a closed terminal to.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "failed");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), String> {
    let address = config.listen_addr;
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|error| format!("LISTEN_ADDR: can't listen at {address}: {error}"))?;
    let on = |kind| signal(kind).map_err(|error| format!("can't wait for signals: {error}"));
    let (mut interrupt, mut terminate) = (on(SignalKind::interrupt())?, on(SignalKind::terminate())?);
    let shutdown = CancellationToken::new();
    let until_signal = async {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        shutdown.cancel();
        std::future::pending().await
    };
    tracing::info!(%address, "serving");
    tokio::select! {
        served = serve(config, listener, shutdown.clone()) => served.map_err(|error| error.to_string()),
        never = until_signal => never,
    }
}
