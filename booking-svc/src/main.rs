//! Holds seats and books them. See `README.md` for its RPCs, tables and settings.

use std::process::ExitCode;

use booking_svc::{Config, serve};

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run::<Config, _, _>("booking-svc", |config| config.serving.addresses(), serve).await
}
