//! A Stripe-compatible payment provider for development and tests. See `README.md` for its endpoints and settings.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    payment_sandbox::process::run().await
}
