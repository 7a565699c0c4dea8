//! A service's life as a process: parse, bind, serve until told to stop, leave with a code that says how it went.

use std::{fmt::Display, io, net::SocketAddr, process::ExitCode};

use clap::Parser;
use opentelemetry::metrics::Meter;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{config, metrics, telemetry};

/// How many connections may wait to be taken, as far as the system lets them (`net.core.somaxconn`). The standard library's
/// 128 are gone when a sale opens, and whoever finds no place tries again after a second.
const WAITING_MAX: u32 = 4_096;

/// Where a process listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// What it serves.
    pub serving: SocketAddr,
    /// Where Prometheus fetches its metrics; without it nothing is counted.
    pub metrics: Option<SocketAddr>,
}

/// Runs `serve` as the whole of a process named `name`: reads its configuration (a wrong one exits 64 and says which
/// variable), starts logging, counting and whatever else is told of a process, binds what `addresses` picks from the configuration, and cancels the token
/// that `serve` gets on SIGINT or SIGTERM.
pub async fn run<C, E, F>(name: &'static str, addresses: fn(&C) -> Addresses, serve: F) -> ExitCode
where
    C: Parser,
    E: Display,
    F: AsyncFnOnce(C, TcpListener, CancellationToken) -> Result<(), E>,
{
    let config = match config::parse::<C>() {
        Ok(config) => config,
        Err(code) => return code,
    };
    let telemetry = telemetry::start(name);
    let ended = live(name, config, addresses, serve, telemetry.meter()).await;
    // Also what was said of the end.
    telemetry.end().await;
    ended
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A process that was just stopped leaves connections behind that hold the address for a while.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

async fn live<C, E, F>(
    name: &'static str,
    config: C,
    addresses: fn(&C) -> Addresses,
    serve: F,
    meter: Option<Meter>,
) -> ExitCode
where
    E: Display,
    F: AsyncFnOnce(C, TcpListener, CancellationToken) -> Result<(), E>,
{
    let Addresses { serving: address, metrics } = addresses(&config);
    // Before anything can be counted.
    let metrics = match metrics::start(metrics, meter) {
        Ok(exporter) => exporter,
        Err(error) => {
            tracing::error!(service = name, %error, "METRICS_ADDR: can't listen");
            return ExitCode::FAILURE;
        }
    };
    let _metrics = metrics.map(|exporter| AbortOnDropHandle::new(tokio::spawn(exporter)));
    let (listener, shutdown) = match (listen(address), until_signal()) {
        (Ok(listener), Ok(shutdown)) => (listener, shutdown),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(service = name, %address, %error, "can't listen");
            return ExitCode::FAILURE;
        }
    };
    tracing::info!(service = name, %address, "serving");
    match serve(config, listener, shutdown).await {
        Ok(()) => {
            tracing::info!(service = name, "stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(service = name, %error, "failed");
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
