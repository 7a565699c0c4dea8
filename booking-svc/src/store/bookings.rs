//! The table `bookings`.

use std::collections::HashMap;

use diesel::{
    dsl::{now, sql},
    expression::SqlLiteral,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Bool, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{database, id::EventId, schema::bookings};
use uuid::Uuid;

use super::{about::One, clock_timestamp, prepared::Prepared};
use crate::{
    booking::{Booking, Channel},
    error::Error,
    seat::Timestamp,
    state::Status,
};

/// A row to be added.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// What it says.
    pub booking: Booking,
    /// SHA-256 of what was asked.
    pub request_hash: Vec<u8>,
    /// When the reconciler may look at it first.
    pub check_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub(super) struct BookingRow {
    event_id: i64,
    booking_id: Uuid,
    user_id: Option<i64>,
    reservation_id: Option<Uuid>,
    ticket_ids: Vec<i64>,
    amount: i64,
    currency: String,
    status: String,
    channel: String,
    failure: Option<String>,
    created_at: Timestamp,
}

/// Adds a booking. A conflict where another transaction added one under the same id meanwhile.
pub async fn insert_booking(mut conn: &AsyncPgConnection, new: &NewBooking) -> Result<(), Error> {
    let booking = &new.booking;
    let added = diesel::insert_into(bookings::table)
        .values((
            bookings::event_id.eq(booking.event.get()),
            bookings::booking_id.eq(booking.id),
            bookings::user_id.eq(booking.user_id),
            bookings::reservation_id.eq(booking.reservation),
            bookings::ticket_ids.eq(&booking.ticket_ids),
            bookings::amount.eq(booking.amount),
            bookings::currency.eq(&booking.currency),
            bookings::status.eq(booking.status.as_str()),
            bookings::channel.eq(booking.channel.as_str()),
            bookings::request_hash.eq(&new.request_hash),
            bookings::check_at.eq(new.check_at),
            bookings::created_at.eq(booking.created_at),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    match added {
        1 => Ok(()),
        _ => Err(database::Error::lost_race("a request_id was used twice at the same time").into()),
    }
}

/// The booking, if there is one.
pub async fn find_booking(mut conn: &AsyncPgConnection, event: EventId, id: Uuid) -> Result<Option<Booking>, Error> {
    let row =
        bookings::table.find((event.get(), id)).select(BookingRow::as_select()).first(&mut conn).await.optional()?;
    row.map(booking).transpose()
}

/// The hash of the request that made the booking, if there is one.
pub async fn find_request_hash(
    mut conn: &AsyncPgConnection,
    event: EventId,
    id: Uuid,
) -> Result<Option<Vec<u8>>, Error> {
    let hash = bookings::table.find((event.get(), id)).select(bookings::request_hash);
    Ok(hash.first(&mut conn).await.optional()?)
}

/// The hashes of the requests that made these bookings, as far as they are there; of `event`, where all are of that one. Takes the connection shared, so that it
/// can be sent right behind the statement that locks the seats and still runs after it.
pub async fn find_request_hashes(
    mut conn: &AsyncPgConnection,
    ids: &[(EventId, Uuid)],
    event: Option<EventId>,
) -> Result<HashMap<Uuid, Vec<u8>>, Error> {
    let (events, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(event, id)| (event.get(), *id)).unzip();
    let find = FindRequestHashes { events: &events, ids: &ids, one: One::new(event) };
    let found = RunQueryDsl::load(find, &mut conn).await?;
    Ok(found.into_iter().collect::<HashMap<_, _>>())
}

/// Raw SQL, because diesel's builder has no join with `unnest`, and two `= ANY` would ask for each booking at each event.
struct FindRequestHashes<'a> {
    events: &'a [i64],
    ids: &'a [Uuid],
    one: One,
}

impl QueryFragment<Pg> for FindRequestHashes<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT b.booking_id, b.request_hash FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(
            ") AS w (event_id, booking_id) CROSS JOIN LATERAL (SELECT * FROM bookings AS own \
             WHERE own.event_id = w.event_id AND own.booking_id = w.booking_id",
        );
        self.one.narrow("own.event_id", &mut out)?;
        out.push_sql(" OFFSET 0) AS b");
        Ok(())
    }
}

impl QueryId for FindRequestHashes<'_> {
    type QueryId = FindRequestHashes<'static>;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for FindRequestHashes<'_> {
    type SqlType = (SqlUuid, Binary);
}

/// Locks the booking until the transaction ends. Its seats must be locked before.
pub async fn lock_booking(mut conn: &AsyncPgConnection, event: EventId, id: Uuid) -> Result<Option<Booking>, Error> {
    let row = bookings::table
        .find((event.get(), id))
        .select(BookingRow::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()?;
    row.map(booking).transpose()
}

/// Sets where the booking stands. The row must be locked.
pub async fn set_status(
    mut conn: &AsyncPgConnection,
    event: EventId,
    id: Uuid,
    status: Status,
    failure: Option<&str>,
) -> Result<(), Error> {
    Prepared(diesel::update(bookings::table.find((event.get(), id))).set((
        bookings::status.eq(status.as_str()),
        bookings::failure.eq(failure),
        bookings::updated_at.eq(now),
    )))
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Sets which seats the booking has. The row must be locked.
pub async fn set_tickets(conn: &mut AsyncPgConnection, event: EventId, id: Uuid, ids: &[i64]) -> Result<(), Error> {
    Prepared(
        diesel::update(bookings::table.find((event.get(), id)))
            .set((bookings::ticket_ids.eq(ids), bookings::updated_at.eq(now))),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One page of a user's bookings, newest first, and how many there are.
pub async fn list_bookings(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Booking>, i64), Error> {
    let total = bookings::table.filter(bookings::user_id.eq(user_id)).count().get_result(conn).await?;
    let rows: Vec<BookingRow> = bookings::table
        .filter(bookings::user_id.eq(user_id))
        .order((bookings::created_at.desc(), bookings::booking_id))
        .limit(limit)
        .offset(offset)
        .select(BookingRow::as_select())
        .load(conn)
        .await?;
    Ok((rows.into_iter().map(booking).collect::<Result<_, _>>()?, total))
}

/// When the booking that has waited longest should have been looked at; `None` where none is under way.
pub async fn find_oldest_open(conn: &mut AsyncPgConnection) -> Result<Option<Timestamp>, Error> {
    let open = bookings::table.filter(pending());
    Ok(open.select(diesel::dsl::min(bookings::check_at)).first(conn).await?)
}

/// Takes up to `limit` bookings under way whose time to look has come, and puts their next look off by `pause`, so
/// that no other reconciler takes them meanwhile. Answers each with its age in seconds.
pub async fn claim_open(
    conn: &mut AsyncPgConnection,
    limit: i64,
    pause: chrono::TimeDelta,
) -> Result<Vec<(Booking, i64)>, Error> {
    let rows: Vec<(BookingRow, Timestamp)> = bookings::table
        .filter(pending())
        .filter(bookings::check_at.le(clock_timestamp()))
        .order(bookings::check_at)
        .limit(limit)
        .select((BookingRow::as_select(), clock_timestamp()))
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for (row, at) in rows {
        let found = booking(row)?;
        Prepared(
            diesel::update(bookings::table.find((found.event.get(), found.id))).set(bookings::check_at.eq(at + pause)),
        )
        .execute(conn)
        .await?;
        let age = (at - found.created_at).num_seconds();
        claimed.push((found, age));
    }
    Ok(claimed)
}

/// Raw SQL, because diesel sends values apart from the statement, and a plan that is made for all values can't tell that
/// this one is within the partial index.
fn pending() -> SqlLiteral<Bool> {
    sql("bookings.status = 'PENDING'")
}

pub(super) fn booking(row: BookingRow) -> Result<Booking, Error> {
    let defect = || Error::Defect(format!("booking {} has a shape that the rules don't know", row.booking_id));
    Ok(Booking {
        event: EventId::new(row.event_id).ok_or_else(defect)?,
        id: row.booking_id,
        user_id: row.user_id,
        reservation: row.reservation_id,
        status: Status::parse(&row.status).ok_or_else(defect)?,
        channel: Channel::parse(&row.channel).ok_or_else(defect)?,
        ticket_ids: row.ticket_ids,
        amount: row.amount,
        currency: row.currency,
        failure: row.failure,
        created_at: row.created_at,
    })
}
