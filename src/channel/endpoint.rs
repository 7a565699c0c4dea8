//! One instance of a service: its connections, and what is known of how it does.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    bound::Bound,
    direct::{STREAM_WINDOW, STREAMS_MAX, STREAMS_WINDOW},
    exclusion::Exclusion,
    line::{Line, Link},
    lines, ring,
};
use crate::id::EventId;

/// What an instance says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Health {
    /// Nobody has asked yet: it is tried.
    Unknown,
    /// It serves.
    Serving,
    /// It says that it does not, or can't be reached.
    NotServing,
    /// It says nothing.
    Silent,
}

/// The instance.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    /// What the address weighs by.
    number: u64,
    /// One for each thread that has a line of its own, and one for all others. They connect when they are used.
    calls: Vec<Arc<Line>>,
    /// Streams last, and a connection takes so many: each line with its places. Few lines are made.
    streams: Mutex<Vec<(Arc<Line>, Arc<Semaphore>)>>,
    under_way: AtomicU32,
    /// How many may be.
    pub(super) bound: Bound,
    strikes: AtomicU32,
    health: AtomicU8,
    /// How many answers about its health are missing in a row.
    missed: AtomicU32,
    exclusion: Mutex<Exclusion>,
    /// Told when it has fallen silent: what is under way there is not waited for.
    pub(super) lost: Notify,
}

/// A call that is under way at an instance until this is dropped.
pub(super) struct UnderWay<'e>(&'e AtomicU32);

impl Endpoint {
    pub(super) fn new(link: &Link, calls_max: u32) -> Self {
        Self {
            address: link.address,
            number: ring::number(&link.address.to_string()),
            calls: (0..lines::count()).map(|_| Line::new(link.clone())).collect(),
            streams: Mutex::default(),
            under_way: AtomicU32::new(0),
            bound: Bound::new(calls_max),
            strikes: AtomicU32::new(0),
            health: AtomicU8::new(Health::Unknown as u8),
            missed: AtomicU32::new(0),
            exclusion: Mutex::default(),
            lost: Notify::new(),
        }
    }

    /// How heavy it is for the event: the heaviest gets what is written about it.
    pub(super) const fn weight(&self, event: EventId) -> u64 {
        ring::weight(self.number, event)
    }

    /// The connection for calls of this thread.
    pub(super) fn calls(&self) -> &Arc<Line> {
        &self.calls[lines::of_this_thread() % self.calls.len()]
    }

    /// A connection that has room for a stream, and its place there.
    pub(super) fn stream(&self) -> Option<(Arc<Line>, OwnedSemaphorePermit)> {
        let mut lines = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let free = lines
            .iter()
            .find_map(|(line, places)| Some((Arc::clone(line), Arc::clone(places).try_acquire_owned().ok()?)));
        if free.is_some() {
            return free;
        }
        // Each stream may be read as slowly as its reader likes: the connection has room for what all of them leave unread.
        let windows = Some((STREAM_WINDOW, STREAMS_WINDOW));
        let line = Line::new(Link { windows, ..self.calls().link().clone() });
        let places = Arc::new(Semaphore::new(STREAMS_MAX as usize));
        lines.push((Arc::clone(&line), Arc::clone(&places)));
        Some((line, places.try_acquire_owned().ok()?))
    }

    /// Closes connections for streams that carry none, but for the first.
    pub(super) fn tidy(&self) {
        let mut lines = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first = true;
        lines.retain(|(_, places)| std::mem::take(&mut first) || places.available_permits() < STREAMS_MAX as usize);
    }

    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.under_way)
    }

    /// Whether it may be given one more call.
    pub(super) fn has_room(&self) -> bool {
        self.under_way() < self.bound.calls()
    }

    pub(super) fn under_way(&self) -> u32 {
        self.under_way.load(Ordering::Relaxed)
    }

    pub(super) fn health(&self) -> Health {
        match self.health.load(Ordering::Relaxed) {
            serving if serving == Health::Serving as u8 => Health::Serving,
            not if not == Health::NotServing as u8 => Health::NotServing,
            silent if silent == Health::Silent as u8 => Health::Silent,
            _ => Health::Unknown,
        }
    }

    /// Notes what it says; answers what was known before.
    pub(super) fn set_health(&self, health: Health) -> Health {
        let before = self.health();
        self.health.store(health as u8, Ordering::Relaxed);
        before
    }

    /// Notes that it did not say how it does; answers how often in a row it did not.
    pub(super) fn missed(&self) -> u32 {
        self.missed.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How often in a row it did not.
    pub(super) fn misses(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Notes that it did.
    pub(super) fn not_missed(&self) {
        self.missed.store(0, Ordering::Relaxed);
    }

    /// Notes a good answer.
    pub(super) fn served(&self) {
        // Mostly nothing is wrong: then the line of memory stays shared between the cores.
        if self.strikes.load(Ordering::Relaxed) != 0 {
            self.strikes.store(0, Ordering::Relaxed);
        }
    }

    /// Notes a bad one; answers how many strikes there are.
    pub(super) fn strike(&self, weight: u32) -> u32 {
        self.strikes.fetch_add(weight, Ordering::Relaxed).saturating_add(weight)
    }

    pub(super) fn strikes(&self) -> u32 {
        self.strikes.load(Ordering::Relaxed)
    }

    pub(super) fn exclusion(&self) -> MutexGuard<'_, Exclusion> {
        self.exclusion.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_left_out(&self, now: Instant) -> bool {
        self.exclusion().holds(now)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
