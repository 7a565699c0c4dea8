//! What is known of one event and told about it. Changes go in, encoded answers come out; waits for nothing.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tokio::sync::broadcast;
use usher::reason::Refusal;

use super::messages::{self, Update, View};
use crate::{
    board::Board,
    seat::{Change, Timestamp},
    view::SeatMap,
};

/// How many updates a watcher may be behind; one who is more behind gets all seats instead.
const BEHIND_MAX: usize = 64;
/// How many updates are kept for watchers who come back. Never more seats than a snapshot has.
const HISTORY_MAX: usize = 256;
/// How many changes may come before the seats were read at all; more make another reading necessary.
const EARLY_CHANGES_MAX: usize = 4_096;
/// How long after its last watcher's end an event's updates are still kept for one who comes back.
const WATCHED_FOR: Duration = Duration::from_secs(60);
/// A version is the time of its event's first one, in milliseconds, and a count in so many bits: it grows also when
/// another process goes on.
const COUNT_BITS: u32 = 20;

/// An event's state. Its owner has a lock around it.
#[derive(Debug)]
pub struct State {
    board: Option<Board>,
    /// What came before the board.
    early: Vec<Change>,
    version: i64,
    /// The view, unless something changed since.
    view: Option<View>,
    /// All seats, unless something changed since.
    snapshot: Option<Update>,
    history: VecDeque<Update>,
    watched_at: Option<Instant>,
    updates: broadcast::Sender<Update>,
    /// When the database last said what stands there.
    confirmed: Option<(Instant, Timestamp)>,
    /// Why the last reading failed, if it did.
    failure: Option<Refusal>,
}

/// What somebody gets who begins to watch.
#[derive(Debug)]
pub struct Joined {
    /// First this.
    pub first: VecDeque<Update>,
    /// Then all that comes.
    pub updates: broadcast::Receiver<Update>,
}

impl State {
    /// Nothing is known yet. `salt`: some bits that other processes don't have.
    pub fn new(salt: i64) -> Self {
        Self {
            board: None,
            early: Vec::new(),
            version: salt & ((1 << COUNT_BITS) - 1),
            view: None,
            snapshot: None,
            history: VecDeque::new(),
            watched_at: None,
            updates: broadcast::Sender::new(BEHIND_MAX),
            confirmed: None,
            failure: None,
        }
    }

    /// Takes changes in.
    pub fn apply(&mut self, changes: &[Change], now: Timestamp) {
        let Some(board) = &mut self.board else {
            self.early.extend_from_slice(changes);
            return;
        };
        let places = board.apply(changes, now);
        self.publish(&places);
    }

    /// Whether so much came before the board that it is to be read once more.
    pub fn is_flooded(&mut self) -> bool {
        let flooded = self.early.len() > EARLY_CHANGES_MAX;
        if flooded {
            self.early = Vec::new();
        }
        flooded
    }

    /// Takes in what was read.
    pub fn take_in(&mut self, read: SeatMap, now: Timestamp) {
        let read_at = read.read_at;
        let recovered = self.failure.take().is_some();
        if let Some(board) = &mut self.board {
            let event = board.event().clone();
            let places = board.merge(read, now);
            if *board.event() != event {
                self.view = None;
            }
            self.publish(&places);
        } else {
            self.version += read_at.timestamp_millis() << COUNT_BITS;
            let mut board = Board::new(read);
            board.apply(&std::mem::take(&mut self.early), now);
            board.lapse(now);
            self.board = Some(board);
        }
        self.confirmed = Some((Instant::now(), read_at));
        if recovered {
            self.forget_encoded();
            self.beat();
        }
    }

    /// Notes that nothing could be read.
    pub fn fail(&mut self, why: Refusal) {
        let before = self.failure.replace(why);
        if before.is_none() {
            self.forget_encoded();
            self.beat();
        }
    }

    /// Lets holds lapse.
    pub fn lapse(&mut self, now: Timestamp) {
        let Some(board) = &mut self.board else { return };
        let places = board.lapse(now);
        self.publish(&places);
    }

    /// Tells watchers that the stream lives, and whether it is up to date.
    pub fn beat(&mut self) {
        if self.board.is_some() && self.watchers() > 0 {
            // Nobody listens any more: no matter.
            let _ = self.updates.send(messages::heartbeat(self.version, self.failure.is_some()));
        }
    }

    /// The event with its seats; `None` before they were read. `fresh`: whether they are known to stand so now.
    pub fn view(&mut self, now: Timestamp, fresh: bool) -> Option<View> {
        self.lapse(now);
        let (_, read_at) = self.confirmed?;
        let board = self.board.as_ref()?;
        let stale = !fresh || self.failure.is_some();
        let kept = self.view.take_if(|view| view.is_stale == stale);
        let view = kept.unwrap_or_else(|| messages::view(board, stale.then_some(read_at)));
        self.view = Some(view.clone());
        Some(view)
    }

    /// Begins to watch, after a version that the caller has (0: none); `None` before the seats were read.
    pub fn join(&mut self, after: i64) -> Option<Joined> {
        let board = self.board.as_ref()?;
        let updates = self.updates.subscribe();
        self.watched_at = Some(Instant::now());
        let stale = self.failure.is_some();
        let first = match since(&self.history, after, self.version) {
            Some(missed) => missed.chain([messages::heartbeat(self.version, stale)]).collect(),
            None => {
                let all = self.snapshot.take().unwrap_or_else(|| messages::snapshot(board, self.version, stale));
                [self.snapshot.insert(all).clone()].into()
            }
        };
        Some(Joined { first, updates })
    }

    /// How many watch.
    pub fn watchers(&self) -> usize {
        self.updates.receiver_count()
    }

    /// How many seats are known.
    pub fn seats(&self) -> usize {
        self.board.as_ref().map_or(0, Board::len)
    }

    /// When the next hold lapses.
    pub fn next_lapse(&self) -> Option<Timestamp> {
        self.board.as_ref()?.next_lapse()
    }

    /// When the database last said what stands there.
    pub fn confirmed_at(&self) -> Option<Instant> {
        self.confirmed.map(|(when, _)| when)
    }

    /// Why the last reading failed, if it did.
    pub const fn failure(&self) -> Option<&Refusal> {
        self.failure.as_ref()
    }

    /// What is known may be wrong: it counts as read long ago.
    pub fn doubt(&mut self) {
        if let Some((when, _)) = &mut self.confirmed {
            *when = when.checked_sub(Duration::from_secs(3_600)).unwrap_or(*when);
        }
    }

    fn publish(&mut self, places: &[usize]) {
        let Some(board) = self.board.as_ref().filter(|_| !places.is_empty()) else { return };
        self.version += 1;
        self.view = None;
        self.snapshot = None;
        let watched = self.updates.receiver_count() > 0;
        if watched {
            self.watched_at = Some(Instant::now());
        }
        if self.watched_at.is_none_or(|when| when.elapsed() > WATCHED_FOR) {
            // A hole in it would be taken for the whole.
            self.history.clear();
            return;
        }
        let update = messages::delta(board, places, self.version, self.failure.is_some());
        self.history.push_back(update.clone());
        let mut kept: usize = self.history.iter().map(|update| update.seats).sum();
        while self.history.len() > HISTORY_MAX || kept > board.len() {
            kept -= self.history.pop_front().map_or(0, |oldest| oldest.seats);
        }
        // Nobody listens just now: no matter.
        let _ = self.updates.send(update);
    }

    fn forget_encoded(&mut self) {
        self.view = None;
        self.snapshot = None;
    }
}

/// The updates after the version `after`; `None` where not all of them are at hand.
fn since(history: &VecDeque<Update>, after: i64, version: i64) -> Option<impl Iterator<Item = Update>> {
    let missed = usize::try_from(version.checked_sub(after)?).ok()?;
    (after > 0 && missed <= history.len()).then(|| history.range(history.len() - missed..).cloned())
}
