//! Writes to the feed, in a task of its own: whoever has something to tell hands it over and goes on. What can't be
//! told (the queue is full, Redis is gone) is made good by a gap marker as soon as something can be told again.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use prost::Message as _;
use redis::{
    AsyncCommands as _, RedisError,
    streams::{StreamAddOptions, StreamTrimStrategy, StreamTrimmingMode},
};
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use tokio_util::task::TaskTracker;

use super::{ANSWER_MAX, FIELD, FeedConfig, MalformedUrl, RETRY_EVERY, connect};
use crate::{
    contract::feed::{Entry, SeatChange},
    id::EventId,
    redis_link::{Client, Link},
};

/// How many commits may wait to be told: some two seconds of a busy on-sale. More become a gap.
const QUEUE_MAX: usize = 1_024;
/// The most seats of one entry: 1,280 (the largest batch of reserves) are three entries, some 20 kB each.
const ENTRY_SEATS_MAX: usize = 512;
/// About how many entries the stream keeps, for readers who come back: at most some 160 MB, usually far less.
const ENTRIES_KEPT: usize = 8_192;

enum News {
    Seats(Vec<SeatChange>),
    Edit(EventId),
}

/// The feed's entrance. Cheap to clone. Its task ends when the last one is dropped and all is told.
#[derive(Debug, Clone)]
pub struct Publisher {
    entrance: mpsc::Sender<News>,
    gap: Arc<Gap>,
}

/// Whether something is not told, and was not told to be missing.
#[derive(Debug)]
struct Gap {
    is_open: AtomicBool,
    opened: Notify,
}

impl Publisher {
    /// Starts the task under `tasks`. Connects to nothing yet. Without a Redis, all that is told is forgotten.
    pub fn start(config: &FeedConfig, tasks: &TaskTracker) -> Result<Self, MalformedUrl> {
        let (entrance, queue) = mpsc::channel(QUEUE_MAX);
        // What a process before this one committed and never told is a gap.
        let gap = Arc::new(Gap { is_open: AtomicBool::new(true), opened: Notify::new() });
        match config.client()? {
            Some(client) => {
                // From zero: a rate needs what was before the first.
                metrics::counter!("seat_feed_entries_total").increment(0);
                metrics::counter!("seat_feed_failures_total").increment(0);
                let writer =
                    Writer { client, stream: config.seat_feed.clone(), id: rand::random(), told: 0, conn: None };
                tasks.spawn(tell(queue, writer, Arc::clone(&gap)));
            }
            None => drop(queue),
        }
        Ok(Self { entrance, gap })
    }

    /// Tells how seats stand since a commit. Never waits.
    pub fn tell(&self, seats: Vec<SeatChange>) {
        if !seats.is_empty() {
            self.hand_over(News::Seats(seats));
        }
    }

    /// Tells that an event's seats or prices were edited. Never waits.
    pub fn tell_edit(&self, event: EventId) {
        self.hand_over(News::Edit(event));
    }

    /// Tells that something may have changed, nobody knows what. Never waits.
    pub fn tell_gap(&self) {
        self.gap.open();
        self.gap.opened.notify_one();
    }

    fn hand_over(&self, news: News) {
        if self.entrance.try_send(news).is_err() {
            self.gap.open();
        }
    }
}

impl Gap {
    fn open(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }
}

async fn tell(mut queue: mpsc::Receiver<News>, mut writer: Writer, gap: Arc<Gap>) {
    let mut news = Vec::new();
    loop {
        // Closed first: what is not told from now on opens another one.
        let is_open = gap.is_open.swap(false, Ordering::Relaxed);
        if is_open && writer.write(Entry { gap: true, ..Entry::default() }).await.is_err() {
            gap.open();
            if queue.is_closed() && queue.is_empty() {
                return;
            }
            sleep(RETRY_EVERY).await;
            // What has waited meanwhile is in the gap, too.
            while queue.try_recv().is_ok() {}
            continue;
        }
        let received = tokio::select! {
            received = queue.recv_many(&mut news, QUEUE_MAX) => received,
            () = gap.opened.notified() => continue,
        };
        if received == 0 {
            return;
        }
        for entry in entries(mem::take(&mut news)) {
            if writer.write(entry).await.is_err() {
                gap.open();
                break;
            }
        }
    }
}

/// The news as entries, in their order.
fn entries(news: Vec<News>) -> Vec<Entry> {
    let (mut seats, mut edited_event_ids) = (Vec::new(), Vec::new());
    for news in news {
        match news {
            News::Seats(mut changed) => seats.append(&mut changed),
            News::Edit(event) => edited_event_ids.push(event.get()),
        }
    }
    let of_seats = seats.chunks(ENTRY_SEATS_MAX).map(|some| Entry { seats: some.to_vec(), ..Entry::default() });
    let mut entries: Vec<_> = of_seats.collect();
    if !edited_event_ids.is_empty() {
        entries.push(Entry { edited_event_ids, ..Entry::default() });
    }
    entries
}

struct Writer {
    client: Client,
    stream: String,
    id: u64,
    told: u64,
    conn: Option<Link>,
}

impl Writer {
    /// Adds the entry to the stream. After an error it may have been added all the same.
    async fn write(&mut self, entry: Entry) -> Result<(), RedisError> {
        // Counted also if it fails: readers then find one missing.
        self.told += 1;
        let bytes = Entry { writer: self.id, nth: self.told, ..entry }.encode_to_vec();
        let written = self.add(&bytes).await;
        match &written {
            Ok(()) => metrics::counter!("seat_feed_entries_total").increment(1),
            Err(error) => {
                if self.conn.take().is_some() {
                    tracing::warn!(%error, "the seat feed can't be written: its readers will read the database");
                }
                metrics::counter!("seat_feed_failures_total").increment(1);
            }
        }
        written
    }

    async fn add(&mut self, bytes: &[u8]) -> Result<(), RedisError> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(connect(&self.client, ANSWER_MAX).await?),
        };
        let kept = StreamTrimStrategy::maxlen(StreamTrimmingMode::Approx, ENTRIES_KEPT);
        let options = StreamAddOptions::default().trim(kept);
        conn.xadd_options(&self.stream, "*", &[(FIELD, bytes)], &options).await
    }
}
