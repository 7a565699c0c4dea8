//! Logs: one JSON object a line on standard error.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";

/// Starts logging for the process. Later calls change nothing, so that several services can share a test's process.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    // An error means that a logger is there already.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
