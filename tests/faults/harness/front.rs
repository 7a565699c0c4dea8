//! What stands before the edges, as a cluster's endpoints do: whom a new request goes to.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// The edges, of which some get requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Front {
    all: Arc<[String]>,
    left: Arc<Mutex<Vec<usize>>>,
    turn: Arc<AtomicUsize>,
}

impl Front {
    /// All of those URLs.
    pub fn of(edges: impl Iterator<Item = String>) -> Self {
        Self { all: edges.collect(), left: Arc::default(), turn: Arc::default() }
    }

    /// All of them.
    pub fn all(&self) -> Vec<String> {
        self.all.to_vec()
    }

    /// Whose turn it is, of those that get requests.
    pub fn next(&self) -> String {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let mut turns = (0..self.all.len()).map(|_| self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len());
        self.all[turns.find(|nth| !left.contains(nth)).expect("an edge")].clone()
    }

    /// That one gets none from now on.
    pub fn leave(&self, nth: usize) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).push(nth);
    }

    /// It gets some again.
    pub fn join(&self, nth: usize) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).retain(|left| *left != nth);
    }
}
