//! What a batch of news of payments locks.

use std::collections::HashMap;

use diesel::{
    dsl::{AsSelect, SqlTypeOf},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::id::EventId;
use uuid::Uuid;

use super::{
    about::One,
    bookings::{BookingRow, booking},
    clock_timestamp,
    seats::{SeatRow, seat},
};
use crate::{
    booking::Booking,
    error::Error,
    seat::{Seat, Timestamp},
};

/// Locks the seats of these bookings, ascending, until the transaction ends; with their numbers. Of `event`, where all are
/// of that one. Takes the connection shared, so that more can be sent right behind it.
pub async fn lock_seats_of(
    mut conn: &AsyncPgConnection,
    ids: &[(EventId, Uuid)],
    event: Option<EventId>,
) -> Result<Vec<(Seat, String)>, Error> {
    let (events, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(event, id)| (event.get(), *id)).unzip();
    let rows: Vec<(SeatRow, String)> =
        RunQueryDsl::load(LockSeatsOf { events: &events, ids: &ids, one: One::new(event) }, &mut conn).await?;
    rows.iter().map(|(row, number)| Ok((seat(row)?, number.clone()))).collect()
}

/// Locks those of these bookings that exist until the transaction ends. Their seats must be locked before.
pub async fn lock_bookings(
    mut conn: &AsyncPgConnection,
    ids: &[(EventId, Uuid)],
    event: Option<EventId>,
) -> Result<HashMap<Uuid, Booking>, Error> {
    let (events, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(event, id)| (event.get(), *id)).unzip();
    let rows: Vec<BookingRow> =
        RunQueryDsl::load(LockBookings { events: &events, ids: &ids, one: One::new(event) }, &mut conn).await?;
    rows.into_iter().map(|row| booking(row).map(|booking| (booking.id, booking))).collect()
}

/// The database's clock, sent right behind other statements.
pub async fn read_clock(mut conn: &AsyncPgConnection) -> Result<Timestamp, Error> {
    Ok(RunQueryDsl::get_result(diesel::select(clock_timestamp()), &mut conn).await?)
}

/// Raw SQL, because diesel's builder has no join with `unnest`. A look-up per booking, then one per seat, in the order in
/// which every transaction locks seats.
struct LockSeatsOf<'a> {
    events: &'a [i64],
    ids: &'a [Uuid],
    one: One,
}

impl QueryFragment<Pg> for LockSeatsOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT t.ticket_id, t.price, t.status, t.reserved_by, t.reservation_id, t.held_until, t.taken_price, \
             t.booking_id, t.seat_number FROM (SELECT DISTINCT unnest(b.ticket_ids) AS ticket_id, b.event_id FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(
            ") AS w (event_id, booking_id) CROSS JOIN LATERAL (SELECT * FROM bookings AS own \
             WHERE own.event_id = w.event_id AND own.booking_id = w.booking_id",
        );
        self.one.narrow("own.event_id", &mut out)?;
        out.push_sql(
            " OFFSET 0) AS b ORDER BY ticket_id, event_id) AS s CROSS JOIN LATERAL (SELECT * FROM tickets AS own \
             WHERE own.ticket_id = s.ticket_id AND own.event_id = s.event_id",
        );
        self.one.narrow("own.event_id", &mut out)?;
        out.push_sql(" FOR UPDATE) AS t");
        Ok(())
    }
}

impl QueryId for LockSeatsOf<'_> {
    type QueryId = LockSeatsOf<'static>;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for LockSeatsOf<'_> {
    type SqlType = (SqlTypeOf<AsSelect<SeatRow, Pg>>, Text);
}

/// As [`LockSeatsOf`], for the bookings themselves, in the order given.
struct LockBookings<'a> {
    events: &'a [i64],
    ids: &'a [Uuid],
    one: One,
}

impl QueryFragment<Pg> for LockBookings<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT b.event_id, b.booking_id, b.user_id, b.reservation_id, b.ticket_ids, b.amount, b.currency, b.status, \
             b.channel, b.failure, b.created_at FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(
            ") AS w (event_id, booking_id) CROSS JOIN LATERAL (SELECT * FROM bookings AS own \
             WHERE own.event_id = w.event_id AND own.booking_id = w.booking_id",
        );
        self.one.narrow("own.event_id", &mut out)?;
        out.push_sql(" FOR UPDATE) AS b");
        Ok(())
    }
}

impl QueryId for LockBookings<'_> {
    type QueryId = LockBookings<'static>;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for LockBookings<'_> {
    type SqlType = SqlTypeOf<AsSelect<BookingRow, Pg>>;
}
