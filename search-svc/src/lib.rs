//! search-svc: finds upcoming events. Reads only; what it answers may be some seconds old.

mod config;
pub use config::Config;

mod breaker;
mod event;
mod page;
mod rank;
mod search;
mod sought;
mod spelling;
mod suggestion;
mod words;

mod cache;
mod find;

mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use usher::{contract::search::search_service_server::SearchServiceServer, database::Database, serving};

use cache::Cache;

/// What keeps search-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The cache's address is malformed.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] cache::MalformedUrl),
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let settings = cache::Settings {
        connections: config.cache_pool_size,
        keep_for: Duration::from_secs(config.cache_ttl_seconds.into()),
        wait_max: Duration::from_millis(config.cache_timeout_ms),
    };
    let cache = Cache::new(&config.redis_url, settings)?;
    let service = rpc::Searches { database: Database::by_keys(&config.database), cache };
    Ok(serving::serve(&config.serving, SearchServiceServer::new(service), listener, shutdown).await?)
}
