//! The status columns of `tickets`, which booking-svc owns; layout and price are event-svc's.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    database,
    id::{EventId, TicketId},
    schema::tickets,
};
use uuid::Uuid;

use super::{about::Events, clock_timestamp, prepared::Prepared, take_seats::TakeSeats};
use crate::{
    error::Error,
    seat::{Hold, Seat, Standing, StatusCode, Timestamp},
};

/// Who has a seat, as its row says.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
pub struct SeatRow {
    ticket_id: i64,
    price: i64,
    status: i16,
    reserved_by: Option<i64>,
    reservation_id: Option<Uuid>,
    held_until: Option<Timestamp>,
    taken_price: Option<i64>,
    booking_id: Option<Uuid>,
}

/// A seat's row as a write left it.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct ChangedSeat {
    /// Its ticket.
    pub ticket_id: i64,
    /// The column `status`.
    pub status: i16,
    /// When its hold lapses.
    pub held_until: Option<Timestamp>,
    /// What it was taken at, in minor units.
    pub taken_price: Option<i64>,
    /// Whether a payment for it is in flight, or it is owned.
    pub has_booking: bool,
    /// When it was written, read while the row was locked.
    pub status_at: Timestamp,
}

/// The columns of [`ChangedSeat`].
type Changed = (
    tickets::ticket_id,
    tickets::status,
    tickets::held_until,
    tickets::taken_price,
    diesel::dsl::IsNotNull<tickets::booking_id>,
    tickets::status_at,
);

fn changed() -> Changed {
    (
        tickets::ticket_id,
        tickets::status,
        tickets::held_until,
        tickets::taken_price,
        tickets::booking_id.is_not_null(),
        tickets::status_at,
    )
}

/// Locks those of `ids` that exist, ascending, until the transaction ends. Takes the connection shared, so that more
/// can be sent right behind it.
pub async fn lock_seats(mut conn: &AsyncPgConnection, ids: &[i64], events: Events<'_>) -> Result<Vec<Seat>, Error> {
    let seats = tickets::table
        .filter(tickets::ticket_id.eq_any(ids))
        .order(tickets::ticket_id)
        .select(SeatRow::as_select())
        .for_update();
    let rows: Vec<SeatRow> = match events {
        Events::One(event) => seats.filter(tickets::event_id.eq(event.get())).load(&mut conn).await?,
        Events::Several(events) => seats.filter(tickets::event_id.eq_any(events)).load(&mut conn).await?,
    };
    rows.iter().map(seat).collect()
}

/// The seat numbers of `ids`, in their order.
pub async fn find_seat_numbers(
    mut conn: &AsyncPgConnection,
    event: EventId,
    ids: &[i64],
) -> Result<Vec<(i64, String)>, Error> {
    let found = tickets::table
        .filter(tickets::ticket_id.eq_any(ids))
        .filter(tickets::event_id.eq(event.get()))
        .order(tickets::ticket_id)
        .select((tickets::ticket_id, tickets::seat_number));
    Ok(found.load(&mut conn).await?)
}

/// When the first of `user_id`'s live holds of `ids` ends; `None` where none is live.
pub async fn find_hold_end(
    conn: &mut AsyncPgConnection,
    event: EventId,
    ids: &[i64],
    user_id: Option<i64>,
) -> Result<Option<Timestamp>, Error> {
    let end = tickets::table
        .filter(tickets::ticket_id.eq_any(ids))
        .filter(tickets::event_id.eq(event.get()))
        .filter(tickets::status.eq(StatusCode::Reserved as i16))
        .filter(tickets::reserved_by.is_not_distinct_from(user_id))
        .filter(tickets::held_until.gt(clock_timestamp().nullable()))
        .select(diesel::dsl::min(tickets::held_until));
    Ok(end.first(conn).await?)
}

/// Writes the holds that a batch of reserves took, and the reservations that they belong to. The seats must be locked.
/// A conflict where another transaction gave one of the users a reservation meanwhile: nothing counts then.
pub async fn take_seats(mut conn: &AsyncPgConnection, take: &TakeSeats) -> Result<(), Error> {
    match RunQueryDsl::execute(take, &mut conn).await.map_err(database::Error::from) {
        Ok(written) if written == take.seats() => Ok(()),
        // It was not prepared yet, and ran behind its transaction's end.
        Ok(0) => Err(database::Error::lost_race("the seats are locked no longer").into()),
        Ok(written) => Err(Error::Defect(format!("{} locked seats were to be taken, {written} were", take.seats()))),
        Err(error) if error.constraint() == Some("reservations_pkey") => {
            Err(database::Error::lost_race("a user reserved twice at the same time").into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Frees seats: whoever had them has them no longer. The rows must be locked.
pub async fn free_seats(conn: &mut AsyncPgConnection, event: EventId, ids: &[i64]) -> Result<Vec<ChangedSeat>, Error> {
    let written = Prepared(
        diesel::update(tickets::table)
            .filter(tickets::ticket_id.eq_any(ids))
            .filter(tickets::event_id.eq(event.get()))
            .set((
                tickets::status.eq(StatusCode::Available as i16),
                tickets::reserved_by.eq(None::<i64>),
                tickets::reservation_id.eq(None::<Uuid>),
                tickets::status_at.eq(clock_timestamp()),
                tickets::held_until.eq(None::<Timestamp>),
                tickets::taken_price.eq(None::<i64>),
                tickets::booking_id.eq(None::<Uuid>),
            ))
            .returning(changed()),
    )
    .get_results(conn)
    .await?;
    expect_rows(written, ids.len())
}

/// Keeps free seats back for the house. The rows must be locked.
pub async fn block_seats(conn: &mut AsyncPgConnection, event: EventId, ids: &[i64]) -> Result<Vec<ChangedSeat>, Error> {
    free_seats(conn, event, ids).await?;
    let written = Prepared(
        diesel::update(tickets::table)
            .filter(tickets::ticket_id.eq_any(ids))
            .filter(tickets::event_id.eq(event.get()))
            .set(tickets::status.eq(StatusCode::Blocked as i16))
            .returning(changed()),
    )
    .get_results(conn)
    .await?;
    expect_rows(written, ids.len())
}

/// Gives a seat that is free for the house to `booking`, at `price`. The row must be locked.
pub async fn hand_over(
    conn: &mut AsyncPgConnection,
    ticket: TicketId,
    booking: Uuid,
    user_id: Option<i64>,
    price: i64,
) -> Result<Vec<ChangedSeat>, Error> {
    let written = Prepared(
        diesel::update(tickets::table)
            .filter(tickets::ticket_id.eq(ticket.get()))
            .filter(tickets::event_id.eq(ticket.event().get()))
            .set((
                tickets::status.eq(StatusCode::Booked as i16),
                tickets::reserved_by.eq(user_id),
                tickets::reservation_id.eq(None::<Uuid>),
                tickets::status_at.eq(clock_timestamp()),
                tickets::held_until.eq(None::<Timestamp>),
                tickets::taken_price.eq(price),
                tickets::booking_id.eq(booking),
            ))
            .returning(changed()),
    )
    .get_results(conn)
    .await?;
    expect_rows(written, 1)
}

/// A locked row that is not there any more is a defect, and the transaction must not commit.
fn expect_rows(written: Vec<ChangedSeat>, expected: usize) -> Result<Vec<ChangedSeat>, Error> {
    if written.len() == expected {
        return Ok(written);
    }
    Err(Error::Defect(format!("{expected} locked seats were to be written, {} were", written.len())))
}

/// The seat that a row says.
pub(super) fn seat(row: &SeatRow) -> Result<Seat, Error> {
    let defect = || Error::Defect(format!("ticket {} has a shape that the rules don't know", row.ticket_id));
    let ticket = TicketId::new(row.ticket_id).ok_or_else(defect)?;
    let hold = |paying| {
        Some(Hold {
            user_id: row.reserved_by?,
            reservation: row.reservation_id?,
            until: row.held_until?,
            price: row.taken_price?,
            paying,
        })
    };
    let standing = match row.status {
        status if status == StatusCode::Available as i16 => Standing::Free,
        status if status == StatusCode::Reserved as i16 => Standing::Held(hold(row.booking_id).ok_or_else(defect)?),
        status if status == StatusCode::Booked as i16 => Standing::Booked {
            booking: row.booking_id.ok_or_else(defect)?,
            hold: hold(None),
            price: row.taken_price.ok_or_else(defect)?,
        },
        status if status == StatusCode::Blocked as i16 => Standing::Blocked,
        _ => return Err(defect()),
    };
    Ok(Seat { ticket, price: row.price, standing })
}
