//! Builds the index from the database, and brings it up to date with what the feed hears. One task does both, so that
//! nothing old is written over something new.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tantivy::TantivyError;
use tokio::{sync::mpsc, time::sleep};
use usher::database::Database;

use super::{Contents, Index, words};
use crate::{
    error::Error,
    feed::Heard,
    store::{
        self,
        catalogue::{self, Listing},
    },
};

/// How many rows one statement reads.
const ROWS_MAX: i64 = 5_000;
/// How many looks of the feed may wait while the index is built. Beyond that, it is built anew.
const HEARD_MAX: usize = 256;
/// How long to wait before another try.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What keeps the index up to date.
pub struct Follower {
    index: Index,
    writer: words::WordsWriter,
    database: Database,
    heard: mpsc::Receiver<Heard>,
}

/// Where to tell what the feed heard. Nobody waits here: what finds no room is made up for by a new index.
pub struct Ear {
    tell: mpsc::Sender<Heard>,
    missed: AtomicBool,
}

impl Ear {
    /// Passes it on.
    pub fn hear(&self, heard: Heard) {
        let missed = self.missed.swap(false, Ordering::Relaxed);
        let heard = if missed { Heard { event_ids: None, ..heard } } else { heard };
        if self.tell.try_send(heard).is_err() {
            self.missed.store(true, Ordering::Relaxed);
        }
    }
}

/// An index that is empty, what keeps it up to date, and where to tell that what was heard.
pub fn follower(database: Database) -> Result<(Index, Follower, Ear), TantivyError> {
    let (words, writer) = words::create()?;
    let index = Index::new(words);
    let (tell, heard) = mpsc::channel(HEARD_MAX);
    Ok((index.clone(), Follower { index, writer, database, heard }, Ear { tell, missed: AtomicBool::new(false) }))
}

impl Follower {
    /// Keeps the index up to date for as long as its owner runs it.
    pub async fn run(mut self) {
        metrics::gauge!("search_index_built").set(0.0);
        self.build_at_last().await;
        while let Some(heard) = self.heard.recv().await {
            let Heard { event_ids: Some(ids), transactions } = heard else {
                self.build_at_last().await;
                continue;
            };
            while let Err(error) = self.update(&ids, transactions).await {
                tracing::warn!(%error, "the index is not brought up to date");
                sleep(AGAIN_AFTER).await;
            }
        }
    }

    async fn build_at_last(&mut self) {
        while let Err(error) = self.build().await {
            tracing::warn!(%error, "the index is not built");
            sleep(AGAIN_AFTER).await;
        }
    }

    /// Reads every event there is. What is in the index stays until the new one is whole.
    async fn build(&mut self) -> Result<(), Error> {
        let (words, mut writer) = words::create()?;
        let moment = self.database.read(|conn| Box::pin(store::moment(conn))).await?;
        let mut contents = Contents { catalogue: super::Catalogue::default(), words };
        let mut after = 0;
        loop {
            let read = self.database.read(move |conn| Box::pin(catalogue::find_listings_after(conn, after, ROWS_MAX)));
            let some: Vec<Listing> = read.await?;
            let Some((_, last)) = some.last() else { break };
            after = last.id;
            // Some milliseconds of work.
            tokio::task::block_in_place(|| {
                learn(&mut contents, &writer, &some)?;
                for (document_id, event) in &some {
                    contents.catalogue.put(*document_id, event);
                }
                Ok::<_, TantivyError>(())
            })?;
        }
        tokio::task::block_in_place(|| writer.commit())?;
        self.writer = writer;
        self.index.write(|standing| *standing = contents);
        self.index.settle(moment.transactions);
        metrics::gauge!("search_index_built").set(1.0);
        tracing::info!(last = after, "the index is built");
        Ok(())
    }

    /// Reads the events again.
    async fn update(&mut self, ids: &[i64], transactions: i64) -> Result<(), Error> {
        if ids.is_empty() {
            self.index.settle(transactions);
            return Ok(());
        }
        let wanted = ids.to_vec();
        let read = self.database.read(move |conn| {
            let wanted = wanted.clone();
            Box::pin(async move { catalogue::find_listings(conn, &wanted).await })
        });
        let found = read.await?;
        let (index, writer) = (&self.index, &mut self.writer);
        tokio::task::block_in_place(|| {
            // The words first: a document that is found by them has no events yet, and is passed over.
            if index.write(|contents| learn(contents, writer, &found))? {
                writer.commit()?;
            }
            index.write(|contents| {
                for id in ids {
                    contents.catalogue.remove(*id);
                }
                for (document_id, event) in &found {
                    contents.catalogue.put(*document_id, event);
                }
            });
            index.settle(transactions);
            Ok(())
        })
    }
}

/// Adds the documents that are new; answers whether there are any.
fn learn(contents: &mut Contents, writer: &words::WordsWriter, listings: &[Listing]) -> Result<bool, TantivyError> {
    let mut any = false;
    for (document_id, event) in listings {
        if let Some((slot, document)) = contents.catalogue.learn(*document_id, event) {
            writer.add(slot, document)?;
            any = true;
        }
    }
    Ok(any)
}
