//! The edge as a process: reads its configuration, serves until it is told to stop.

use std::process::ExitCode;

use edge_proxy::Config;

#[tokio::main]
async fn main() -> ExitCode {
    usher::lifecycle::run("edge-proxy", |config: &Config| config.listen_addr, edge_proxy::serve).await
}
