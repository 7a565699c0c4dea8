//! The events that somebody looks at, each kept once for all who look: read from the database when somebody begins,
//! kept up to date by the feed, and read anew now and then, or whenever the feed may have missed something. Ten thousand
//! who look at one event cost the database a query every few seconds.

mod faces;
mod hub;
mod messages;
mod state;
mod watcher;

pub use messages::View;
pub use watcher::Watcher;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use usher::{
    database::Database,
    feed::{Heard, Publisher},
    id::EventId,
    reason::Refusal,
};

use crate::{clock::DatabaseClock, error::Error, seat::Change, seat_feed};
use hub::Hub;

/// The most events that are read at once: half of a pool's connections.
const READERS_MAX: usize = 8;
/// The most events that are kept, however small they are.
const EVENTS_MAX: usize = 8_192;
/// When somebody who finds no place may come back.
const FULL_RETRY: Duration = Duration::from_secs(2);

/// How events are kept.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often an event is read although the feed tells what changes.
    pub recheck: Duration,
    /// How long the first reading of an event may take.
    pub first_read_max: Duration,
    /// How long an event is still shown that can't be read.
    pub stale_max: Duration,
    /// How often a stream brings something.
    pub heartbeat: Duration,
    /// How long a stream lasts.
    pub watch_max: Duration,
    /// How many streams there may be.
    pub watchers_max: usize,
    /// How many seats are kept in memory; the events that nobody watches are forgotten first.
    pub seats_max: usize,
}

/// What every event works with.
pub struct Shared {
    database: Database,
    clock: DatabaseClock,
    settings: Settings,
    readers: Semaphore,
    /// Whether the feed tells what changes.
    listens: AtomicBool,
}

impl Shared {
    fn is_fed(&self) -> bool {
        self.listens.load(Ordering::Relaxed)
    }
}

/// The events. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    shared: Arc<Shared>,
    events: Arc<Mutex<HashMap<EventId, Arc<Hub>>>>,
    places: Arc<Semaphore>,
    feed: Publisher,
    tasks: TaskTracker,
    /// Cancelled when streams must end, so that the server can.
    closing: CancellationToken,
    /// Cancelled when nobody asks any more.
    ending: CancellationToken,
}

/// What has not happened yet is counted as well: a rate needs the zero before its first one.
fn count_from_zero() {
    metrics::counter!("event_views_stale_total").increment(0);
    metrics::counter!("event_watchers_behind_total").increment(0);
    metrics::counter!("seat_feed_gaps_total").increment(0);
    for outcome in ["read", "failed"] {
        metrics::counter!("event_readings_total", "outcome" => outcome).increment(0);
    }
}

impl Live {
    /// No events yet. Streams end with `closing`; the events' tasks run under `tasks` until `ending`.
    pub fn new(
        database: Database,
        settings: Settings,
        feed: Publisher,
        tasks: TaskTracker,
        closing: CancellationToken,
        ending: CancellationToken,
    ) -> Self {
        let (readers, listens) = (Semaphore::new(READERS_MAX), AtomicBool::new(false));
        let clock = DatabaseClock::default();
        count_from_zero();
        Self {
            shared: Arc::new(Shared { database, clock, settings, readers, listens }),
            events: Arc::default(),
            places: Arc::new(Semaphore::new(settings.watchers_max)),
            feed,
            tasks,
            closing,
            ending,
        }
    }

    /// One event with its seats, encoded.
    pub async fn view(&self, id: EventId) -> Result<View, Error> {
        let view = self.open(id).view(&self.shared).await?;
        if view.is_stale {
            metrics::counter!("event_views_stale_total").increment(1);
        }
        Ok(view)
    }

    /// Begins to watch an event, after a version that the caller has (0: none).
    pub async fn watch(&self, id: EventId, after: i64) -> Result<Watcher, Error> {
        let full = || Refusal::unavailable("too many watch already: try again, or ask GetEvent", FULL_RETRY);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Refused(full()))?;
        let hub = self.open(id);
        let joined = hub.join(&self.shared, after).await?;
        Ok(Watcher::new(hub, joined, self.shared.settings.watch_max, self.closing.clone(), place))
    }

    /// Notes that an event was edited here, and tells the others.
    pub fn edited(&self, id: EventId) {
        self.feed.tell_edit(id);
        self.look_again(id);
    }

    /// Takes in what the feed says.
    pub fn heard(&self, heard: Heard) {
        match heard {
            Heard::News(entry) => {
                let mut of_events: HashMap<EventId, Vec<Change>> = HashMap::new();
                for (event, change) in entry.seats.iter().filter_map(seat_feed::change) {
                    of_events.entry(event).or_default().push(change);
                }
                let now = self.shared.clock.now();
                for (event, changes) in of_events {
                    if let Some(hub) = self.find(event) {
                        hub.apply(&changes, now);
                    }
                }
                entry.edited_event_ids.into_iter().filter_map(EventId::new).for_each(|event| self.look_again(event));
            }
            Heard::Gap => {
                self.shared.listens.store(true, Ordering::Relaxed);
                metrics::gauge!("seat_feed_heard").set(1.0);
                metrics::counter!("seat_feed_gaps_total").increment(1);
                self.all().iter().for_each(|hub| hub.refresh(false));
            }
            Heard::Lost => {
                self.shared.listens.store(false, Ordering::Relaxed);
                metrics::gauge!("seat_feed_heard").set(0.0);
                self.all().iter().for_each(|hub| hub.reschedule());
            }
        }
    }

    fn look_again(&self, id: EventId) {
        if let Some(hub) = self.find(id) {
            hub.refresh(true);
        }
    }

    /// The event's hub; one that is there no more, or never was, is made.
    fn open(&self, id: EventId) -> Arc<Hub> {
        let mut events = self.events();
        if let Some(hub) = events.get(&id).filter(|hub| !hub.gone.is_cancelled()) {
            return Arc::clone(hub);
        }
        make_room(&mut events, &self.shared.settings);
        let hub = Arc::new(Hub::new(id, self.ending.child_token()));
        self.tasks.spawn(Arc::clone(&hub).run(Arc::clone(&self.shared)));
        events.insert(id, Arc::clone(&hub));
        metrics::gauge!("event_kept").set(f64::from(u32::try_from(events.len()).unwrap_or(u32::MAX)));
        hub
    }

    fn find(&self, id: EventId) -> Option<Arc<Hub>> {
        self.events().get(&id).cloned()
    }

    fn all(&self) -> Vec<Arc<Hub>> {
        self.events().values().cloned().collect()
    }

    fn events(&self) -> MutexGuard<'_, HashMap<EventId, Arc<Hub>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what nobody has looked at for long, and as much more as does not fit; never what is watched.
fn make_room(events: &mut HashMap<EventId, Arc<Hub>>, settings: &Settings) {
    let mut unwatched = Vec::new();
    let (mut count, mut total) = (0, 0);
    events.retain(|&id, hub| {
        let (watchers, seats, idle) = hub.use_of();
        let keep = !hub.gone.is_cancelled() && (watchers > 0 || idle <= settings.stale_max);
        if keep {
            (count, total) = (count + 1, total + seats);
            if watchers == 0 {
                unwatched.push((idle, id, seats));
            }
        } else {
            hub.gone.cancel();
        }
        keep
    });
    unwatched.sort_unstable();
    while total > settings.seats_max || count >= EVENTS_MAX {
        let Some((_, id, seats)) = unwatched.pop() else { return };
        if let Some(hub) = events.remove(&id) {
            hub.gone.cancel();
        }
        (count, total) = (count - 1, total - seats);
    }
}

#[cfg(test)]
mod tests;
