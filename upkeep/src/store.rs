//! What the audit reads of `tickets`, `bookings`, `payments` and `refunds`, which booking-svc owns.

use diesel::{
    QueryableByName,
    dsl::count,
    prelude::*,
    result::Error,
    sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{bookings, refunds, tickets};
use uuid::Uuid;

/// The column `tickets.status`, as booking-svc writes it.
const RESERVED: i16 = 1;

#[derive(QueryableByName)]
struct Money {
    #[diesel(sql_type = SqlUuid)]
    booking_id: Uuid,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    accounted: i64,
}

#[derive(QueryableByName)]
struct Ticket {
    #[diesel(sql_type = BigInt)]
    ticket_id: i64,
}

#[derive(QueryableByName)]
struct BookedTicket {
    #[diesel(sql_type = SqlUuid)]
    booking_id: Uuid,
    #[diesel(sql_type = BigInt)]
    ticket_id: i64,
}

/// BOOKED tickets whose booking is not BOOKED, is not there, or does not list them.
pub(crate) async fn list_orphaned_tickets(conn: &mut AsyncPgConnection) -> Result<Vec<i64>, Error> {
    // Raw: diesel has no ANY over the array of a joined row.
    let found = sql_query(
        "SELECT t.ticket_id FROM tickets t \
         LEFT JOIN bookings b ON b.event_id = t.event_id AND b.booking_id = t.booking_id \
         WHERE t.status = 2 AND (b.status IS DISTINCT FROM 'BOOKED' OR NOT t.ticket_id = ANY (b.ticket_ids)) \
         ORDER BY t.ticket_id",
    );
    let found: Vec<Ticket> = found.load(conn).await?;
    Ok(found.into_iter().map(|row| row.ticket_id).collect())
}

/// Tickets that more than one BOOKED booking lists.
pub(crate) async fn list_tickets_sold_twice(conn: &mut AsyncPgConnection) -> Result<Vec<i64>, Error> {
    // Raw: diesel has no unnest.
    let found = sql_query(
        "SELECT listed.ticket_id FROM bookings b, unnest(b.ticket_ids) AS listed (ticket_id) \
         WHERE b.status = 'BOOKED' GROUP BY listed.ticket_id HAVING count(*) > 1 ORDER BY listed.ticket_id",
    );
    let found: Vec<Ticket> = found.load(conn).await?;
    Ok(found.into_iter().map(|row| row.ticket_id).collect())
}

/// Seats that a BOOKED booking lists and does not own.
pub(crate) async fn list_missing_seats(conn: &mut AsyncPgConnection) -> Result<Vec<(Uuid, i64)>, Error> {
    // Raw: diesel has no unnest.
    let found = sql_query(
        "SELECT b.booking_id, listed.ticket_id \
         FROM bookings b CROSS JOIN unnest(b.ticket_ids) AS listed (ticket_id) \
         LEFT JOIN tickets t ON t.ticket_id = listed.ticket_id AND t.event_id = b.event_id \
         WHERE b.status = 'BOOKED' AND (t.status IS DISTINCT FROM 2 OR t.booking_id IS DISTINCT FROM b.booking_id) \
         ORDER BY b.booking_id, listed.ticket_id",
    );
    let found: Vec<BookedTicket> = found.load(conn).await?;
    Ok(found.into_iter().map(|row| (row.booking_id, row.ticket_id)).collect())
}

/// Reservations whose held seats have more than one holder or event.
pub(crate) async fn list_mixed_reservations(conn: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
    let found = tickets::table
        .filter(tickets::status.eq(RESERVED))
        .group_by(tickets::reservation_id)
        .having(
            count(tickets::reserved_by)
                .aggregate_distinct()
                .gt(1)
                .or(count(tickets::event_id).aggregate_distinct().gt(1)),
        )
        .select(tickets::reservation_id.assume_not_null());
    found.load(conn).await
}

/// Bookings whose payment succeeded, and whose amount is not exactly what their seats were sold for and what was given
/// back or kept as a fee: `(booking, charged, accounted for)`.
pub(crate) async fn list_unaccounted_money(conn: &mut AsyncPgConnection) -> Result<Vec<(Uuid, i64, i64)>, Error> {
    // Raw: diesel has no lateral joins.
    let found = sql_query(
        "SELECT b.booking_id, b.amount, coalesce(given.amount, 0) + coalesce(kept.amount, 0) AS accounted \
         FROM bookings b \
         CROSS JOIN LATERAL (SELECT sum(r.amount + r.fee)::bigint AS amount FROM refunds r \
             WHERE r.event_id = b.event_id AND r.booking_id = b.booking_id) given \
         CROSS JOIN LATERAL (SELECT sum(t.taken_price)::bigint AS amount FROM tickets t \
             WHERE b.status = 'BOOKED' AND t.event_id = b.event_id AND t.ticket_id = ANY (b.ticket_ids) \
             AND t.status = 2 AND t.booking_id = b.booking_id) kept \
         WHERE EXISTS (SELECT 1 FROM payments p WHERE p.event_id = b.event_id AND p.booking_id = b.booking_id \
             AND p.provider_status = 'succeeded') \
         AND b.amount <> coalesce(given.amount, 0) + coalesce(kept.amount, 0) ORDER BY b.booking_id",
    );
    let found: Vec<Money> = found.load(conn).await?;
    Ok(found.into_iter().map(|row| (row.booking_id, row.amount, row.accounted)).collect())
}

/// REFUNDED bookings of which money is still owed.
pub(crate) async fn list_unfinished_refunds(conn: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
    let owed = refunds::table
        .filter(refunds::event_id.eq(bookings::event_id))
        .filter(refunds::booking_id.eq(bookings::booking_id))
        .filter(refunds::status.ne("DONE"));
    let found = bookings::table
        .filter(bookings::status.eq("REFUNDED"))
        .filter(diesel::dsl::exists(owed))
        .order(bookings::booking_id)
        .select(bookings::booking_id);
    found.load(conn).await
}

/// REFUNDING bookings that neither the provider nor a person is asked to refund.
pub(crate) async fn list_forgotten_refunds(conn: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
    let owed = refunds::table
        .filter(refunds::event_id.eq(bookings::event_id))
        .filter(refunds::booking_id.eq(bookings::booking_id))
        .filter(refunds::status.eq_any(["PENDING", "FAILED"]));
    let found = bookings::table
        .filter(bookings::status.eq("REFUNDING"))
        .filter(diesel::dsl::not(diesel::dsl::exists(owed)))
        .order(bookings::booking_id)
        .select(bookings::booking_id);
    found.load(conn).await
}
