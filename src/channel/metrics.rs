//! What a channel counts.

use ::metrics::{Counter, Gauge, counter, gauge};

/// The counts of one channel. Each is exported from the start.
pub(super) struct Metrics {
    /// Instances whose addresses are known.
    pub(super) known: Gauge,
    /// Those of them that get calls.
    pub(super) ready: Gauge,
    /// Times that an instance was left out.
    pub(super) left_out: Counter,
    /// Calls that were sent again.
    pub(super) retries: Counter,
    /// Calls that were not, since too many are.
    pub(super) withheld: Counter,
    /// Reads that were sent to a second instance.
    pub(super) hedges: Counter,
    /// Calls that were refused here: no instance, or the breaker is open.
    pub(super) refused: Counter,
    /// Calls that were refused here since all instances have as many as they may.
    pub(super) full: Counter,
    /// Whether the breaker is open.
    pub(super) open: Gauge,
}

impl Metrics {
    pub(super) fn new(peer: &'static str) -> Self {
        let endpoints = |state: &'static str| gauge!("channel_endpoints", "peer" => peer, "state" => state);
        let metrics = Self {
            known: endpoints("known"),
            ready: endpoints("ready"),
            left_out: counter!("channel_ejections_total", "peer" => peer),
            retries: counter!("channel_retries_total", "peer" => peer),
            withheld: counter!("channel_retries_withheld_total", "peer" => peer),
            hedges: counter!("channel_hedges_total", "peer" => peer),
            refused: counter!("channel_refused_total", "peer" => peer),
            full: counter!("channel_full_total", "peer" => peer),
            open: gauge!("channel_breaker_open", "peer" => peer),
        };
        metrics.open.set(0.0);
        metrics
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
