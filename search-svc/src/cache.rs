//! Pages in Redis, and how often each search is made. Fails open: a cache that is down, slow or full of garbage is a
//! search that asks the database, never one that fails.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use bb8_redis::{
    bb8,
    redis::{FromRedisValue, Pipeline, RedisError, cmd, from_redis_value, pipe},
};
use secrecy::SecretString;
use tokio::time::timeout;
pub use usher::redis_link::MalformedUrl;
use usher::redis_link::{Link, Links, Node};

use crate::{breaker::Breaker, listed::Listed};

/// How often each search was made, by all processes: a sorted set of the keys.
const POPULAR: &str = "usher:search:popular";
/// How many searches are counted; the least frequent ones are forgotten.
const POPULAR_MAX: isize = 10_000;

/// How the cache is used.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The most connections.
    pub connections: u32,
    /// How long a page is kept.
    pub keep_for: Duration,
    /// How long a page without events is kept: queries that find nothing are without number.
    pub keep_empty_for: Duration,
    /// How long a search waits for the cache.
    pub wait_max: Duration,
}

/// The cache. Cheap to clone.
#[derive(Clone)]
pub struct Cache {
    pool: bb8::Pool<Links>,
    settings: Settings,
    breaker: Arc<Breaker>,
    started: Instant,
}

impl Cache {
    /// The cache at `url`. Connects to nothing yet.
    pub fn new(url: &SecretString, settings: Settings) -> Result<Self, MalformedUrl> {
        let manager = Links::to(url, settings.wait_max)?;
        let pool = bb8::Pool::builder()
            .max_size(settings.connections)
            .connection_timeout(settings.wait_max)
            // The manager never tells that a connection broke: only this check takes one out of the pool.
            .test_on_check_out(true)
            .build_unchecked(manager);
        // Until it is known better.
        metrics::gauge!("search_cache_works").set(1.0);
        Ok(Self { pool, settings, breaker: Arc::default(), started: Instant::now() })
    }

    /// The page that is kept under `key`, and how old it is; `None` where there is none or the cache does not work.
    pub async fn get(&self, key: &str) -> Option<(Listed, Duration)> {
        // Redis knows how long it will keep the page: so no two machines' clocks are compared.
        let (kept, left_ms): (Option<Vec<u8>>, i64) = self.run(pipe().get(key).pttl(key)).await?;
        let listed: Listed = serde_json::from_slice(&kept?)
            .inspect_err(|error| tracing::debug!(key, %error, "the cache has garbage"))
            .ok()?;
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        let age = self.keep_for(&listed).saturating_sub(left);
        Some((listed, age))
    }

    /// Keeps the page under `key`, if the cache works.
    pub async fn put(&self, key: &str, listed: &Listed) {
        let Ok(json) = serde_json::to_vec(listed) else { return };
        let keep_ms = u64::try_from(self.keep_for(listed).as_millis()).unwrap_or(u64::MAX);
        let _: Option<()> = self.run(pipe().pset_ex(key, json, keep_ms).ignore()).await;
    }

    /// Adds to how often each search was made.
    pub async fn add_popular(&self, counts: &[(String, u32)]) {
        if counts.is_empty() {
            return;
        }
        let mut adding = pipe();
        for (key, count) in counts {
            adding.zincr(POPULAR, key, *count).ignore();
        }
        let _: Option<()> = self.run(adding.zremrangebyrank(POPULAR, 0, -POPULAR_MAX - 1).ignore()).await;
    }

    /// The keys of the most frequent searches, the most frequent first; `None` where the cache does not work.
    pub async fn most_popular(&self, max: usize) -> Option<Vec<String>> {
        let last = isize::try_from(max).unwrap_or(isize::MAX).saturating_sub(1);
        let (keys,): (Vec<String>,) = self.run(pipe().zrevrange(POPULAR, 0, last)).await?;
        Some(keys)
    }

    /// Lets what was frequent count half: what is frequent from now on overtakes it.
    pub async fn age_popular(&self) {
        let _: Option<()> = self.run(pipe().zunionstore_weights(POPULAR, &[(POPULAR, 0.5)]).ignore()).await;
    }

    /// Forgets the pages whose keys begin with `prefix`, but for those that `keep` wants; answers how many.
    pub async fn drop_others(&self, prefix: &str, keep: impl Fn(&str) -> bool) -> Option<usize> {
        let mut dropped = 0;
        for node in self.on(async |link| link.nodes().await).await? {
            let mut cursor = 0_u64;
            loop {
                let (next, keys) = self.on(async |link| scan(link, &node, cursor, prefix).await).await?;
                for key in keys.iter().filter(|key| !keep(key)) {
                    // One by one: each may be in a slot of its own.
                    let _: () = self.run(pipe().unlink(key).ignore()).await?;
                    dropped += 1;
                }
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        Some(dropped)
    }

    fn keep_for(&self, listed: &Listed) -> Duration {
        if listed.page.events.is_empty() { self.settings.keep_empty_for } else { self.settings.keep_for }
    }

    /// What the cache says to the commands, sent at once; `None` where it does not work.
    async fn run<T: FromRedisValue>(&self, commands: &Pipeline) -> Option<T> {
        self.on(async |link| commands.query_async(link).await).await
    }

    /// What is done on a connection; `None` where the cache does not work.
    async fn on<T>(&self, work: impl AsyncFnOnce(&mut Link) -> Result<T, RedisError>) -> Option<T> {
        if !self.breaker.allows(self.now_ms()) {
            return None;
        }
        let call = async {
            let mut conn = self.pool.get().await.map_err(|error| error.to_string())?;
            work(&mut conn).await.map_err(|error| error.to_string())
        };
        match timeout(self.settings.wait_max, call).await {
            Ok(Ok(said)) => {
                if self.breaker.worked() {
                    tracing::info!("the cache works again");
                    metrics::gauge!("search_cache_works").set(1.0);
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
            metrics::gauge!("search_cache_works").set(0.0);
        }
        None
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Some keys of a node, and where to go on.
async fn scan(link: &mut Link, node: &Node, cursor: u64, prefix: &str) -> Result<(u64, Vec<String>), RedisError> {
    let mut scan = cmd("SCAN");
    scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(500);
    Ok(from_redis_value(link.ask_node(node, scan).await?)?)
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    const WAIT_MAX: Duration = Duration::from_millis(50);
    /// Whoever waits this long waits without a bound.
    const HANGS: Duration = Duration::from_secs(20);

    fn settings(connections: u32) -> Settings {
        let keep_for = Duration::from_secs(2);
        Settings { connections, keep_for, keep_empty_for: keep_for, wait_max: WAIT_MAX }
    }

    fn cache(listener: &TcpListener) -> Cache {
        let url = format!("redis://{}", listener.local_addr().unwrap());
        Cache::new(&url.into(), settings(2)).unwrap()
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
        assert!(Cache::new(&"http://localhost".into(), settings(1)).is_err());
    }
}
