//! Signs users up and in. See `README.md` for its RPCs, tables and settings.

use std::process::ExitCode;

use account_svc::{Config, serve};

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run::<Config, _, _>("account-svc", |config| config.serving.addresses(), serve).await
}
