//! search-svc: finds events as people type them. Reads only; what it answers may be some seconds old.

mod config;
pub use config::{Backend, Config, ReadingConfig, WarmConfig};

mod breaker;
mod changes;
mod event;
mod listed;
mod page;
mod rank;
mod search;
mod sought;
mod spelling;
mod suggestion;
mod words;
pub use words::key;

mod answers;
mod cache;
mod feed;
mod find;
mod finder;
mod index;
mod popular;
mod suggestions;
mod warm;
pub use warm::{WarmError, warm};

mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::{net::TcpListener, time::interval};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use usher::{
    database::Database,
    serving,
    tls::{self, Mutual},
};

use answers::Answers;
use cache::Cache;
use feed::Changes;
use finder::Finder;
use suggestions::Suggestions;

/// How often the cache is told how often each search was made.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How long what goes on behind callers' backs may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// What keeps search-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The cache's address is malformed.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] cache::MalformedUrl),
    /// There is no memory for the index.
    #[error("the index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// The certificate among the parts of Usher is none.
    #[error("TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE: {0}")]
    Tls(#[from] tls::Error),
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let tls = Mutual::new(&config.serving.tls)?;
    let cache = Cache::new(&config.reading.redis_url, config.reading.cache())?;
    answers::count_from_zero();
    let database = Database::by_keys(&config.reading.database);
    let changes = Changes::default();
    let (index, follower, ear) = match config.search_backend {
        Backend::Sql => (None, None, None),
        Backend::Index => {
            let (index, follower, ear) = index::follower(database.clone())?;
            (Some(index), Some(follower), Some(ear))
        }
    };
    let finder = Finder::new(database.clone(), index);
    let settings = answers::Settings {
        fresh_for: Duration::from_secs(config.reading.cache_ttl_seconds.into()),
        near_max: config.near_cache_answers,
    };
    let answers = Answers::new(cache.clone(), finder.clone(), database.clone(), changes.clone(), settings);

    let hear = move |heard| {
        if let Some(ear) = &ear {
            ear.hear(heard);
        }
    };
    let _following = AbortOnDropHandle::new(tokio::spawn(feed::follow(database.clone(), changes, hear)));
    let _indexing = follower.map(|follower| AbortOnDropHandle::new(tokio::spawn(follower.run())));
    let _counting = AbortOnDropHandle::new(tokio::spawn(count(answers.clone(), cache)));
    let service = rpc::Searches { answers: answers.clone(), suggestions: Suggestions::new(finder) };
    database.meet().await;
    let served = serving::serve(&config.serving, tls, rpc::service(service), listener, shutdown).await;
    answers.drain(DRAIN_MAX).await;
    Ok(served?)
}

/// Tells the cache how often each search was made, for as long as its owner runs it.
async fn count(answers: Answers, cache: Cache) {
    let mut ticks = interval(COUNT_EVERY);
    loop {
        ticks.tick().await;
        cache.add_popular(&answers.popular().take()).await;
    }
}
