//! The only public door. See `README.md` for its settings.

use std::process::ExitCode;

use edge_proxy::{Config, serve};

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run::<Config, _, _>("edge-proxy", Config::addresses, serve).await
}
