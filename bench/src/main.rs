//! Measures a mesh under load: generator, services and database on this machine, each measurement beside the empty call
//! of the same run. Figures of different runs or machines can't be compared; the ratios can.

mod callers;
mod error;
mod load;
mod mesh;
mod report;
mod store;

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;

use error::Error;
use mesh::Mesh;

/// What to measure.
#[derive(Debug, Parser)]
#[command(name = "bench", about)]
struct Config {
    /// How many callers there are, each with one call under way at a time.
    #[arg(long, env = "BENCH_CALLERS", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    callers: u16,
    /// How long each measurement of a round takes, in seconds.
    #[arg(long, env = "BENCH_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many rounds; the best of each measurement counts, since whatever else runs here only ever slows down.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Config::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Error> {
    let mesh = Mesh::start().await?;
    let seats = Arc::new(store::free_seats(&mesh.ready.postgres.primary).await?);
    let callers = callers::make(&mesh, config.callers)?;
    let time = Duration::from_secs(config.seconds);
    let mut rounds = Vec::new();
    for _ in 0..config.rounds {
        let empty = load::run(&callers, time, callers::empty_call).await;
        let seats = Arc::clone(&seats);
        let reserve = load::run(&callers, time, move |caller| callers::reserve(caller, Arc::clone(&seats))).await;
        rounds.push(report::Round { empty, reserve });
    }
    report::print(config.callers, &rounds);
    mesh.stop().await
}
