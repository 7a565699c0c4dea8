//! What an operator runs beside the services. See `README.md` for its tasks and settings.

use std::process::ExitCode;

use upkeep::{Config, Error, run};

/// The audit found what must never be: another try finds it again.
const EXIT_VIOLATED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let config = match usher::config::parse::<Config>() {
        Ok(config) => config,
        Err(code) => return code,
    };
    usher::telemetry::init();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "not done");
            if matches!(error, Error::Violated(_)) { ExitCode::from(EXIT_VIOLATED) } else { ExitCode::FAILURE }
        }
    }
}
