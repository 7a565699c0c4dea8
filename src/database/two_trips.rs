//! A transaction in two trips to the server: `BEGIN` travels with what it reads, `COMMIT` with what it writes.

use std::sync::Arc;

use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection as _, TransactionManager};
use tokio::task::unconstrained;

use super::{Connection, Database, Error, Fault, Faulty, Work, once, retried, roll_back, traced};
use crate::trace::Span;

/// A transaction that reads, decides without asking anybody, and writes with one statement.
pub trait TwoTrips: Send + Sync + 'static {
    /// What it reads.
    type Facts: Send;
    /// What it writes.
    type Write: Send + Sync;
    /// What it answers.
    type Answer: Send + 'static;
    /// Why it fails.
    type Error: From<Error> + Faulty + Send + 'static;

    /// Reads under locks. What is asked for at once arrives behind `BEGIN`.
    fn read<'a>(&'a self, conn: &'a Connection) -> Work<'a, Self::Facts, Self::Error>;

    /// What follows; where that is nothing to write, the transaction is rolled back.
    fn decide(&self, facts: Self::Facts) -> (Self::Answer, Option<Self::Write>);

    /// Writes with ONE statement. `COMMIT` is right behind it and does not wait for its answer: the statement must fail
    /// by itself where it can't write everything. A session that has not prepared it yet runs it after `COMMIT`, on its
    /// own: it must write nothing then, and the answer must be [`Error::lost_race`].
    fn write<'a>(&'a self, conn: &'a Connection, write: &'a Self::Write) -> Work<'a, (), Self::Error>;
}

impl Database {
    /// Runs `batch` as one transaction on the primary, in two trips to the server instead of one per statement; through a
    /// pooler that lends sessions, in one per statement. Not in a task of its own: call it from one that no client can
    /// drop. A transaction that lost against another one is tried again.
    pub async fn two_trips<B: TwoTrips>(&self, batch: B) -> Result<B::Answer, B::Error> {
        let batch = Arc::new(batch);
        let attempt = || {
            let (batch, setup) = (Arc::clone(&batch), self.primary.setup().map(ToOwned::to_owned));
            self.primary.run(|conn| {
                Box::pin(async move {
                    match setup {
                        Some(setup) => once(conn, Some(&setup), |conn| step_by_step(conn, batch)).await,
                        None => run(conn, &*batch).await,
                    }
                })
            })
        };
        let span = traced::begin("transaction", "primary");
        traced::end(&span, span.around(retried(attempt)).await)
    }
}

async fn run<B: TwoTrips>(conn: &mut Connection, batch: &B) -> Result<B::Answer, B::Error> {
    // From here on the pool takes the connection for one with half a transaction on it, until that has ended.
    note(conn, TransactionDepthChange::IncreaseDepth)?;
    // The two are simple queries, which nobody prepares: the place for a comment that is never the same.
    let span = Span::current();
    let (first_words, last_words) = (span.comment("BEGIN"), span.comment("COMMIT"));
    let facts = {
        let (mut first, shared): (&Connection, &Connection) = (conn, conn);
        // Unconstrained, here and below: a future that yields for fairness' sake would send its statement too late.
        let (begun, facts) =
            unconstrained(async { tokio::join!(first.batch_execute(&first_words), batch.read(shared)) }).await;
        begun.map_err(Error::from)?;
        facts
    };
    let (answer, write) = match facts {
        Ok(facts) => batch.decide(facts),
        Err(error) => {
            roll_back(conn).await;
            return Err(error);
        }
    };
    let Some(write) = write else {
        // Locks alone: there is nothing that has to reach the disk.
        roll_back(conn).await;
        return Ok(answer);
    };
    let (written, committed) = {
        let (shared, mut last): (&Connection, &Connection) = (conn, conn);
        unconstrained(async { tokio::join!(batch.write(shared, &write), last.batch_execute(&last_words)) }).await
    };
    if committed.is_ok() {
        note(conn, TransactionDepthChange::DecreaseDepth)?;
    }
    // A COMMIT behind a statement that failed rolls back, and that is no error of its own.
    written?;
    committed.map_err(Error::from)?;
    Ok(answer)
}

/// What happens in the transaction, one statement after the other: each is prepared anew, so that nothing could be sent
/// behind it before it is.
fn step_by_step<B: TwoTrips>(conn: &mut Connection, batch: Arc<B>) -> Work<'_, B::Answer, B::Error> {
    Box::pin(async move {
        let facts = batch.read(&*conn).await?;
        let (answer, write) = batch.decide(facts);
        if let Some(write) = write {
            batch.write(conn, &write).await?;
        }
        Ok(answer)
    })
}

/// Tells diesel how deep in a transaction the connection is.
fn note(conn: &mut Connection, change: TransactionDepthChange) -> Result<(), Error> {
    match AnsiTransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => Ok(status.change_transaction_depth(change)?),
        TransactionManagerStatus::InError => Err(Error::new(Fault::Unavailable, "the connection is of no use")),
    }
}
