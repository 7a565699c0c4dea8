//! The program `local`: reads its arguments, runs one command, leaves with a code that says how it went.

use std::process::ExitCode;

use local::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    match usher::config::parse::<Cli>() {
        Ok(cli) => cli::run(cli).await,
        Err(code) => code,
    }
}
