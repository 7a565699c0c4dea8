//! What the launcher can be told, by arguments or variables.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Where the mesh keeps its data and listens. An address that is given is taken or refused; one that is not is the usual
/// one, or a free one where that is taken.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// The folder of all data; two meshes with two folders run side by side.
    #[arg(long, env, default_value = ".local")]
    pub local_dir: PathBuf,
    /// The folder of the built web client, for the edge to serve. Without it `/` is a page with links.
    #[arg(long, env)]
    pub web_dir: Option<PathBuf>,
    /// The edge, usually 127.0.0.1:8080. Port 0 is any free port; so for each address below.
    #[arg(long, env)]
    pub edge_addr: Option<SocketAddr>,
    /// search-svc, usually 127.0.0.1:50051.
    #[arg(long, env)]
    pub search_addr: Option<SocketAddr>,
    /// event-svc, usually 127.0.0.1:50052.
    #[arg(long, env)]
    pub event_addr: Option<SocketAddr>,
    /// booking-svc, usually 127.0.0.1:50053.
    #[arg(long, env)]
    pub booking_addr: Option<SocketAddr>,
    /// account-svc, usually 127.0.0.1:50054.
    #[arg(long, env)]
    pub account_addr: Option<SocketAddr>,
    /// The payment sandbox, usually 127.0.0.1:12111.
    #[arg(long, env)]
    pub sandbox_addr: Option<SocketAddr>,
    /// PostgreSQL's primary, usually 127.0.0.1:15432.
    #[arg(long, env)]
    pub postgres_primary_addr: Option<SocketAddr>,
    /// PostgreSQL's replica, usually 127.0.0.1:15433.
    #[arg(long, env)]
    pub postgres_replica_addr: Option<SocketAddr>,
    /// Redis, usually 127.0.0.1:16379.
    #[arg(long, env)]
    pub redis_addr: Option<SocketAddr>,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Variables {
        #[command(flatten)]
        _config: Config,
    }

    #[test]
    fn the_readme_names_every_variable() {
        let reference = usher::config::reference::<Variables>();
        assert!(include_str!("../README.md").contains(&reference), "put this into README.md:\n{reference}");
    }
}
