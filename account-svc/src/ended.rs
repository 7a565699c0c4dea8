//! Which sessions have ended lately: read from the database once a second, for all who ask every second. Other processes
//! of account-svc end sessions, too; so what this one ended is read like any other.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::sleep;
use usher::{database::Database, identity::Keys};
use uuid::Uuid;

use crate::{clock, store::sessions};

/// How often the database is asked.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// The most sessions that one answer tells of.
const TOLD_MAX: usize = 10_000;

/// The sessions, in the order in which this process heard of them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EndedSessions(Arc<RwLock<List>>);

#[derive(Debug)]
struct List {
    /// Tells this process's cursors from those of others.
    process: u64,
    /// The number of the first of `recent`.
    first: u64,
    /// Each with the time at which its tokens have expired, in seconds since 1970.
    recent: VecDeque<(Uuid, i64)>,
    /// The same: the database tells each several times.
    known: HashSet<Uuid>,
}

impl EndedSessions {
    /// None yet.
    pub fn new() -> Self {
        let process = Uuid::new_v4().as_u64_pair().0;
        Self(Arc::new(RwLock::new(List { process, first: 0, recent: VecDeque::new(), known: HashSet::new() })))
    }

    /// Those after a cursor, and the cursor after them. Every other cursor than this process's own is one from before all.
    pub fn after(&self, cursor: &str) -> (Vec<Uuid>, String) {
        let list = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let told = cursor
            .split_once('.')
            .and_then(|(process, next)| (process.parse() == Ok(list.process)).then_some(next.parse::<u64>().ok()?));
        let next = told.unwrap_or_default().clamp(list.first, list.first + list.recent.len() as u64);
        let skipped = usize::try_from(next - list.first).unwrap_or(usize::MAX);
        let ended: Vec<_> = list.recent.iter().skip(skipped).take(TOLD_MAX).map(|(session, _)| *session).collect();
        let cursor = format!("{}.{}", list.process, next + ended.len() as u64);
        (ended, cursor)
    }

    /// Takes sessions in at `now`, and forgets those whose tokens have expired.
    fn add(&self, sessions: Vec<Uuid>, now: i64, token_ttl_seconds: u32) {
        let mut list = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while let Some(&(session, expired_at)) = list.recent.front()
            && expired_at <= now
        {
            list.recent.pop_front();
            list.known.remove(&session);
            list.first += 1;
        }
        for session in sessions {
            if list.known.insert(session) {
                list.recent.push_back((session, now + i64::from(token_ttl_seconds)));
            }
        }
    }
}

/// Asks for ever.
pub async fn follow(ended: EndedSessions, keys: Keys, database: Database, token_ttl_seconds: u32) {
    let within_seconds = i32::try_from(token_ttl_seconds).unwrap_or(i32::MAX);
    let mut told = None;
    loop {
        // The primary: what a replica that is behind has not seen yet would be missed for good.
        let read = database.read_primary(|conn| Box::pin(sessions::ended_sessions(conn, told, within_seconds)));
        match read.await {
            Ok((sessions, cursor)) => {
                keys.end(sessions.iter().copied(), token_ttl_seconds);
                ended.add(sessions, clock::unix_seconds(), token_ttl_seconds);
                told = Some(cursor);
            }
            Err(error) => tracing::debug!(%error, "can't follow which sessions end"),
        }
        sleep(ASKED_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_session_is_told_once_to_who_follows_and_all_of_them_to_who_begins() {
        let (ended, ids) = (EndedSessions::new(), [1, 2, 3].map(Uuid::from_u128));
        let (none, start) = ended.after("");
        assert!(none.is_empty());
        ended.add(ids[..2].to_vec(), 100, 60);
        let (first, cursor) = ended.after(&start);
        assert_eq!(first, ids[..2]);
        ended.add(ids[1..].to_vec(), 110, 60);
        assert_eq!(ended.after(&cursor).0, ids[2..], "the database tells some twice");
        for foreign in ["", "x", "7.1", &EndedSessions::new().after("").1] {
            assert_eq!(ended.after(foreign).0, ids, "{foreign}");
        }
        ended.add(Vec::new(), 165, 60);
        assert_eq!(ended.after("").0, ids[2..], "the tokens of the others have expired");
        assert_eq!(ended.after(&cursor).0, ids[2..]);
    }
}
