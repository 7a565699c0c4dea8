//! How a search is answered: from this process's memory, else from Redis, else by searching. One caller does it for all
//! who ask the same meanwhile. What is old is answered and read again behind the caller's back; what an edit made wrong
//! never is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use metrics::{Counter, counter};
use moka::future;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use usher::{database::Database, encoded::Encoded};

use crate::{
    cache::Cache,
    error::Error,
    feed::Changes,
    finder::Finder,
    listed::Listed,
    popular::{self, Popular},
    search::Search,
    store::tickets::{self, Remaining},
};

/// How long an answer is given as it is.
const NEAR_FRESH: Duration = Duration::from_secs(1);
/// How long it is given while it is read again.
const NEAR_STALE: Duration = Duration::from_secs(2);
/// How long it is kept for when nothing else can be had.
const OLD_KEPT: Duration = Duration::from_secs(300);
/// How many answers are read again at once; more wait for the next one who asks.
const BEHIND_MAX: usize = 32;
/// How long an answer waits for the seats left, before it does without.
const SEATS_MAX: Duration = Duration::from_secs(1);
/// A version that changes don't have.
const NEVER: u64 = u64::MAX;
/// What stands for a count of seats that can't be had.
const UNKNOWN: i32 = -1;

/// Counts what has not happened yet as well: a rate needs the zero before its first one.
pub fn count_from_zero() {
    for from in ["memory", "old", "cache", "search", "nowhere"] {
        counter!("search_answers_total", "from" => from).increment(0);
    }
}

/// How answers are kept.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a page from Redis is given as it is.
    pub fresh_for: Duration,
    /// How many answers the process keeps.
    pub near_max: u64,
}

/// An answer in this process.
#[derive(Debug)]
struct Kept {
    listed: Listed,
    /// With the seats left.
    answer: Encoded,
    asked: popular::Counter,
    read_at: Instant,
    /// How old the page was then.
    age_then: Duration,
    /// Whether somebody reads it again.
    renewing: AtomicBool,
    /// The version of the changes that it was compared with last; [`NEVER`] at first.
    compared: AtomicU64,
}

/// All answers. Cheap to clone.
#[derive(Clone)]
pub struct Answers {
    near: future::Cache<String, Arc<Kept>>,
    /// The same, and those that are right no longer: for when nothing else can be had, however often.
    old: future::Cache<String, Arc<Kept>>,
    cache: Cache,
    finder: Finder,
    database: Database,
    changes: Changes,
    popular: Popular,
    from_memory: Counter,
    settings: Settings,
    behind: TaskTracker,
    behind_max: Arc<Semaphore>,
}

impl Answers {
    /// No answers yet.
    pub fn new(cache: Cache, finder: Finder, database: Database, changes: Changes, settings: Settings) -> Self {
        let kept_for = |time| future::Cache::builder().max_capacity(settings.near_max).time_to_live(time).build();
        Self {
            near: kept_for(NEAR_STALE),
            old: kept_for(OLD_KEPT),
            cache,
            finder,
            database,
            changes,
            popular: Popular::default(),
            from_memory: counter!("search_answers_total", "from" => "memory"),
            settings,
            behind: TaskTracker::new(),
            behind_max: Arc::new(Semaphore::new(BEHIND_MAX)),
        }
    }

    /// How often each search was made.
    pub fn popular(&self) -> &Popular {
        &self.popular
    }

    /// The answer. Fails where nothing is known that answers it, however old.
    pub async fn answer(&self, search: &Search) -> Result<Encoded, Arc<Error>> {
        let key = search.key();
        if let Some(kept) = self.near.get(&key).await {
            if self.is_right(&kept, search) {
                kept.asked.count();
                self.from_memory.increment(1);
                if kept.read_at.elapsed() > NEAR_FRESH {
                    self.renew_behind(key, search, &kept);
                }
                return Ok(kept.answer.clone());
            }
            self.near.invalidate(&key).await;
        }
        self.popular.counter(&key).count();
        match self.near.try_get_with_by_ref(&key, self.read(&key, search)).await {
            Ok(kept) => Ok(kept.answer.clone()),
            // Old is better than nothing: but not what it says of seats.
            Err(error) => self.old.get(&key).await.map_or(Err(error), |kept| {
                counter!("search_answers_total", "from" => "old").increment(1);
                Ok(with_seats(&kept.listed, None))
            }),
        }
    }

    /// Waits until nothing is read behind anybody's back any more, at most `max`.
    pub async fn drain(&self, max: Duration) {
        self.behind.close();
        if timeout(max, self.behind.wait()).await.is_err() {
            tracing::warn!(left = self.behind.len(), "stopped while answers were being renewed");
        }
    }

    fn is_right(&self, kept: &Kept, search: &Search) -> bool {
        let age = kept.read_at.elapsed();
        age <= NEAR_STALE && !kept.listed.has_begun(kept.age_then + age) && self.is_unchanged(kept, search)
    }

    /// Goes through what changed only where something did since the last time.
    fn is_unchanged(&self, kept: &Kept, search: &Search) -> bool {
        // First: what becomes known from here on is another version.
        let version = self.changes.version();
        if kept.compared.load(Ordering::Relaxed) == version {
            return true;
        }
        let unchanged = self.changes.leave(search, &kept.listed.event_ids(), kept.listed.transactions);
        if unchanged {
            kept.compared.store(version, Ordering::Relaxed);
        }
        unchanged
    }

    fn still_holds(&self, listed: &Listed, search: &Search, age: Duration) -> bool {
        !listed.has_begun(age) && self.changes.leave(search, &listed.event_ids(), listed.transactions)
    }

    /// Reads the answer again, unless somebody does already or too many are being read.
    fn renew_behind(&self, key: String, search: &Search, kept: &Kept) {
        if kept.renewing.swap(true, Ordering::Relaxed) {
            return;
        }
        let Ok(permit) = Arc::clone(&self.behind_max).try_acquire_owned() else { return };
        let (answers, search) = (self.clone(), search.clone());
        self.behind.spawn(async move {
            let _permit = permit;
            if let Ok(renewed) = answers.read(&key, &search).await {
                answers.near.insert(key, renewed).await;
            }
        });
    }

    /// The page, from Redis or searched, and the seats left. A page that was searched is kept meanwhile.
    async fn read(&self, key: &str, search: &Search) -> Result<Arc<Kept>, Error> {
        let (listed, age) = match self.finder.is_in_process() {
            true => (self.search(search).await?, None),
            false => self.list(key, search).await?,
        };
        let keep = async {
            if age.is_none() {
                self.keep(key, &listed).await;
            }
        };
        let (left, ()) = tokio::join!(self.seats(&listed), keep);
        let (answer, age_then) = (with_seats(&listed, left.as_ref()), age.unwrap_or_default());
        let read_at = Instant::now();
        let (asked, renewing, compared) = (self.popular.counter(key), AtomicBool::new(false), AtomicU64::new(NEVER));
        let kept = Arc::new(Kept { listed, answer, asked, read_at, age_then, renewing, compared });
        self.old.insert(key.to_owned(), Arc::clone(&kept)).await;
        Ok(kept)
    }

    /// The page, and how old it is; `None`: it was searched just now.
    async fn list(&self, key: &str, search: &Search) -> Result<(Listed, Option<Duration>), Error> {
        let kept = self.cache.get(key).await;
        if let Some((listed, age)) = &kept
            && self.still_holds(listed, search, *age)
        {
            counter!("search_answers_total", "from" => "cache").increment(1);
            if *age > self.settings.fresh_for {
                self.search_behind(key, search);
            }
            return Ok((listed.clone(), Some(*age)));
        }
        match self.search(search).await {
            Ok(listed) => Ok((listed, None)),
            Err(error) => kept.map(|(listed, age)| (listed, Some(age))).ok_or(error),
        }
    }

    /// Searches again for who asks next, unless too many are being searched for.
    fn search_behind(&self, key: &str, search: &Search) {
        let Ok(permit) = Arc::clone(&self.behind_max).try_acquire_owned() else { return };
        let (answers, key, search) = (self.clone(), key.to_owned(), search.clone());
        self.behind.spawn(async move {
            let _permit = permit;
            // Who asks next finds out by himself what is wrong.
            if let Ok(listed) = answers.search(&search).await {
                answers.keep(&key, &listed).await;
            }
        });
    }

    async fn search(&self, search: &Search) -> Result<Listed, Error> {
        counter!("search_answers_total", "from" => "search").increment(1);
        self.finder.find(search).await
    }

    /// Keeps the page in Redis, but for one that is found again sooner than it could be fetched from there.
    async fn keep(&self, key: &str, listed: &Listed) {
        if !self.finder.is_in_process() {
            self.cache.put(key, listed).await;
        }
    }

    /// How many seats of its events are left; `None` where nobody can tell now.
    async fn seats(&self, listed: &Listed) -> Option<Remaining> {
        let ids = listed.event_ids();
        if ids.is_empty() {
            return Some(Remaining::new());
        }
        let read = self.database.read(move |conn| {
            let ids = ids.clone();
            Box::pin(async move { tickets::count_free(conn, &ids).await })
        });
        let left = timeout(SEATS_MAX, read).await;
        left.ok()?.inspect_err(|error| tracing::debug!(%error, "seats left are not counted")).ok()
    }
}

fn with_seats(listed: &Listed, left: Option<&Remaining>) -> Encoded {
    let mut answer = listed.page.clone();
    for event in &mut answer.events {
        // No row: no seat of it is free.
        let left = left.map(|left| left.get(&event.event_id).copied().unwrap_or(0));
        event.remaining_ticket_count = left.map_or(UNKNOWN, |left| i32::try_from(left).unwrap_or(i32::MAX));
    }
    Encoded::of(&answer)
}
