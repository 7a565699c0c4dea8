//! Searching for what others search for as well, beside getting the same bytes from Redis.

use std::sync::Arc;

use super::stand::Stand;
use crate::{
    error::Error,
    load::closed,
    report::note,
    row::{Measured, Row},
    searchers::Searchers,
};

impl Stand<'_> {
    pub(super) async fn search(&mut self, row: Row) -> Result<Measured, Error> {
        let services = &self.running.services;
        let searchers = Searchers::new(&services.search, &services.redis, self.config.connections).await?;
        note(&format!("  the answer has {} bytes", searchers.answer_bytes()));
        let (searchers, bare) = (Arc::new(searchers), matches!(row, Row::RedisGet(_)));
        let call = move |caller| {
            let searchers = Arc::clone(&searchers);
            async move { Some(if bare { searchers.redis_get(caller).await } else { searchers.search(caller).await }) }
        };
        let callers = row.count().unwrap_or(1);
        self.watch(self.window(), 1, closed(callers.into(), self.window(), call)).await
    }
}
