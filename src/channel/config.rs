//! The settings of channels to other services.

use std::time::Duration;

use clap::Args;

/// How other services are called.
#[derive(Debug, Clone, Args)]
pub struct ChannelConfig {
    /// The longest a connection to another service may take to come up, in milliseconds.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub peer_connect_ms_max: u64,
    /// The most calls under way at one instance of another service, and fewer while it turns calls away; further ones go to
    /// others, or are answered UNAVAILABLE.
    #[arg(long, env, default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub peer_calls_max: u32,
    /// How often the names of other services are looked up again, in milliseconds.
    #[arg(long, env, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub peer_resolve_ms: u64,
    /// How often each instance is asked whether it serves, in milliseconds; and how long it may take to answer.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub peer_check_ms: u64,
    /// How many calls may be sent again, in percent of all calls of the last ten seconds, beside ten a second; 0 for none.
    #[arg(long, env, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub peer_retry_percent: u32,
    /// After how long without an answer a read is sent to another instance as well, in milliseconds, for whichever answers
    /// first; 0 for never. It counts as sent again.
    #[arg(long, env, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub peer_hedge_ms: u64,
}

impl ChannelConfig {
    pub(super) const fn connect_max(&self) -> Duration {
        Duration::from_millis(self.peer_connect_ms_max)
    }

    pub(super) const fn resolve_every(&self) -> Duration {
        Duration::from_millis(self.peer_resolve_ms)
    }

    pub(super) const fn check_every(&self) -> Duration {
        Duration::from_millis(self.peer_check_ms)
    }

    /// `None` where nothing is sent twice at once.
    pub(super) fn hedge_after(&self) -> Option<Duration> {
        (self.peer_hedge_ms > 0).then(|| Duration::from_millis(self.peer_hedge_ms))
    }
}
