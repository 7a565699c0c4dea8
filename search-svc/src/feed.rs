//! Follows the outbox: what changes is known here a moment later. It is read from the server that searches are read from,
//! so that whoever knows of a change can also read what it did.
//!
//! Rows are found by their transaction, not by their number: a number is given before its transaction ends, and one that
//! ends late would be passed over. Each look begins at the oldest transaction that was under way at the look before; what
//! was seen already is known by its number.

use std::{
    collections::HashSet,
    sync::{
        Arc, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use usher::database::{Connection, Database};

use crate::{
    changes::{CHANGES_MAX, Change, Recent},
    error::Error,
    search::Search,
    store::{
        self,
        changes::{self, ChangeRow},
    },
};

/// How often the outbox is looked at. Twice that and a search are what a change takes to be seen.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long what changed may be shown as it was.
const SEEN_WITHIN: Duration = Duration::from_secs(2);
// Half of it is left for the statements, and for a machine that is busy.
const _: () = assert!(4 * LOOK_EVERY.as_millis() <= SEEN_WITHIN.as_millis());

/// What changed of late. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    recent: RwLock<Recent>,
    /// How often that was written. Written last, under its lock: who has read a number and looks afterwards has seen
    /// everything up to it.
    version: AtomicU64,
}

impl Changes {
    /// Grows whenever something becomes known: what was right at the same version still is.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    /// Whether an answer is as good as when it was read.
    pub fn leave(&self, search: &Search, event_ids: &[i64], transactions: i64) -> bool {
        self.read().leaves(search, event_ids, transactions)
    }

    fn read(&self) -> RwLockReadGuard<'_, Recent> {
        // Nothing panics while it writes.
        self.0.recent.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self, write: impl FnOnce(&mut Recent)) {
        let mut recent = self.0.recent.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        write(&mut recent);
        self.0.version.fetch_add(1, Ordering::Release);
    }
}

/// Where the feed stands.
#[derive(Debug, Default)]
struct Position {
    /// The oldest transaction that may still write; `None` before the first look.
    transaction: Option<i64>,
    /// The rows of that and later ones that were seen.
    seen: HashSet<i64>,
}

/// What a look tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The events that changed since the look before; `None` where too many did to be told.
    pub event_ids: Option<Vec<i64>>,
    /// Everything of earlier transactions has been told.
    pub transactions: i64,
}

/// What a look found.
#[derive(Debug, Default)]
struct Look {
    settled: i64,
    rows: Vec<ChangeRow>,
    changes: Vec<Change>,
}

/// Follows the outbox for as long as its owner runs it. `hear` is told of every look.
pub async fn follow(database: Database, known: Changes, hear: impl Fn(Heard)) {
    let mut position = Position::default();
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut works = true;
    loop {
        ticks.tick().await;
        match look(&database, &position).await {
            Ok(look) => {
                if !works {
                    tracing::info!("changes are followed again");
                }
                works = true;
                take(&known, &mut position, look, &hear);
            }
            Err(error) => {
                if works {
                    tracing::warn!(%error, "changes can't be followed: what is known may be old");
                }
                works = false;
            }
        }
        metrics::gauge!("search_changes_followed").set(if works { 1.0 } else { 0.0 });
    }
}

fn take(known: &Changes, position: &mut Position, look: Look, hear: &impl Fn(Heard)) {
    let too_many = look.rows.len() > CHANGES_MAX;
    let first = position.transaction.is_none();
    let ids = look.changes.iter().map(|change| change.event_id).collect();
    position.transaction = Some(look.settled);
    position.seen = look.rows.iter().filter(|row| row.transaction >= look.settled).map(|row| row.change_id).collect();
    let event_ids = match (first, too_many) {
        // What changed before is in whatever is read from now on.
        (true, _) => Some(Vec::new()),
        (false, true) => None,
        (false, false) => Some(ids),
    };
    hear(Heard { event_ids, transactions: look.settled });
    if !first && !too_many && look.changes.is_empty() {
        return;
    }
    known.write(|recent| {
        match (first, too_many) {
            (true, _) => recent.forget(0),
            (false, true) => recent.forget(look.settled),
            (false, false) => {}
        }
        look.changes.into_iter().for_each(|change| recent.note(change));
    });
}

async fn look(database: &Database, position: &Position) -> Result<Look, Error> {
    let (from, seen) = (position.transaction.unwrap_or(0), position.seen.clone());
    let read = database.read(move |conn| {
        let seen = seen.clone();
        Box::pin(async move { read(conn, from, &seen).await })
    });
    read.await
}

async fn read(conn: &mut Connection, from: i64, seen: &HashSet<i64>) -> Result<Look, Error> {
    // First: what is written from here on is found by the next look.
    let settled = store::moment(conn).await?.transactions;
    let rows = changes::find_changes(conn, from).await?;
    let new: Vec<_> = rows.iter().filter(|row| !seen.contains(&row.change_id)).collect();
    if new.is_empty() {
        return Ok(Look { settled, rows, changes: Vec::new() });
    }
    let event_ids: Vec<_> = new.iter().map(|row| row.event_id).collect();
    let now = changes::find_documents_of(conn, &event_ids).await?;
    let of = |row: &ChangeRow| row.document_before.into_iter().chain(now.get(&row.event_id).copied());
    let ids: Vec<_> = new.iter().flat_map(|row| of(row)).collect();
    let documents = changes::find_documents(conn, &ids).await?;
    let change = |row: &&ChangeRow| Change {
        event_id: row.event_id,
        transaction: row.transaction,
        documents: of(row).filter_map(|id| documents.get(&id).cloned()).collect(),
    };
    let changes = new.iter().map(change).collect();
    Ok(Look { settled, rows, changes })
}
