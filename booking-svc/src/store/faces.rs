//! What a ticket says of its event and its house, which event-svc owns.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::TicketId,
    schema::{events, screens, theaters, tickets},
};
use uuid::Uuid;

use crate::{
    error::Error,
    printed_ticket::Face,
    seat::{StatusCode, Timestamp},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
struct SeatRow {
    seat_number: String,
    section: String,
    row_label: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct EventRow {
    event_name: String,
    start_time: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = theaters)]
struct TheaterRow {
    theater_name: String,
    time_zone: String,
}

/// What the ticket says; `None` where the seat is not `booking`'s.
pub async fn find_face(conn: &mut AsyncPgConnection, ticket: TicketId, booking: Uuid) -> Result<Option<Face>, Error> {
    let found: Option<(SeatRow, EventRow, TheaterRow, String)> = tickets::table
        .inner_join(events::table.inner_join(theaters::table).inner_join(screens::table))
        .filter(tickets::ticket_id.eq(ticket.get()))
        .filter(tickets::event_id.eq(ticket.event().get()))
        .filter(tickets::booking_id.eq(booking))
        .filter(tickets::status.eq(StatusCode::Booked as i16))
        .select((SeatRow::as_select(), EventRow::as_select(), TheaterRow::as_select(), screens::screen_name))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(seat, event, theater, screen_name)| Face {
        event_name: event.event_name,
        start_time: event.start_time,
        time_zone: theater.time_zone,
        theater_name: theater.theater_name,
        screen_name,
        seat_number: seat.seat_number,
        section: seat.section,
        row: seat.row_label,
    }))
}
