//! The settings of event-svc.

use std::time::Duration;

use clap::Parser;
use usher::{
    channel::{ChannelConfig, Target},
    database::DatabaseConfig,
    feed::FeedConfig,
    pass::PassConfig,
    serving::ServingConfig,
};

use crate::{live::Settings, seat::PRICE_MAX};

/// Everything that event-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "event-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Where changes of seats are told.
    #[command(flatten)]
    pub feed: FeedConfig,
    /// How often an event that somebody looks at is read although the feed tells what changes, in milliseconds: how long
    /// what the feed lost without noticing can stay wrong. Without the feed it is every second.
    #[arg(long, env, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub event_recheck_ms: u64,
    /// How long an event is still shown, as stale, while the database is out of reach, in seconds since somebody last
    /// looked.
    #[arg(long, env, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub event_stale_seconds_max: u64,
    /// The most seats kept in memory, some 300 bytes each; events that nobody watches are forgotten first.
    #[arg(long, env, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(20_000..))]
    pub event_seats_max: u32,
    /// How often a watcher's stream brings something, in milliseconds, so that a dead one is noticed.
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub watch_heartbeat_ms: u64,
    /// How long a watcher's stream lasts, in seconds; then it is opened again, perhaps elsewhere.
    #[arg(long, env, default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub watch_seconds_max: u64,
    /// The most watchers' streams at once; more are answered UNAVAILABLE with `RetryInfo`.
    #[arg(long, env, default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub watchers_max: u32,
    /// What lets customers in from waiting rooms.
    #[command(flatten)]
    pub passes: PassConfig,
    /// How long whoever was let in from a waiting room may reserve, in seconds.
    #[arg(long, env, default_value_t = 600, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub waiting_room_pass_seconds: u64,
    /// Where account-svc publishes the keys of the tokens: `http://host:port`, or several separated by commas.
    #[arg(long, env, default_value = "http://127.0.0.1:50054")]
    pub account_url: Target,
    /// How it is called.
    #[command(flatten)]
    pub peers: ChannelConfig,
    /// What a new event's seat costs that neither the layout nor the request prices, in minor units.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(0..=PRICE_MAX))]
    pub default_price: i64,
}

impl Config {
    /// How events are kept that somebody looks at.
    pub(crate) const fn live(&self) -> Settings {
        Settings {
            recheck: Duration::from_millis(self.event_recheck_ms),
            first_read_max: Duration::from_millis(self.serving.deadline_ms_max),
            stale_max: Duration::from_secs(self.event_stale_seconds_max),
            heartbeat: Duration::from_millis(self.watch_heartbeat_ms),
            watch_max: Duration::from_secs(self.watch_seconds_max),
            watchers_max: self.watchers_max as usize,
            seats_max: self.event_seats_max as usize,
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
