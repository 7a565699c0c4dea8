//! Watchers of one event of 3,000 seats: how long after somebody began to reserve a seat each of them has seen that it is
//! taken. One change at a time: the next one waits until all have seen the last.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::timeout,
};
use usher::channel;

use super::stand::Stand;
use crate::{
    error::Error,
    load::{Answer, Found, Samples},
    row::Measured,
    sse,
    viewers::{Updates, watch},
};

/// How long all together may take to see a change, or to begin.
const SEEN_MAX: Duration = Duration::from_secs(5);
const BEGUN_MAX: Duration = Duration::from_secs(120);

/// How many begin at once: the backlog of a listener is bounded.
const BEGINNING_MAX: usize = 256;

/// Who has seen the last change, and how long that took.
struct Seen {
    all: usize,
    count: AtomicUsize,
    everybody: Notify,
    change: Mutex<(Instant, Samples)>,
}

impl Seen {
    fn note(&self, is_change: bool) {
        if is_change {
            let mut change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
            let took = change.0.elapsed();
            change.1.note(Answer::Good, took);
        }
        if self.count.fetch_add(1, Ordering::Relaxed) + 1 == self.all {
            self.everybody.notify_one();
        }
    }

    fn begin(&self) -> Samples {
        self.count.store(0, Ordering::Relaxed);
        let mut change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        change.0 = Instant::now();
        std::mem::take(&mut change.1)
    }

    async fn by_everybody(&self, max: Duration) -> bool {
        timeout(max, self.everybody.notified()).await.is_ok()
    }
}

impl Stand<'_> {
    /// Over gRPC, straight from event-svc.
    pub(super) async fn watched(&self, watchers: u16) -> Result<Measured, Error> {
        let (event, mut channels) = (*self.house.viewed.events.start(), Vec::new());
        let of_each = channel::STREAMS_MAX as usize;
        for _ in (0..usize::from(watchers)).step_by(of_each) {
            channels.push(channel::lazy_for_streams(&self.running.services.event)?);
        }
        let begin = |nth: usize| watch(channels[nth / of_each].clone(), event);
        self.watched_by(watchers, event, begin).await
    }

    /// As browsers do: server-sent events through the edge, each on a connection of its own. Of another event: of the first
    /// one's seats some are taken by now.
    pub(super) async fn watched_over_sse(&self, watchers: u16) -> Result<Measured, Error> {
        let event = *self.house.viewed.events.end();
        let url = format!("{}/v1/event/{event}/seats", self.running.services.edge);
        let http = reqwest::Client::builder().http1_only().build()?;
        self.watched_by(watchers, event, |_| sse::watch(http.clone(), url.clone())).await
    }

    async fn watched_by<U, B>(&self, watchers: u16, event: i64, begin: impl Fn(usize) -> B) -> Result<Measured, Error>
    where
        U: Updates + Send + 'static,
        B: Future<Output = Result<U, String>> + Send + 'static,
    {
        let all = usize::from(watchers);
        let change = Mutex::new((Instant::now(), Samples::default()));
        let seen = Arc::new(Seen { all, count: AtomicUsize::new(0), everybody: Notify::new(), change });
        let (mut watching, doors) = (JoinSet::new(), Arc::new(Semaphore::new(BEGINNING_MAX)));
        for nth in 0..all {
            let (beginning, seen, doors) = (begin(nth), Arc::clone(&seen), Arc::clone(&doors));
            watching.spawn(async move {
                let door = doors.acquire().await.map_err(|closed| closed.to_string())?;
                let mut updates = beginning.await?;
                let mut is_change = false;
                let mut door = Some(door);
                while let Some(brings_seats) = updates.next().await? {
                    drop(door.take());
                    if brings_seats {
                        seen.note(is_change);
                    }
                    is_change = true;
                }
                Ok::<_, String>(())
            });
        }
        if !seen.by_everybody(BEGUN_MAX).await {
            // Whoever ended early says why.
            let why = watching.try_join_next().map(|ended| format!("{ended:?}")).unwrap_or_default();
            return Err(Error::Count(format!("not all of {watchers} watchers began to watch: {why}")));
        }
        self.watch(self.window(), 1, self.changes(event, &seen)).await
    }

    /// Reserves one seat after the other.
    async fn changes(&self, event: i64, seen: &Seen) -> Result<Found, Error> {
        let from = Instant::now() + self.window().warm_up;
        let until = from + self.window().measure;
        let mut samples = Samples::default();
        for ticket in (event << usher::id::SEAT_BITS) + 1.. {
            let began = Instant::now();
            if began >= until {
                break;
            }
            seen.begin();
            let answer = self.door.reserve(0, self.customers.next(), ticket).await;
            let all = seen.by_everybody(SEEN_MAX).await;
            let own = seen.begin();
            if !matches!(answer, Answer::Good) {
                samples.note(answer, Duration::ZERO);
            } else if !all {
                samples.note(Answer::Failed("not everybody saw a change".to_owned()), Duration::ZERO);
            }
            if began >= from {
                samples.add(own);
            }
        }
        let in_time = samples.good.len() as u64;
        Ok(Found { samples, in_time, lasted: self.window().measure })
    }
}
