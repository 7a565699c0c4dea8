//! Somebody who watches an event over gRPC, and knows of its seats what the stream says.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::timeout;
use tonic::{Status, Streaming};
use usher::contract::event::{
    Ticket, WatchSeatsRequest, WatchSeatsResponse, event_service_client::EventServiceClient, ticket,
};

use super::{Event, Mesh};

/// Nothing takes this long.
const BOUND: Duration = Duration::from_secs(30);

/// A watcher.
pub struct Watch {
    updates: Streaming<WatchSeatsResponse>,
    /// What the stream said of each seat last.
    pub seats: BTreeMap<i64, Ticket>,
    /// Its last version.
    pub version: i64,
    /// How many snapshots came.
    pub snapshots: usize,
    /// Whether it says that changes may be missing.
    pub stale: bool,
}

impl Watch {
    /// Begins to watch; the first message has come.
    pub async fn begin(mesh: &Mesh, event: &Event) -> Self {
        Self::resume(mesh, event, 0).await
    }

    /// Goes on after a version.
    pub async fn resume(mesh: &Mesh, event: &Event, after_version: i64) -> Self {
        let mut events = EventServiceClient::connect(mesh.events.clone()).await.unwrap();
        let request = WatchSeatsRequest { event_id: event.id, after_version };
        let updates = events.watch_seats(request).await.unwrap().into_inner();
        let mut watch = Self { updates, seats: BTreeMap::new(), version: 0, snapshots: 0, stale: false };
        watch.next().await.unwrap();
        watch
    }

    /// Takes the next message in.
    pub async fn next(&mut self) -> Result<WatchSeatsResponse, Status> {
        let update = timeout(BOUND, self.updates.message()).await.expect("a message in time")?.expect("a message");
        if update.snapshot {
            self.seats.clear();
            self.snapshots += 1;
        } else if update.tickets.is_empty() {
            assert!(self.version == 0 || update.version == self.version, "a heartbeat is no change");
        } else {
            assert!(self.version == 0 || update.version == self.version + 1, "no change is missing");
        }
        (self.version, self.stale) = (update.version, update.stale);
        self.seats.extend(update.tickets.iter().map(|ticket| (ticket.ticket_id, ticket.clone())));
        Ok(update)
    }

    /// How a seat stands.
    pub fn status(&self, ticket: i64) -> ticket::Status {
        self.seats[&ticket].status()
    }

    /// Watches until all these seats stand so.
    pub async fn until(&mut self, tickets: &[i64], status: ticket::Status) {
        self.until_so(|watch| tickets.iter().all(|ticket| watch.status(*ticket) == status)).await;
    }

    /// Watches until something is so.
    pub async fn until_so(&mut self, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                self.next().await.unwrap();
            }
        };
        let done = timeout(BOUND, waiting).await;
        assert!(done.is_ok(), "never: {:#?}", self.seats);
    }
}
