//! Layout and price of `tickets`, which event-svc owns. The status columns are booking-svc's: read, never written.

use std::collections::HashMap;

use diesel::{
    dsl::{count_star, now},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{id::EventId, schema::tickets};

use super::ROWS_MAX;
use crate::{
    error::Error,
    seat::{FREE, NewTicket, RESERVED, Seat, Standing, Timestamp},
    ticket_prices,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
struct TicketRow {
    ticket_id: i64,
    seat_number: String,
    section: String,
    row_label: String,
    x: f32,
    y: f32,
    kind: String,
    price: i64,
    status: i16,
    status_at: Timestamp,
    held_until: Option<Timestamp>,
    taken_price: Option<i64>,
}

/// The event's seats, in seat order.
pub async fn list_tickets(conn: &mut AsyncPgConnection, event: EventId) -> Result<Vec<Seat>, Error> {
    let rows: Vec<(TicketRow, bool)> = tickets::table
        .filter(tickets::event_id.eq(event.get()))
        .order(tickets::ticket_id)
        .select((TicketRow::as_select(), tickets::booking_id.is_not_null()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(row, has_booking)| seat(row, has_booking)).collect())
}

fn seat(row: TicketRow, has_booking: bool) -> Seat {
    let TicketRow { status, held_until, taken_price, .. } = row;
    Seat {
        ticket_id: row.ticket_id,
        number: row.seat_number,
        section: row.section,
        row: row.row_label,
        x: row.x,
        y: row.y,
        kind: row.kind,
        price: row.price,
        standing: Standing { status, held_until, has_booking, taken_price },
        changed_at: row.status_at,
    }
}

/// How many seats of each event can be reserved now; an event without any has no entry.
/// INVARIANT I4: the same rule as booking-svc's: a hold whose payment is in flight does not lapse.
pub async fn count_free(conn: &mut AsyncPgConnection, events: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let lapsed = tickets::status.eq(RESERVED).and(tickets::booking_id.is_null()).and(tickets::held_until.le(now));
    let counts: Vec<(i64, i64)> = tickets::table
        .filter(tickets::event_id.eq_any(events))
        .filter(tickets::status.eq(FREE).or(lapsed))
        .group_by(tickets::event_id)
        .select((tickets::event_id, count_star()))
        .load(conn)
        .await?;
    Ok(counts.into_iter().collect())
}

/// What the event's seats cost.
pub async fn list_prices(conn: &mut AsyncPgConnection, event: EventId) -> Result<Vec<ticket_prices::Standing>, Error> {
    let rows: Vec<(i64, String, i64, f32)> = tickets::table
        .filter(tickets::event_id.eq(event.get()))
        .select((tickets::ticket_id, tickets::seat_number, tickets::price, tickets::y))
        .load(conn)
        .await?;
    let standing = |(ticket_id, seat_number, price, y)| ticket_prices::Standing { ticket_id, seat_number, price, y };
    Ok(rows.into_iter().map(standing).collect())
}

/// Locks tickets of the event, ascending, until the transaction ends.
pub async fn lock_tickets(conn: &mut AsyncPgConnection, event: EventId, ids: Vec<i64>) -> Result<(), Error> {
    let _: Vec<i64> = tickets::table
        .filter(tickets::ticket_id.eq_any(ids))
        .filter(tickets::event_id.eq(event.get()))
        .order(tickets::ticket_id)
        .select(tickets::ticket_id)
        .for_update()
        .load(conn)
        .await?;
    Ok(())
}

/// Prices tickets for whoever takes them next. They must be locked.
pub async fn set_price(conn: &mut AsyncPgConnection, event: EventId, ids: &[i64], price: i64) -> Result<(), Error> {
    diesel::update(tickets::table)
        .filter(tickets::ticket_id.eq_any(ids))
        .filter(tickets::event_id.eq(event.get()))
        .set(tickets::price.eq(price))
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts new tickets on sale.
pub async fn insert_tickets(conn: &mut AsyncPgConnection, new: &[NewTicket]) -> Result<(), Error> {
    for some in new.chunks(ROWS_MAX) {
        let rows: Vec<_> = some
            .iter()
            .map(|ticket| {
                (
                    tickets::ticket_id.eq(ticket.id.get()),
                    tickets::event_id.eq(ticket.id.event().get()),
                    tickets::seat_number.eq(&ticket.seat.seat_number),
                    tickets::section.eq(&ticket.seat.section),
                    tickets::row_label.eq(&ticket.seat.row),
                    tickets::x.eq(ticket.seat.x),
                    tickets::y.eq(ticket.seat.y),
                    tickets::kind.eq(&ticket.seat.kind),
                    tickets::price.eq(ticket.price),
                )
            })
            .collect();
        diesel::insert_into(tickets::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}
