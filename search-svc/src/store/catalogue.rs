//! What the index is built from: whole events, each with the document that it stands for.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{event_search, events, screens, theaters};

use super::events::{EventRow, TheaterRow, event};
use crate::{error::Error, event::Event};

/// An event, and the document that it stands for.
pub type Listing = (i64, Event);

/// Up to `limit` events with higher ids than `after`, in the order of their ids.
pub async fn find_listings_after(conn: &mut AsyncPgConnection, after: i64, limit: i64) -> Result<Vec<Listing>, Error> {
    // Of both: they are merged in the order of their ids, and each is read from here on.
    let rows = shown().filter(events::event_id.gt(after)).filter(event_search::event_id.gt(after));
    let rows = rows.order(events::event_id).limit(limit);
    let rows: Vec<Row> = rows.select(columns()).load(conn).await?;
    Ok(rows.into_iter().map(listing).collect())
}

/// These events; one that is gone is left out.
pub async fn find_listings(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<Vec<Listing>, Error> {
    let rows: Vec<Row> = shown().filter(events::event_id.eq_any(ids)).select(columns()).load(conn).await?;
    Ok(rows.into_iter().map(listing).collect())
}

type Row = (i64, EventRow, TheaterRow, String);

#[diesel::dsl::auto_type]
fn shown() -> _ {
    let document = event_search::event_id.eq(events::event_id);
    events::table.inner_join(theaters::table).inner_join(screens::table).inner_join(event_search::table.on(document))
}

type Columns = (
    event_search::document_id,
    diesel::dsl::AsSelect<EventRow, diesel::pg::Pg>,
    diesel::dsl::AsSelect<TheaterRow, diesel::pg::Pg>,
    screens::screen_name,
);

fn columns() -> Columns {
    (event_search::document_id, EventRow::as_select(), TheaterRow::as_select(), screens::screen_name)
}

fn listing((document_id, row, theater, screen_name): Row) -> Listing {
    (document_id, event((row, theater, screen_name)))
}
