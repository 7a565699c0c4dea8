//! What a reserve is compared with: pgbench, the empty call, the bare batches.

use std::sync::{Arc, atomic::Ordering};

use super::{WORKERS, stand::Stand};
use crate::{
    error::Error,
    load::{Answer, closed},
    pgbench::Script,
    row::{Measured, Row},
    store::batch::{self, Wish},
};

impl Stand<'_> {
    pub(super) async fn pgbench(&mut self, row: Row) -> Result<Measured, Error> {
        let script = if matches!(row, Row::OneStatement(_)) { Script::OneStatement } else { Script::Textbook };
        let commit = if matches!(row, Row::TextbookReplicated(_)) { "remote_apply" } else { "on" };
        let (clients, window) = (row.count().unwrap_or(1), self.window());
        let (watch, url) = (self.running.watch.clone(), &self.running.postgres.primary);
        let load = self.pgbench.run(url, script, clients, window, commit);
        let (found, cores) = watch.beside(window, load).await?;
        Ok(Measured::new(found?, 1, cores))
    }

    pub(super) async fn echo(&self, callers: u16) -> Result<Measured, Error> {
        let door = Arc::clone(&self.door);
        let call = move |caller| {
            let door = Arc::clone(&door);
            async move { Some(door.echo(caller).await) }
        };
        self.watch(self.window(), 1, closed(callers.into(), self.window(), call)).await
    }

    pub(super) async fn batch(&self, size: u16) -> Result<Measured, Error> {
        let (database, seats) = (self.database.clone(), Arc::clone(&self.seats));
        let (customers, tally) = (Arc::clone(&self.customers), Arc::clone(&self.tally));
        let call = move |_| {
            let (database, seats) = (database.clone(), Arc::clone(&seats));
            let (customers, tally) = (Arc::clone(&customers), Arc::clone(&tally));
            async move {
                let wish = |&ticket_id| Wish { user_id: customers.next().user_id, ticket_id };
                let wishes = seats.take_many(size.into())?.iter().map(wish).collect();
                Some(match batch::hold(&database, wishes).await {
                    Ok(held) => {
                        tally.granted.fetch_add(held as u64, Ordering::Relaxed);
                        Answer::Good
                    }
                    Err(error) => {
                        tally.unknown.fetch_add(size.into(), Ordering::Relaxed);
                        Answer::Failed(error.to_string())
                    }
                })
            }
        };
        self.watch(self.window(), size, closed(WORKERS.into(), self.window(), call)).await
    }
}
