//! The sandbox's life as a process: parse, bind, serve until told to stop, leave with a code that says how it went.

use std::{io, process::ExitCode};

use clap::Parser as _;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::{Config, serve};

/// `EX_USAGE` of sysexits.h: the configuration is wrong, starting again will not help.
pub const EXIT_USAGE: u8 = 64;
/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";

/// Runs the sandbox until SIGINT or SIGTERM.
pub async fn run() -> ExitCode {
    let config = match Config::try_parse() {
        Ok(config) => config,
        Err(error) => {
            // Nowhere is left to report a closed terminal to.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(io::stderr).init();
    let address = config.listen_addr;
    let (listener, shutdown) = match (TcpListener::bind(address).await, until_signal()) {
        (Ok(listener), Ok(shutdown)) => (listener, shutdown),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%address, %error, "LISTEN_ADDR: can't listen");
            return ExitCode::FAILURE;
        }
    };
    tracing::info!(%address, "serving");
    match serve(config, listener, shutdown).await {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "failed");
            ExitCode::FAILURE
        }
    }
}

/// A token that SIGINT or SIGTERM cancels. The task behind it lives as long as the process.
fn until_signal() -> io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(token)
}
