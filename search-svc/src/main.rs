//! Finds events. See `README.md` for its RPCs, tables and settings. `search-svc warm` refreshes the cache and ends.

use std::process::ExitCode;

use search_svc::{Config, WarmConfig, serve, warm};

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("warm") {
        return usher::lifecycle::run::<Config, _, _>("search-svc", |config| config.serving.addresses(), serve).await;
    }
    let config = match usher::config::parse::<WarmConfig>() {
        Ok(config) => config,
        Err(code) => return code,
    };
    usher::telemetry::init();
    match warm(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "not warmed");
            ExitCode::FAILURE
        }
    }
}
