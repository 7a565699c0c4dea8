//! `search-svc warm`, once a day: searches again for what is searched for most, so that its pages are there when somebody
//! asks or the database is down, and forgets the other pages.

use std::{collections::HashSet, time::Duration};

use futures::{StreamExt as _, stream};
use usher::database::Database;

use crate::{
    WarmConfig,
    cache::{Cache, MalformedUrl, Settings},
    finder::Finder,
    search::{KEY_PREFIX, Search},
};

/// How many searches are made at once: visitors go first.
const AT_ONCE: usize = 2;

/// How long the cache may take for each command: nobody waits for it here.
const CACHE_WAIT_MAX: Duration = Duration::from_secs(5);

/// What keeps the cache from being warmed.
#[derive(Debug, thiserror::Error)]
pub enum WarmError {
    /// The cache's address is malformed.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] MalformedUrl),
    /// The cache does not answer.
    #[error("the cache at REDIS_URL does not answer: run it again when it does")]
    NoCache,
    /// Some searches failed.
    #[error("{failed} of {all} searches failed: is the database at DATABASE_URL up?")]
    Failed {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
}

/// Searches for the most frequent queries; forgets all other pages.
pub async fn warm(config: WarmConfig) -> Result<(), WarmError> {
    let settings = Settings { wait_max: CACHE_WAIT_MAX, ..config.reading.cache() };
    let cache = Cache::new(&config.reading.redis_url, settings)?;
    let finder = Finder::new(Database::by_keys(&config.reading.database), None);
    let max = usize::try_from(config.warm_searches).unwrap_or(usize::MAX);
    let popular = cache.most_popular(max).await.ok_or(WarmError::NoCache)?;
    // A key of another version is nobody's search any more.
    let searches: Vec<_> = popular.iter().filter_map(|key| Some((key, Search::from_key(key)?))).collect();
    let all = searches.len();
    let found = stream::iter(searches).map(|(key, search)| renew(&cache, &finder, key, search));
    let found: Vec<bool> = found.buffer_unordered(AT_ONCE).collect().await;
    let kept: HashSet<_> = popular.iter().map(String::as_str).collect();
    let dropped = cache.drop_others(KEY_PREFIX, |key| kept.contains(key)).await.ok_or(WarmError::NoCache)?;
    cache.age_popular().await;
    let failed = found.iter().filter(|found| !**found).count();
    tracing::info!(renewed = all - failed, failed, dropped, "the cache is warm");
    if failed > 0 { Err(WarmError::Failed { failed, all }) } else { Ok(()) }
}

/// Searches anew; whether that worked.
async fn renew(cache: &Cache, finder: &Finder, key: &str, search: Search) -> bool {
    match finder.find(&search).await {
        Ok(listed) => {
            cache.put(key, &listed).await;
            true
        }
        Err(error) => {
            tracing::warn!(key, %error, "not renewed");
            false
        }
    }
}
