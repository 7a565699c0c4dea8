//! What the bench can be told.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use serde::Serialize;
use usher::channel::ChannelConfig;

use crate::load::Window;

/// Seats of each event of the house: with the usual 1,000 events it has the 1,000,000 seats that the goals speak of.
pub const SEATS_PER_EVENT: u32 = 1_000;

/// What to measure, and how long.
#[derive(Debug, Clone, Parser, Serialize)]
#[command(name = "bench", about = "Measures Usher's reserve path beside its peers")]
pub struct Config {
    /// A run of two minutes, for development: one round of short measurements, whatever the next three say. Its figures
    /// say little.
    #[arg(long, env = "BENCH_QUICK")]
    pub quick: bool,
    /// How many rounds; each measures everything once, and medians are of the rounds.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// How long each measurement of a round takes, in milliseconds.
    #[arg(long, env = "BENCH_MEASURE_MS", default_value_t = 2_500, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub measure_ms: u64,
    /// How long the load runs before each measurement, in milliseconds.
    #[arg(long, env = "BENCH_WARM_UP_MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub warm_up_ms: u64,
    /// Measures these rows only, by their names in the JSON, separated by commas. Goals that need others are left out.
    #[arg(long, env = "BENCH_ONLY", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Decides the order in which seats are taken, of Usher's callers and of pgbench's.
    #[arg(long, env = "BENCH_SEED", default_value_t = 1)]
    pub seed: u64,
    /// How many events there are, each with 1,000 seats.
    #[arg(long, env = "BENCH_EVENTS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub events: u32,
    /// How many events there are to search among, without anything kept, without seats, and on a database of their own;
    /// `quick` takes at most 100,000.
    #[arg(long, env = "BENCH_SEARCHED_EVENTS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..=10_000_000))]
    pub searched_events: u32,
    /// How many customers there are, each with a token of their own. They reserve in turn.
    #[arg(long, env = "BENCH_CUSTOMERS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2_048..=1_000_000))]
    pub customers: u32,
    /// How many connections the callers share, as an edge of that many replicas would hold.
    #[arg(long, env = "BENCH_CONNECTIONS", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: u16,
    /// How callers call who go through a channel, as the edge does.
    #[command(flatten)]
    #[serde(skip)]
    pub peers: ChannelConfig,
    /// Where Envoy is, which the edge is measured beside; `make bench` fetches it. Without it the rows with it are left out.
    #[arg(long, env = "BENCH_ENVOY")]
    pub envoy: Option<PathBuf>,
    /// The folder of the run's database, logs and keys. The database is made anew and removed at the end.
    #[arg(long, env = "BENCH_DIR", default_value = "target/bench")]
    pub dir: PathBuf,
    /// Where everything that was measured is written as JSON.
    #[arg(long, env = "BENCH_JSON", default_value = "target/bench.json")]
    pub json: PathBuf,
}

/// The most events that a quick run searches among.
const QUICK_SEARCHED_MAX: u32 = 100_000;
/// The settings of `quick`.
const QUICK: Window = Window { warm_up: Duration::from_millis(200), measure: Duration::from_millis(800) };

impl Config {
    /// How many rounds are run.
    pub const fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// How many events are searched among.
    pub fn searched_events(&self) -> u32 {
        if self.quick { self.searched_events.min(QUICK_SEARCHED_MAX) } else { self.searched_events }
    }

    /// Whether the row with this name is measured.
    pub fn includes(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == row)
    }

    /// How long each measurement takes.
    pub const fn window(&self) -> Window {
        match self.quick {
            true => QUICK,
            false => Window {
                warm_up: Duration::from_millis(self.warm_up_ms),
                measure: Duration::from_millis(self.measure_ms),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let reference = usher::config::reference::<Config>();
        assert!(include_str!("../README.md").contains(&reference), "put this into README.md:\n{reference}");
    }
}
