//! Makes and changes events, each in one transaction.

use diesel_async::AsyncPgConnection;
use usher::{database::Database, id::EventId};

use crate::{
    error::Error,
    event::{Details, Fixed, NewEvent, check_change, check_start},
    seat::{self, LayoutSeat},
    store::{clock, events, layouts, theaters, tickets},
};

/// Puts a new event on sale, with its seats.
pub async fn create_event(database: &Database, new: NewEvent) -> Result<EventId, Error> {
    let transaction = database.transaction(move |conn| {
        let new = new.clone();
        Box::pin(async move {
            check_start(new.start_time, clock(conn).await?)?;
            let theater_id = find_theater(conn, &new).await?;
            let layout = find_layout(conn, &new).await?;
            let id = events::insert_event(conn, &new, theater_id).await?;
            tickets::insert_tickets(conn, &seat::tickets(id, layout, new.default_price)).await?;
            events::count_tickets(conn, id).await?;
            Ok(id)
        })
    });
    transaction.await
}

/// Changes what is said about an event that has not begun.
pub async fn change_event(database: &Database, id: EventId, details: Details, fixed: Fixed) -> Result<(), Error> {
    let transaction = database.transaction(move |conn| {
        let (details, fixed) = (details.clone(), fixed.clone());
        Box::pin(async move {
            let (existing, now) = events::lock_event(conn, id).await?.ok_or_else(|| Error::UnknownEvent(id.get()))?;
            check_change(&existing, &details, &fixed, now)?;
            events::update_event(conn, id, details).await
        })
    });
    transaction.await
}

/// The theatre of the event's screen, which must be the one that the request names.
async fn find_theater(conn: &mut AsyncPgConnection, new: &NewEvent) -> Result<i64, Error> {
    if let Some(named) = new.theater_id
        && theaters::list_theaters(conn, Some(named)).await?.is_empty()
    {
        return Err(Error::UnknownTheater(named));
    }
    let theater_id = theaters::find_screen_theater(conn, new.screen_id).await?;
    theater_id.filter(|id| new.theater_id.is_none_or(|named| named == *id)).ok_or(Error::UnknownScreen(new.screen_id))
}

async fn find_layout(conn: &mut AsyncPgConnection, new: &NewEvent) -> Result<Vec<LayoutSeat>, Error> {
    if let Some(count) = new.ticket_count {
        return Ok(seat::plain(count));
    }
    let layout = layouts::list_layout(conn, new.screen_id).await?;
    if layout.is_empty() {
        let wrong = "is required: the screen has no seat layout that the tickets could be made from";
        return Err(Error::field("ticket_count", wrong));
    }
    Ok(layout)
}
