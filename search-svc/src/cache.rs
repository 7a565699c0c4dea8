//! Answers of the last seconds, in Redis. Fails open: a cache that is down, slow or full of garbage is a search that
//! asks the database, never one that fails.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use bb8_redis::{
    RedisConnectionManager, bb8,
    redis::{Cmd, FromRedisValue, RedisError, cmd},
};
use tokio::time::timeout;
use usher::contract::search::SearchResponse;

use crate::breaker::Breaker;

/// How the cache is used.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The most connections.
    pub connections: u32,
    /// How long an answer is kept.
    pub keep_for: Duration,
    /// How long a search waits for the cache.
    pub wait_max: Duration,
}

/// The cache. Cheap to clone.
#[derive(Clone)]
pub struct Cache {
    pool: bb8::Pool<RedisConnectionManager>,
    settings: Settings,
    breaker: Arc<Breaker>,
    started: Instant,
}

/// The cache's address makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("must read redis://host:port/number: {0}")]
pub struct MalformedUrl(RedisError);

impl Cache {
    /// The cache at `url`. Connects to nothing yet.
    pub fn new(url: &str, settings: Settings) -> Result<Self, MalformedUrl> {
        let manager = RedisConnectionManager::new(url).map_err(MalformedUrl)?;
        let pool = bb8::Pool::builder()
            .max_size(settings.connections)
            .connection_timeout(settings.wait_max)
            // The manager never tells that a connection broke: only this check takes one out of the pool.
            .test_on_check_out(true)
            .build_unchecked(manager);
        Ok(Self { pool, settings, breaker: Arc::default(), started: Instant::now() })
    }

    /// The answer that is kept under `key`; `None` where there is none or the cache does not work.
    pub async fn get(&self, key: &str) -> Option<SearchResponse> {
        let kept: Option<Vec<u8>> = self.run(cmd("GET").arg(key)).await?;
        let kept = kept?;
        serde_json::from_slice(&kept).inspect_err(|error| tracing::debug!(key, %error, "the cache has garbage")).ok()
    }

    /// Keeps the answer under `key`, if the cache works.
    pub async fn put(&self, key: &str, answer: &SearchResponse) {
        let Ok(json) = serde_json::to_vec(answer) else { return };
        let keep_ms = u64::try_from(self.settings.keep_for.as_millis()).unwrap_or(u64::MAX);
        let _: Option<()> = self.run(cmd("SET").arg(key).arg(json).arg("PX").arg(keep_ms)).await;
    }

    /// What the cache says to `command`; `None` where it does not work.
    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        if !self.breaker.allows(self.now_ms()) {
            return None;
        }
        let call = async {
            let mut conn = self.pool.get().await.map_err(|error| error.to_string())?;
            command.query_async(&mut *conn).await.map_err(|error| error.to_string())
        };
        match timeout(self.settings.wait_max, call).await {
            Ok(Ok(said)) => {
                if self.breaker.worked() {
                    tracing::info!("the cache works again");
                }
                Some(said)
            }
            Ok(Err(error)) => self.give_up(error),
            Err(elapsed) => self.give_up(elapsed),
        }
    }

    fn give_up<T>(&self, error: impl fmt::Display) -> Option<T> {
        if self.breaker.failed(self.now_ms()) {
            tracing::warn!(%error, "the cache does not work: searches ask the database");
        }
        None
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    const WAIT_MAX: Duration = Duration::from_millis(50);
    /// Whoever waits this long waits without a bound.
    const HANGS: Duration = Duration::from_secs(20);

    fn cache(listener: &TcpListener) -> Cache {
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let settings = Settings { connections: 2, keep_for: Duration::from_secs(2), wait_max: WAIT_MAX };
        Cache::new(&url, settings).unwrap()
    }

    async fn expect_nothing_and_no_second_wait(cache: &Cache) {
        let nothing = timeout(HANGS, cache.get("key")).await.expect("it waits without a bound");
        assert_eq!(nothing, None);
        assert!(!cache.breaker.allows(cache.now_ms()), "the next searches don't even ask");
    }

    #[tokio::test]
    async fn a_cache_that_is_down_is_no_cache() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cache = cache(&listener);
        drop(listener);
        expect_nothing_and_no_second_wait(&cache).await;
    }

    #[tokio::test]
    async fn a_cache_that_hangs_is_no_cache() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // The system accepts for it; nobody ever reads or answers.
        expect_nothing_and_no_second_wait(&cache(&listener)).await;
    }

    #[tokio::test]
    async fn something_that_is_no_redis_is_no_cache() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cache = cache(&listener);
        let _server = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        }));
        expect_nothing_and_no_second_wait(&cache).await;
    }

    #[test]
    fn an_address_that_is_none_is_refused_at_the_start() {
        let settings = Settings { connections: 1, keep_for: WAIT_MAX, wait_max: WAIT_MAX };
        assert!(Cache::new("http://localhost", settings).is_err());
    }
}
