//! Shows and edits events. See `README.md` for its RPCs, tables and settings.

use std::process::ExitCode;

use event_svc::{Config, serve};

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run::<Config, _, _>("event-svc", |config| config.serving.addresses(), serve).await
}
