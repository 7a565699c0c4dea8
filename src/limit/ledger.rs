//! Who owes how much, as far as this process knows. Bounded: those longest not seen are forgotten first.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};
use tokio::sync::mpsc;

use super::{Late, MalformedUrl, Quota, SharedConfig, Standing, shared};

/// How many debtors are remembered, in some 10 MB.
const DEBTORS_MAX: usize = 65_536;
/// How many may wait to be told to Redis; the debts of others are told the next time that they use something.
const TOLD_QUEUE_MAX: usize = 16_384;

/// Whose allowance of what. Neither this process's memory nor Redis shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(super) [u8; 16]);

impl Key {
    /// The allowance `policy` of `who`.
    #[must_use]
    pub fn new(policy: &str, who: &str) -> Self {
        let digest = digest(&SHA256, format!("{policy}\0{who}").as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.as_ref()[..16]);
        Self(key)
    }
}

/// What is known of a debtor.
#[derive(Debug)]
struct Debtor {
    /// When nothing is owed any more.
    free_at: Instant,
    /// What Redis was not told yet, in microseconds of debt; less than nothing where something was given back.
    untold: i64,
    /// Whether it waits to be told.
    waits: bool,
}

type Debtors = Cache<Key, Arc<Mutex<Debtor>>>;

/// Keeps the allowances. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limiter {
    debtors: Arc<Debtors>,
    /// `None` without a Redis.
    entrance: Option<mpsc::Sender<Key>>,
}

impl Limiter {
    /// A limiter, and what tells Redis: its owner spawns that and drops it to stop. Connects to nothing yet.
    pub fn start(config: &SharedConfig) -> Result<(Self, impl Future<Output = ()> + Send + use<>), MalformedUrl> {
        let client = config.client()?;
        let (entrance, queue) = mpsc::channel(TOLD_QUEUE_MAX);
        let limiter =
            Self { debtors: Arc::new(Cache::new(DEBTORS_MAX)), entrance: client.is_some().then_some(entrance) };
        let book = limiter.clone();
        let work = async move {
            if let Some(client) = client {
                // Its own entrance would keep the queue open for ever.
                shared::tell(client, queue, Self { entrance: None, ..book }).await;
            }
        };
        Ok((limiter, work))
    }

    /// Uses so many units of an allowance, if it has them. Never waits.
    pub fn take(&self, key: Key, quota: Quota, units: u32) -> Result<Standing, Late> {
        self.take_at(Instant::now(), key, quota, units)
    }

    fn take_at(&self, now: Instant, key: Key, quota: Quota, units: u32) -> Result<Standing, Late> {
        let debtor = self.debtor(key, now);
        let mut known = debtor.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = quota.judge(known.free_at.saturating_duration_since(now), units)?;
        let debt = quota.debt(units);
        known.free_at = known.free_at.max(now) + debt;
        self.owe(key, &mut known, micros(debt));
        Ok(standing)
    }

    /// Gives back what was taken: it turned out not to count.
    pub fn give_back(&self, key: Key, quota: Quota, units: u32) {
        let debtor = self.debtor(key, Instant::now());
        let mut known = debtor.lock().unwrap_or_else(PoisonError::into_inner);
        let debt = quota.debt(units);
        known.free_at = known.free_at.checked_sub(debt).unwrap_or(known.free_at);
        self.owe(key, &mut known, -micros(debt));
    }

    /// The debtor, who owes nothing at `now` if nobody knows them.
    fn debtor(&self, key: Key, now: Instant) -> Arc<Mutex<Debtor>> {
        let new = || Arc::new(Mutex::new(Debtor { free_at: now, untold: 0, waits: false }));
        match self.debtors.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(new())) {
            Ok(debtor) => debtor,
        }
    }

    fn owe(&self, key: Key, known: &mut Debtor, micros: i64) {
        let Some(entrance) = &self.entrance else { return };
        known.untold += micros;
        // A full queue: it is told with what is used next.
        known.waits = known.waits || entrance.try_send(key).is_ok();
    }

    /// What Redis is to be told of a debtor who waited, in microseconds; what is used from now on makes them wait again.
    pub(super) fn untold(&self, key: Key) -> Option<i64> {
        let debtor = self.debtors.get(&key)?;
        let mut known = debtor.lock().unwrap_or_else(PoisonError::into_inner);
        known.waits = false;
        Some(std::mem::take(&mut known.untold))
    }

    /// Takes in what all processes know that a debtor owes, in microseconds.
    pub(super) fn learn(&self, key: Key, owed: u64) {
        self.learn_at(Instant::now(), key, owed);
    }

    fn learn_at(&self, now: Instant, key: Key, owed: u64) {
        let Some(debtor) = self.debtors.get(&key) else { return };
        let mut known = debtor.lock().unwrap_or_else(PoisonError::into_inner);
        let free_at = now + Duration::from_micros(owed);
        // Used while Redis was asked.
        let since = Duration::from_micros(known.untold.unsigned_abs());
        known.free_at = if known.untold < 0 { free_at.checked_sub(since).unwrap_or(free_at) } else { free_at + since };
    }
}

fn micros(debt: Duration) -> i64 {
    i64::try_from(debt.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::start(&SharedConfig { redis_url: None }).unwrap().0
    }

    #[test]
    fn an_allowance_is_used_up_and_comes_back() {
        let (limiter, quota, now) = (limiter(), Quota::new(3, Duration::from_secs(10)), Instant::now());
        let (ann, bob) = (Key::new("login", "ann"), Key::new("login", "bob"));
        for left in [2, 1, 0] {
            assert_eq!(limiter.take_at(now, ann, quota, 1).unwrap().remaining, left);
        }
        let late = limiter.take_at(now, ann, quota, 1).unwrap_err();
        assert!(late.retry_after <= Duration::from_secs(10), "{late:?}");
        assert!(limiter.take_at(now, bob, quota, 1).is_ok(), "nobody uses another's");
        assert!(limiter.take_at(now, Key::new("other", "ann"), quota, 1).is_ok(), "nor of something else");
        let later = now + Duration::from_secs(10);
        assert!(limiter.take_at(later, ann, quota, 1).is_ok());
        assert!(limiter.take_at(later, ann, quota, 1).is_err(), "a refusal costs nothing, and gives nothing");
    }

    #[test]
    fn what_is_given_back_can_be_used_again() {
        let (limiter, quota, ann) = (limiter(), Quota::new(2, Duration::from_secs(1_000)), Key::new("login", "ann"));
        for _ in 0..20 {
            limiter.take(ann, quota, 1).unwrap();
            limiter.give_back(ann, quota, 1);
        }
        assert_eq!(limiter.take(ann, quota, 1).unwrap().remaining, 1, "and no more than there was");
    }

    #[test]
    fn others_debts_count_and_so_does_what_is_used_meanwhile() {
        let (entrance, _queue) = mpsc::channel(8);
        let limiter = Limiter { entrance: Some(entrance), ..limiter() };
        let (quota, now) = (Quota::new(10, Duration::from_secs(1)), Instant::now());
        let ann = Key::new("address", "10.0.0.7");
        limiter.take_at(now, ann, quota, 2).unwrap();
        assert_eq!(limiter.untold(ann), Some(2_000_000));
        limiter.take_at(now, ann, quota, 1).unwrap();
        limiter.learn_at(now, ann, 6_000_000);
        assert_eq!(limiter.take_at(now, ann, quota, 1).unwrap().remaining, 2, "10 less 6, 1 and 1");
        assert_eq!(limiter.untold(ann), Some(2_000_000));
    }
}
