//! What everybody may see: an event with its seats, the theatres. From the replica.

use diesel_async::AsyncPgConnection;
use usher::{database::Database, id::EventId};

use crate::{
    error::Error,
    event::{CancelPolicy, WaitingRoom},
    seat::{LayoutSeat, Seat, Timestamp},
    store::{events, layouts, theaters, tickets},
    theater::{Screen, Theater},
};

/// An event as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// What kind of event it is.
    pub category: String,
    /// When it starts.
    pub start_time: Timestamp,
    /// Where its picture is.
    pub cdn_link: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// Its lowest price, in minor units.
    pub price_from: i64,
    /// On what terms bookings can be given back.
    pub cancel_policy: CancelPolicy,
    /// How customers are let in, where not at once.
    pub waiting_room: Option<WaitingRoom>,
    /// Its theatre.
    pub theater_id: i64,
    /// The theatre's name.
    pub theater_name: String,
    /// The theatre's city.
    pub city: String,
    /// The theatre's IANA time zone.
    pub time_zone: String,
    /// Its screen.
    pub screen_id: i64,
    /// The screen's name.
    pub screen_name: String,
}

/// An event with its seats.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatMap {
    /// The event.
    pub event: Event,
    /// Its seats, ascending by ticket.
    pub seats: Vec<Seat>,
    /// The database's clock, read before them.
    pub read_at: Timestamp,
}

/// One event with its seats.
pub async fn find_event(database: &Database, id: EventId) -> Result<SeatMap, Error> {
    database.read(move |conn| Box::pin(seat_map(conn, id))).await
}

/// What was just written, from where it was written.
pub async fn find_edited_event(database: &Database, id: EventId) -> Result<SeatMap, Error> {
    database.read_primary(move |conn| Box::pin(seat_map(conn, id))).await
}

async fn seat_map(conn: &mut AsyncPgConnection, id: EventId) -> Result<SeatMap, Error> {
    let (event, read_at) = events::find_event(conn, id).await?.ok_or_else(|| Error::UnknownEvent(id.get()))?;
    Ok(SeatMap { event, seats: tickets::list_tickets(conn, id).await?, read_at })
}

/// An event without its seats, as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The event.
    pub event: Event,
    /// How many seats it has.
    pub seats: i32,
    /// How many of them can be reserved.
    pub free: i64,
}

/// The events of these ids that there are, soonest first.
pub async fn list_events(database: &Database, ids: Vec<i64>) -> Result<Vec<Listed>, Error> {
    let read = database.read(move |conn| {
        let ids = ids.clone();
        Box::pin(async move {
            let found = events::list_events(conn, &ids).await?;
            let free = tickets::count_free(conn, &ids).await?;
            let listed = found.into_iter().map(|(event, seats)| Listed {
                free: free.get(&event.id.get()).copied().unwrap_or_default(),
                event,
                seats,
            });
            Ok(listed.collect())
        })
    });
    read.await
}

/// A screen with its layout.
pub async fn find_screen(database: &Database, id: i64) -> Result<(Screen, Vec<LayoutSeat>), Error> {
    let read = database.read(move |conn| {
        Box::pin(async move {
            let screen = theaters::find_screen(conn, id).await?.ok_or(Error::UnknownScreen(id))?;
            Ok((screen, layouts::list_layout(conn, id).await?))
        })
    });
    read.await
}

/// All theatres, by name.
pub async fn list_theaters(database: &Database) -> Result<Vec<Theater>, Error> {
    database.read(|conn| Box::pin(theaters::list_theaters(conn, None))).await
}
