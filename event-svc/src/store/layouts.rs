//! The table `screen_seats`, which event-svc owns: what a new event's tickets are made from.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::screen_seats;

use super::ROWS_MAX;
use crate::{error::Error, seat::LayoutSeat};

#[derive(Queryable, Selectable)]
#[diesel(table_name = screen_seats)]
struct SeatRow {
    seat_index: i32,
    seat_number: String,
    section: String,
    row_label: String,
    x: f32,
    y: f32,
    kind: String,
    price: Option<i64>,
}

/// The screen's seats, in order; empty where it has no layout.
pub async fn list_layout(conn: &mut AsyncPgConnection, screen_id: i64) -> Result<Vec<LayoutSeat>, Error> {
    let rows: Vec<SeatRow> = screen_seats::table
        .filter(screen_seats::screen_id.eq(screen_id))
        .order(screen_seats::seat_index)
        .select(SeatRow::as_select())
        .load(conn)
        .await?;
    let seat = |row: SeatRow| LayoutSeat {
        index: row.seat_index,
        seat_number: row.seat_number,
        section: row.section,
        row: row.row_label,
        x: row.x,
        y: row.y,
        kind: row.kind,
        price: row.price,
    };
    Ok(rows.into_iter().map(seat).collect())
}

/// Gives the screen exactly these seats. Its theatre must be locked.
pub async fn replace_layout(conn: &mut AsyncPgConnection, screen_id: i64, seats: &[LayoutSeat]) -> Result<(), Error> {
    diesel::delete(screen_seats::table.filter(screen_seats::screen_id.eq(screen_id))).execute(conn).await?;
    for some in seats.chunks(ROWS_MAX) {
        let row = |seat: &LayoutSeat| {
            (
                screen_seats::screen_id.eq(screen_id),
                screen_seats::seat_number.eq(seat.seat_number.clone()),
                screen_seats::seat_index.eq(seat.index),
                screen_seats::section.eq(seat.section.clone()),
                screen_seats::row_label.eq(seat.row.clone()),
                screen_seats::x.eq(seat.x),
                screen_seats::y.eq(seat.y),
                screen_seats::kind.eq(seat.kind.clone()),
                screen_seats::price.eq(seat.price),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        diesel::insert_into(screen_seats::table).values(&rows).execute(conn).await?;
    }
    Ok(())
}
