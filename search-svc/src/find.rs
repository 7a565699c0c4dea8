//! How a search is answered: three reads at most, on one connection.

use usher::database::{Connection, Database};

use crate::{
    error::Error,
    event::{Event, Found},
    search::Search,
    store::{events, tickets},
};

/// What `search` finds, as the replica has it.
pub async fn find(database: &Database, search: Search) -> Result<Found, Error> {
    let read = database.read(move |conn| {
        let search = search.clone();
        Box::pin(async move { read(conn, &search).await })
    });
    read.await
}

async fn read(conn: &mut Connection, search: &Search) -> Result<Found, Error> {
    let events = events::find_events(conn, search).await?;
    let total = match search.page.total(events.len()) {
        Some(total) => total,
        None => events::count_events(conn, search).await?,
    };
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    let remaining = if ids.is_empty() { tickets::Remaining::new() } else { tickets::count_free(conn, &ids).await? };
    let with_remaining = |event: Event| {
        // No row: no seat of it is free.
        let left = remaining.get(&event.id).copied().unwrap_or(0);
        (event, left)
    };
    Ok(Found { events: events.into_iter().map(with_remaining).collect(), total })
}
