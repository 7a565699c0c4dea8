//! One event that somebody looks at: its state, and the task that reads it anew, lets holds lapse and keeps streams alive.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, watch},
    time::{sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use usher::{database::Faulty as _, id::EventId, reason::Refusal};

use super::{
    Shared,
    messages::View,
    state::{Joined, State},
};
use crate::{
    error::Error,
    seat::{Change, Timestamp},
    view::{self, SeatMap},
};

/// How long after somebody looked an event is still read anew by itself.
const LOOKED_FOR: Duration = Duration::from_secs(10);
/// How often an event is read while the feed is silent, and how old the answer may be then.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The least time between two readings of an event: gaps may come in swarms.
const READ_PAUSE: Duration = Duration::from_millis(200);
/// How long somebody who looks waits for the database before they get what was known last.
const PATIENCE: Duration = Duration::from_millis(300);
/// A hold lapses so long after its last moment: timers are that coarse.
const TIMER_STEP: Duration = Duration::from_millis(1);

/// An event that somebody looks at.
#[derive(Debug)]
pub struct Hub {
    /// Which.
    pub event: EventId,
    state: Mutex<State>,
    looked_at: Mutex<Instant>,
    /// The seats are to be read.
    wanted: Notify,
    /// Another hold may be the next to lapse.
    changed: Notify,
    /// The seats may have to be read sooner, or later.
    rescheduled: Notify,
    /// The next reading is to be no older than the last commit.
    from_primary: AtomicBool,
    /// How many readings have ended.
    readings: watch::Sender<u64>,
    /// Cancelled when it is forgotten.
    pub gone: CancellationToken,
}

impl Hub {
    /// A hub that knows nothing yet; its task begins with a reading.
    pub fn new(event: EventId, gone: CancellationToken) -> Self {
        Self {
            event,
            state: Mutex::new(State::new(rand::random())),
            looked_at: Mutex::new(Instant::now()),
            wanted: Notify::new(),
            changed: Notify::new(),
            rescheduled: Notify::new(),
            from_primary: AtomicBool::new(false),
            readings: watch::Sender::new(0),
            gone,
        }
    }

    /// The event with its seats.
    pub async fn view(&self, shared: &Shared) -> Result<View, Error> {
        self.look();
        if self.is_fresh(shared)
            && let Some(view) = self.state().view(shared.clock.now(), true)
        {
            return Ok(view);
        }
        let has_some = self.state().confirmed_at().is_some();
        self.read_now(if has_some { PATIENCE } else { shared.settings.first_read_max }).await;
        let is_fresh = self.is_fresh(shared);
        let mut state = self.state();
        let known_for = state.confirmed_at().map(|when| when.elapsed());
        let usable = is_fresh || known_for.is_some_and(|age| age <= shared.settings.stale_max);
        match state.view(shared.clock.now(), is_fresh).filter(|_| usable) {
            Some(view) => Ok(view),
            None => Err(Error::Refused(state.failure().cloned().unwrap_or_else(late))),
        }
    }

    /// Begins to watch, after a version that the caller has (0: none).
    pub async fn join(&self, shared: &Shared, after: i64) -> Result<Joined, Error> {
        self.look();
        if !self.is_fresh(shared) {
            let has_some = self.state().confirmed_at().is_some();
            self.read_now(if has_some { PATIENCE } else { shared.settings.first_read_max }).await;
        }
        let mut state = self.state();
        state.lapse(shared.clock.now());
        let joined = state.join(after);
        joined.ok_or_else(|| Error::Refused(state.failure().cloned().unwrap_or_else(late)))
    }

    /// All seats at once, and what comes after: for a watcher who fell behind.
    pub fn join_anew(&self) -> Option<Joined> {
        self.state().join(0)
    }

    /// Takes changes in.
    pub fn apply(&self, changes: &[Change], now: Timestamp) {
        let mut state = self.state();
        state.apply(changes, now);
        let flooded = state.is_flooded();
        drop(state);
        if flooded {
            self.wanted.notify_one();
        }
        self.changed.notify_one();
    }

    /// What is known may be wrong: reads the seats anew, from the primary where they must be no older than the last
    /// commit. An event that nobody looks at is read when somebody does.
    pub fn refresh(&self, from_primary: bool) {
        if from_primary {
            self.from_primary.store(true, Ordering::Relaxed);
        }
        self.state().doubt();
        if self.is_looked_at() {
            self.wanted.notify_one();
        }
    }

    /// Reads the seats as often as the feed makes it necessary from now on.
    pub fn reschedule(&self) {
        self.rescheduled.notify_one();
    }

    /// How many watch, how many seats are known, and for how long nobody has looked.
    pub fn use_of(&self) -> (usize, usize, Duration) {
        let state = self.state();
        (state.watchers(), state.seats(), self.looked_at().elapsed())
    }

    /// Reads, lets holds lapse and keeps streams alive, until it is forgotten.
    pub async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let mut beat_at = Instant::now() + shared.settings.heartbeat;
        while let Some(read) = self.meanwhile(&shared, &mut beat_at, self.read(&shared)).await {
            if self.finish(&shared, read)
                || self.meanwhile(&shared, &mut beat_at, self.next_read(&shared)).await.is_none()
            {
                return;
            }
        }
    }

    /// Lets holds lapse and keeps streams alive until `work` is done; `None` once the hub is forgotten.
    async fn meanwhile<T>(&self, shared: &Shared, beat_at: &mut Instant, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let now = shared.clock.now();
            let lapse = self.state().next_lapse().map(|at| (at - now).to_std().unwrap_or_default() + TIMER_STEP);
            tokio::select! {
                done = &mut work => return Some(done),
                () = until(lapse.map(|left| Instant::now() + left)) => self.state().lapse(shared.clock.now()),
                () = sleep_until((*beat_at).into()) => {
                    self.state().beat();
                    *beat_at = Instant::now() + shared.settings.heartbeat;
                }
                () = self.changed.notified() => {}
                () = self.gone.cancelled() => return None,
            }
        }
    }

    /// Waits until the seats are to be read again.
    async fn next_read(&self, shared: &Shared) {
        let read_at = Instant::now();
        sleep(READ_PAUSE).await;
        loop {
            let failed = self.state().failure().is_some();
            let every = if shared.is_fed() && !failed { shared.settings.recheck } else { POLL_EVERY };
            let next = self.is_looked_at().then(|| read_at + every);
            tokio::select! {
                () = until(next) => return,
                () = self.wanted.notified() => return,
                () = self.rescheduled.notified() => {}
            }
        }
    }

    async fn read(&self, shared: &Shared) -> Result<SeatMap, Error> {
        let from_primary = self.from_primary.swap(false, Ordering::Relaxed);
        // A swarm of gaps must not take every connection.
        let _turn = shared.readers.acquire().await.map_err(|_| Error::Refused(late()))?;
        let read = match from_primary {
            true => view::find_edited_event(&shared.database, self.event).await,
            false => view::find_event(&shared.database, self.event).await,
        };
        if from_primary && read.is_err() {
            self.from_primary.store(true, Ordering::Relaxed);
        }
        read
    }

    /// Takes the reading in; answers whether there is no such event.
    fn finish(&self, shared: &Shared, read: Result<SeatMap, Error>) -> bool {
        let outcome = if read.is_ok() { "read" } else { "failed" };
        metrics::counter!("event_readings_total", "outcome" => outcome).increment(1);
        let mut unknown = false;
        match read {
            Ok(map) => {
                shared.clock.read(map.read_at);
                self.state().take_in(map, shared.clock.now());
            }
            Err(error) => {
                unknown = error.fault().is_none();
                self.state().fail(error.into());
            }
        }
        if unknown {
            self.gone.cancel();
        }
        self.readings.send_modify(|readings| *readings += 1);
        unknown
    }

    /// Asks for a reading and waits until one has ended, at most `max`.
    async fn read_now(&self, max: Duration) {
        let mut readings = self.readings.subscribe();
        let before = *readings.borrow_and_update();
        // The first reading is under way from the start.
        if before > 0 {
            self.wanted.notify_one();
        }
        // Elapsed, or forgotten meanwhile: the caller takes what there is.
        let _ = tokio::time::timeout(max, readings.wait_for(|&ended| ended > before)).await;
    }

    fn is_fresh(&self, shared: &Shared) -> bool {
        let age_max = if shared.is_fed() { shared.settings.recheck + POLL_EVERY } else { POLL_EVERY };
        let state = self.state();
        state.failure().is_none() && state.confirmed_at().is_some_and(|when| when.elapsed() <= age_max)
    }

    fn look(&self) {
        let mut looked_at = self.looked_at();
        let was_asleep = looked_at.elapsed() > LOOKED_FOR;
        *looked_at = Instant::now();
        drop(looked_at);
        if was_asleep {
            self.rescheduled.notify_one();
        }
    }

    fn is_looked_at(&self) -> bool {
        self.state().watchers() > 0 || self.looked_at().elapsed() <= LOOKED_FOR
    }

    fn looked_at(&self) -> MutexGuard<'_, Instant> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when.into()).await,
        None => std::future::pending().await,
    }
}

fn late() -> Refusal {
    Refusal::unavailable("the seats can't be read right now: try again", POLL_EVERY)
}
