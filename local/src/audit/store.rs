//! What the audit reads of `tickets`, `bookings` and `payments`, which booking-svc owns.

use diesel::{
    QueryableByName,
    dsl::count,
    prelude::*,
    result::Error,
    sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{bookings, payments, tickets};
use uuid::Uuid;

/// The columns `tickets.status` and `bookings.status`, as booking-svc writes them.
const RESERVED: i16 = 1;
const HAS_OR_RETURNS_MONEY: [&str; 3] = ["BOOKED", "REFUNDING", "REFUNDED"];

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
pub(super) async fn list_orphaned_tickets(conn: &mut AsyncPgConnection) -> Result<Vec<i64>, Error> {
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
pub(super) async fn list_tickets_sold_twice(conn: &mut AsyncPgConnection) -> Result<Vec<i64>, Error> {
    // Raw: diesel has no unnest.
    let found = sql_query(
        "SELECT listed.ticket_id FROM bookings b, unnest(b.ticket_ids) AS listed (ticket_id) \
         WHERE b.status = 'BOOKED' GROUP BY listed.ticket_id HAVING count(*) > 1 ORDER BY listed.ticket_id",
    );
    let found: Vec<Ticket> = found.load(conn).await?;
    Ok(found.into_iter().map(|row| row.ticket_id).collect())
}

/// Seats that a BOOKED booking lists and does not own.
pub(super) async fn list_missing_seats(conn: &mut AsyncPgConnection) -> Result<Vec<(Uuid, i64)>, Error> {
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
pub(super) async fn list_mixed_reservations(conn: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
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

/// Bookings whose payment succeeded, and that neither have their seats nor give the money back.
pub(super) async fn list_money_without_seats(conn: &mut AsyncPgConnection) -> Result<Vec<(Uuid, String)>, Error> {
    let booking_of_payment =
        bookings::event_id.eq(payments::event_id).and(bookings::booking_id.eq(payments::booking_id));
    let found = payments::table
        .inner_join(bookings::table.on(booking_of_payment))
        .filter(payments::provider_status.eq("succeeded"))
        .filter(bookings::status.ne_all(HAS_OR_RETURNS_MONEY))
        .order(bookings::booking_id)
        .select((bookings::booking_id, bookings::status));
    found.load(conn).await
}
