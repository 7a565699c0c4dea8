//! Suggestions of the last seconds: many people begin to type the same. One caller reads them for all.

use std::{sync::Arc, time::Duration};

use moka::future;

use crate::{
    error::Error,
    finder::Finder,
    suggestion::{Suggestion, Typed},
};

/// How long suggestions are repeated.
const KEPT: Duration = Duration::from_secs(2);
/// How many beginnings are kept.
const BEGINNINGS_MAX: u64 = 10_000;

/// Suggestions. Cheap to clone.
#[derive(Clone)]
pub struct Suggestions {
    finder: Finder,
    kept: future::Cache<(String, usize), Arc<[Suggestion]>>,
}

impl Suggestions {
    /// None yet.
    pub fn new(finder: Finder) -> Self {
        Self { finder, kept: future::Cache::builder().max_capacity(BEGINNINGS_MAX).time_to_live(KEPT).build() }
    }

    /// How what was typed may go on.
    pub async fn suggest(&self, typed: &Typed) -> Result<Arc<[Suggestion]>, Arc<Error>> {
        let read = async { Ok(self.finder.suggest(typed).await?.into()) };
        self.kept.try_get_with((typed.key.clone(), typed.limit), read).await
    }
}
