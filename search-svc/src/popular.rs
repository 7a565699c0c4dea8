//! How often each search is made, about, and in bounded memory: a frequency sketch decides which searches this process
//! counts (moka's `TinyLFU` keeps the frequent ones), and Redis adds the processes up.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use moka::sync::Cache;

/// How many searches one process counts at once.
const COUNTED_MAX: u64 = 4_096;

/// Counts since the last time they were taken.
#[derive(Debug, Clone)]
pub struct Popular {
    counts: Cache<String, Arc<AtomicU32>>,
}

/// Counts one search.
#[derive(Debug, Clone)]
pub struct Counter(Arc<AtomicU32>);

impl Counter {
    /// It was made once more.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Popular {
    fn default() -> Self {
        Self { counts: Cache::new(COUNTED_MAX) }
    }
}

impl Popular {
    /// Where a search is counted. Whoever keeps an answer keeps this beside it, and counts without looking it up; it is
    /// frequent to the sketch by being asked for again.
    pub fn counter(&self, key: &str) -> Counter {
        Counter(self.counts.get_with_by_ref(key, Arc::default))
    }

    /// What was counted; counting begins anew.
    pub fn take(&self) -> Vec<(String, u32)> {
        let counts = self.counts.iter().map(|(key, count)| (String::clone(&key), count.swap(0, Ordering::Relaxed)));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_search_is_counted_once() {
        let popular = Popular::default();
        (0..3).for_each(|_| popular.counter("a").count());
        popular.counter("b").count();
        let mut taken = popular.take();
        taken.sort();
        assert_eq!(taken, [("a".to_owned(), 3), ("b".to_owned(), 1)]);
        assert_eq!(popular.take(), []);
    }

    #[test]
    fn memory_is_bounded_and_the_frequent_one_stays() {
        let popular = Popular::default();
        for n in 0..20 * COUNTED_MAX {
            popular.counter("frequent").count();
            popular.counter(&n.to_string()).count();
            if n % 512 == 0 {
                popular.counts.run_pending_tasks();
            }
        }
        popular.counts.run_pending_tasks();
        assert!(popular.counts.entry_count() <= COUNTED_MAX);
        assert!(popular.take().iter().any(|(key, _)| key == "frequent"));
    }
}
