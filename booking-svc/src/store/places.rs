//! Where an event's seats are and which of them are free: what the best are chosen from. Only read, and not locked: a
//! choice is reserved by the rules of Reserve.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::EventId,
    schema::{events, screens, tickets},
};

use super::seats::{SeatRow, seat};
use crate::{
    best::{Kind, Place},
    error::Error,
    seat::{Seat, Timestamp},
};

/// A seat as it is laid out, and who has it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
pub struct PlaceRow {
    section: String,
    row_label: String,
    x: f32,
    y: f32,
    kind: String,
    #[diesel(embed)]
    seat: SeatRow,
}

impl PlaceRow {
    /// The seat as it stands at `now`.
    pub fn at(self, now: Timestamp) -> Result<Place, Error> {
        let seat = seat(&self.seat)?;
        let free = seat.is_free(now);
        let Seat { ticket, price, .. } = seat;
        let kind = match self.kind.as_str() {
            "STANDARD" => Kind::Standard,
            "RESTRICTED_VIEW" => Kind::RestrictedView,
            // WHEELCHAIR, COMPANION, and whatever else a layout may keep for some people one day.
            _ => Kind::OnRequest,
        };
        Ok(Place { ticket, section: self.section, row: self.row_label, x: self.x, y: self.y, kind, price, free })
    }
}

/// The event's seats. Takes the connection shared, so that more can be sent right behind it.
pub async fn list_places(mut conn: &AsyncPgConnection, event: EventId) -> Result<Vec<PlaceRow>, Error> {
    let places = tickets::table.filter(tickets::event_id.eq(event.get())).select(PlaceRow::as_select());
    Ok(places.load(&mut conn).await?)
}

/// The point that the best seats of the event's screen are nearest to; `None` where there is no such event.
pub async fn find_focal(mut conn: &AsyncPgConnection, event: EventId) -> Result<Option<(f32, f32)>, Error> {
    let focal = events::table
        .inner_join(screens::table)
        .filter(events::event_id.eq(event.get()))
        .select((screens::focal_x, screens::focal_y));
    Ok(focal.first(&mut conn).await.optional()?)
}
