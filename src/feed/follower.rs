//! Reads the feed, from where it stopped. Knows when it may have missed something: entries are counted by their writers,
//! and every new connection begins with a gap.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use prost::Message as _;
use redis::{
    AsyncCommands as _, RedisError,
    streams::{StreamId, StreamRangeReply, StreamReadOptions, StreamReadReply},
};
use tokio::time::sleep;

use super::{ANSWER_MAX, FIELD, FeedConfig, MalformedUrl, RETRY_EVERY, connect};
use crate::{
    contract::feed::Entry,
    redis_link::{Client, Link},
};

/// How long one question to Redis waits for news. A Redis that says nothing for longer, and [`ANSWER_MAX`], is frozen.
const BLOCK: Duration = Duration::from_secs(1);
/// The most entries of one answer.
const ENTRIES_MAX: usize = 256;
/// How many writers are remembered; each start of a process is another one.
const WRITERS_MAX: usize = 1_024;
/// Before the first entry of any stream.
const BEGINNING: &str = "0-0";

/// What the feed says.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Something changed.
    News(Entry),
    /// Something may have changed that was not told. Also said when Redis is there, at first or again.
    Gap,
    /// Redis is gone: nothing is told until the next [`Heard::Gap`].
    Lost,
}

/// A reader of the feed.
pub struct Follower {
    client: Option<Client>,
    stream: String,
    conn: Option<Link>,
    /// The last entry that was read; `None` before the first connection.
    last: Option<String>,
    writers: Writers,
    heard: VecDeque<Heard>,
    lost: bool,
}

impl Follower {
    /// A reader of what comes from now on. Connects to nothing yet.
    pub fn new(config: &FeedConfig) -> Result<Self, MalformedUrl> {
        let (client, stream) = (config.client()?, config.seat_feed.clone());
        let heard = VecDeque::new();
        Ok(Self { client, stream, conn: None, last: None, writers: Writers::default(), heard, lost: false })
    }

    /// What is said next. Waits for it; for ever where there is no Redis.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            if let Err(error) = self.listen().await {
                self.conn = None;
                if !self.lost {
                    self.lost = true;
                    tracing::warn!(%error, "the seat feed can't be read: watched events are read from the database");
                    return Heard::Lost;
                }
                sleep(RETRY_EVERY).await;
            }
        }
    }

    async fn listen(&mut self) -> Result<(), RedisError> {
        let Some(client) = &self.client else { return std::future::pending().await };
        let Some(conn) = &mut self.conn else {
            let mut conn = connect(client, BLOCK + ANSWER_MAX).await?;
            self.last = Some(resume(&mut conn, &self.stream, self.last.take()).await?);
            self.conn = Some(conn);
            if self.lost {
                tracing::info!("the seat feed is back");
            }
            self.lost = false;
            self.heard.push_back(Heard::Gap);
            return Ok(());
        };
        let last = self.last.get_or_insert_with(|| BEGINNING.to_owned());
        let block_ms = usize::try_from(BLOCK.as_millis()).unwrap_or(usize::MAX);
        let options = StreamReadOptions::default().block(block_ms).count(ENTRIES_MAX);
        let reply: Option<StreamReadReply> = conn.xread_options(&[&self.stream], &[&*last], &options).await?;
        for found in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
            last.clone_from(&found.id);
            match entry(&found) {
                Some(entry) if self.writers.follows(&entry) && !entry.gap => self.heard.push_back(Heard::News(entry)),
                Some(entry) => self.heard.extend([Heard::News(entry), Heard::Gap]),
                None => self.heard.push_back(Heard::Gap),
            }
        }
        Ok(())
    }
}

/// Where to go on reading. After `last`, unless the stream is another one since: then from its beginning. At first, from
/// its end.
async fn resume(conn: &mut Link, stream: &str, last: Option<String>) -> Result<String, RedisError> {
    let newest: StreamRangeReply = conn.xrevrange_count(stream, "+", "-", 1).await?;
    let newest = newest.ids.into_iter().next().map_or_else(|| BEGINNING.to_owned(), |entry| entry.id);
    Ok(match last {
        None => newest,
        Some(last) if number(&last) <= number(&newest) => last,
        Some(_) => BEGINNING.to_owned(),
    })
}

/// An entry's id in its two parts: milliseconds, and the count within one.
fn number(id: &str) -> (u64, u64) {
    let (ms, nth) = id.split_once('-').unwrap_or((id, "0"));
    (ms.parse().unwrap_or_default(), nth.parse().unwrap_or_default())
}

/// `None` for what is no entry of ours.
fn entry(found: &StreamId) -> Option<Entry> {
    let bytes: Vec<u8> = found.get(FIELD)?;
    Entry::decode(bytes.as_slice()).ok()
}

/// The last entry of each writer.
#[derive(Debug, Default)]
struct Writers(HashMap<u64, u64>);

impl Writers {
    /// Whether nothing of the entry's writer is missing before it. Of one who was never heard of, all before is.
    fn follows(&mut self, entry: &Entry) -> bool {
        if self.0.len() >= WRITERS_MAX && !self.0.contains_key(&entry.writer) {
            self.0.clear();
        }
        self.0.insert(entry.writer, entry.nth).is_some_and(|before| before + 1 == entry.nth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_entry_is_noticed() {
        let mut writers = Writers::default();
        let mut heard = |writer, nth| writers.follows(&Entry { writer, nth, ..Entry::default() });
        assert!(!heard(1, 1), "of somebody new, something may have been before");
        assert!(heard(1, 2) && heard(1, 3));
        assert!(!heard(2, 7));
        assert!(heard(1, 4) && heard(2, 8));
        assert!(!heard(1, 6), "the fifth is missing");
        assert!(heard(1, 7), "that is told once");
    }

    #[test]
    fn ids_are_ordered_by_number() {
        assert!(number("9-5") < number("10-0") && number("10-2") < number("10-10"));
    }
}
