//! Finds upcoming events. See `README.md` for its RPC, tables and settings.

use std::process::ExitCode;

use search_svc::{Config, serve};

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run::<Config, _, _>("search-svc", |config| config.serving.listen_addr, serve).await
}
