//! One watcher's stream: what is new of an event, whole and in order, for as long as they may watch.

use std::{sync::Arc, time::Duration};

use futures::{Stream, stream};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast::error::RecvError},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, codegen::Bytes};
use usher::reason::Refusal;

use super::{hub::Hub, messages::Update, state::Joined};

/// When a watcher whose stream ended may come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A watcher.
#[derive(Debug)]
pub struct Watcher {
    hub: Arc<Hub>,
    joined: Joined,
    /// The version of the last update that was handed out.
    version: i64,
    ends_at: Instant,
    closing: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    pub(super) fn new(
        hub: Arc<Hub>,
        joined: Joined,
        watch_max: Duration,
        closing: CancellationToken,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { hub, joined, version: 0, ends_at: Instant::now() + watch_max, closing, _place: place }
    }

    /// Encoded messages of `WatchSeats`; the last one is why it ends.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Status>> + Send + 'static {
        stream::unfold(Some(self), async |watcher| {
            let mut watcher = watcher?;
            Some(match watcher.next().await {
                Some(update) => (Ok(update.bytes), Some(watcher)),
                None => (Err(ended()), None),
            })
        })
    }

    /// What is new; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Update> {
        loop {
            if let Some(first) = self.joined.first.pop_front() {
                self.version = first.version;
                return Some(first);
            }
            let heard = tokio::select! {
                heard = self.joined.updates.recv() => heard,
                () = sleep_until(self.ends_at) => return None,
                () = self.closing.cancelled() => return None,
                () = self.hub.gone.cancelled() => return None,
            };
            match heard {
                // One that came between joining and the snapshot is in the snapshot.
                Ok(update) if update.seats > 0 && update.version <= self.version => {}
                Ok(update) => {
                    self.version = update.version;
                    return Some(update);
                }
                Err(RecvError::Lagged(_)) => {
                    metrics::counter!("event_watchers_behind_total").increment(1);
                    self.joined = self.hub.join_anew()?;
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn ended() -> Status {
    Refusal::unavailable("this stream ends for now: watch again, after the last version", RETRY_AFTER).into()
}
