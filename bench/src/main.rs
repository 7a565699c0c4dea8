//! Measures Usher's reserve path beside its peers, all on this machine and in one run: `pgbench` with the same work, an
//! empty call, the bare statements. Figures of different runs or machines can't be compared; the ratios of one run can.

mod config;
mod error;

mod cores;
mod memory;
mod site;

mod callers;
mod channelled;
mod collector;
mod echo;
mod gateways;
mod house;
mod http1;
mod line;
mod load;
mod mixture;
mod passers;
mod pgbench;
mod searchers;
mod seats;
mod sse;
mod store;
mod viewers;

mod goals;
mod report;
mod rounds;
mod row;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use config::Config;
use error::Error;
use site::Site;

fn main() -> ExitCode {
    let config = match usher::config::parse::<Config>() {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.enable_all().on_thread_start(channelled::use_own_line).build();
    let measured = runtime.map_err(Error::from).and_then(|runtime| runtime.block_on(run(&config)));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::note(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Measures, and stops everything in order, whatever came between.
async fn run(config: &Config) -> Result<(), Error> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut site = Site::new(config)?;
    let found = tokio::select! {
        found = rounds::measure(config, &mut site) => found,
        _ = interrupt.recv() => Err(Error::Interrupted),
        _ = terminate.recv() => Err(Error::Interrupted),
    };
    site.stop().await;
    report::publish(config, &found?)
}
