//! When a batch begins that others run beside: not for a trickle. A transaction by itself costs as much as some fifteen
//! wishes in it, so that a batch of one beside a batch of a hundred takes processors from all and gains nobody anything.
//! Knows nothing of what is in a batch.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, MutexGuard, Notify};

/// A batch that begins beside others is at most so many times smaller than they are together.
const SMALLER_AT_MOST: usize = 2;
/// What the workers of a queue share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pace {
    shared: Arc<Shared>,
    gathered_for_max: Duration,
}

#[derive(Debug)]
struct Shared {
    /// One worker gathers at a time: two would each have half.
    turn: Mutex<()>,
    /// How many requests are being worked on.
    under_way: AtomicUsize,
    ended: Notify,
}

/// A batch that is being worked on, until this is dropped.
#[derive(Debug)]
pub struct UnderWay {
    shared: Arc<Shared>,
    requests: usize,
}

impl Pace {
    /// Nothing is under way. However small a batch is, it waits for others no longer than this: they may be held up by
    /// what does not concern it.
    pub fn new(gathered_for_max: Duration) -> Self {
        let shared = Shared { turn: Mutex::new(()), under_way: AtomicUsize::new(0), ended: Notify::new() };
        Self { shared: Arc::new(shared), gathered_for_max }
    }

    /// How long a batch waits for others at most.
    pub const fn gathered_for_max(&self) -> Duration {
        self.gathered_for_max
    }

    /// Waits until it is this worker's turn to gather.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.shared.turn.lock().await
    }

    /// How many requests a batch has at least when it begins now.
    pub fn least(&self) -> usize {
        self.shared.under_way.load(Ordering::Relaxed) / SMALLER_AT_MOST
    }

    /// Waits until a batch ends; at once where one has ended since the last time.
    pub async fn ended(&self) {
        self.shared.ended.notified().await;
    }

    /// Notes that a batch of so many begins.
    pub fn begin(&self, requests: usize) -> UnderWay {
        self.shared.under_way.fetch_add(requests, Ordering::Relaxed);
        UnderWay { shared: Arc::clone(&self.shared), requests }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.shared.under_way.fetch_sub(self.requests, Ordering::Relaxed);
        self.shared.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_batch_begins_with_one_and_one_beside_others_is_no_trickle() {
        let pace = Pace::new(Duration::MAX);
        assert_eq!(pace.least(), 0);
        let first = pace.begin(1);
        assert_eq!(pace.least(), 0, "two callers don't wait for each other");
        let second = pace.begin(99);
        assert_eq!(pace.least(), 50);
        drop(second);
        drop(first);
        assert_eq!(pace.least(), 0);
    }

    #[tokio::test]
    async fn who_gathers_is_told_of_an_end_that_came_before_they_asked() {
        let pace = Pace::new(Duration::MAX);
        drop(pace.begin(1));
        pace.ended().await;
    }
}
