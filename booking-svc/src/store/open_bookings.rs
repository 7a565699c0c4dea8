//! The one write of a batch of openings.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{database, id::EventId};
use uuid::Uuid;

use super::{
    about::One,
    together::{expect_all, list},
};
use crate::{
    error::Error,
    opening::Begun,
    seat::{StatusCode, Timestamp},
    state::Status,
};

/// Writes the bookings of a whole batch with their first attempts to pay, and marks their seats: as being paid for, or as
/// owned where there is nothing to pay.
///
/// Raw SQL, because diesel's builder has neither `UPDATE … FROM` (each row gets values of its own) nor a statement that
/// writes three tables. Rows are written in the order of their keys, so that two batches don't wait for each other in a
/// circle; a booking that another transaction wrote meanwhile fails the statement. Which guards it has against running
/// outside of its transaction, and against writing only a part: [`super::together`].
#[derive(Debug, Default)]
pub struct OpenBookings {
    events: Vec<i64>,
    bookings: Vec<Uuid>,
    users: Vec<Option<i64>>,
    reservations: Vec<Option<Uuid>>,
    ticket_lists: Vec<String>,
    amounts: Vec<i64>,
    currencies: Vec<String>,
    statuses: Vec<&'static str>,
    hashes: Vec<Vec<u8>>,
    check_ats: Vec<Timestamp>,
    created_ats: Vec<Timestamp>,
    attempts: Vec<Option<Uuid>>,
    methods: Vec<Option<String>>,
    traces: Vec<Option<String>>,
    seat_tickets: Vec<i64>,
    seat_events: Vec<i64>,
    seat_bookings: Vec<Uuid>,
    seat_statuses: Vec<i16>,
    one: One,
}

impl OpenBookings {
    /// Of these rows; of `event`, where all of them are of that one.
    pub fn new(mut begun: Vec<Begun>, event: Option<EventId>) -> Self {
        begun.sort_unstable_by_key(|row| (row.booking.event, row.booking.id));
        let mut open = Self { one: One::new(event), ..Self::default() };
        for row in begun {
            let Begun { booking, hash, check_at, payment, seats } = row;
            let status = if booking.status == Status::Booked { StatusCode::Booked } else { StatusCode::Reserved };
            for (ticket, _) in seats {
                open.seat_tickets.push(ticket.get());
                open.seat_events.push(booking.event.get());
                open.seat_bookings.push(booking.id);
                open.seat_statuses.push(status as i16);
            }
            open.events.push(booking.event.get());
            open.bookings.push(booking.id);
            open.users.push(booking.user_id);
            open.reservations.push(booking.reservation);
            open.ticket_lists.push(list(&booking.ticket_ids));
            open.amounts.push(booking.amount);
            open.currencies.push(booking.currency);
            open.statuses.push(booking.status.as_str());
            open.hashes.push(hash);
            open.check_ats.push(check_at);
            open.created_ats.push(booking.created_at);
            open.attempts.push(payment.as_ref().map(|payment| payment.attempt));
            open.traces.push(payment.as_ref().and_then(|payment| payment.trace.clone()));
            open.methods.push(payment.map(|payment| payment.payment_method));
        }
        open
    }

    /// Writes all of it, or nothing: a conflict where another transaction opened one of the bookings meanwhile. The seats
    /// must be locked.
    pub async fn write(&self, mut conn: &AsyncPgConnection) -> Result<(), Error> {
        let written = RunQueryDsl::get_result::<i32>(self, &mut conn).await.map_err(database::Error::from);
        match written {
            Err(error) if error.constraint() == Some("bookings_pkey") => {
                Err(database::Error::lost_race("a request_id was used twice at the same time").into())
            }
            written => expect_all(written?),
        }
    }
}

impl QueryFragment<Pg> for OpenBookings {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH w AS MATERIALIZED (SELECT * FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.bookings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.reservations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.ticket_lists)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.amounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.currencies)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.hashes)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.check_ats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.created_ats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.attempts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.methods)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.traces)?;
        out.push_sql(
            ") AS w (event_id, booking_id, user_id, reservation_id, ticket_ids, amount, currency, status, request_hash, \
             check_at, created_at, attempt_id, payment_method, traceparent) WHERE pg_current_xact_id_if_assigned() IS NOT NULL), \
             opened AS (INSERT INTO bookings (event_id, booking_id, user_id, reservation_id, ticket_ids, amount, currency, \
             status, channel, request_hash, check_at, created_at) SELECT ",
        );
        self.one.value("event_id", &mut out)?;
        out.push_sql(
            ", booking_id, user_id, reservation_id, ticket_ids::bigint[], amount, currency, \
             status, 'ONLINE', request_hash, check_at, created_at FROM w RETURNING 1), \
             tried AS (INSERT INTO payments (event_id, attempt_id, booking_id, payment_method, traceparent) SELECT ",
        );
        self.one.value("event_id", &mut out)?;
        out.push_sql(
            ", attempt_id, booking_id, payment_method, traceparent FROM w WHERE attempt_id IS NOT NULL), \
             marked AS (UPDATE tickets AS t SET status = s.status, booking_id = s.booking_id, \
             status_at = clock_timestamp() FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.seat_tickets)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.seat_events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.seat_bookings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.seat_statuses)?;
        out.push_sql(
            ") AS s (ticket_id, event_id, booking_id, status) WHERE pg_current_xact_id_if_assigned() IS NOT NULL \
             AND t.ticket_id = s.ticket_id AND t.event_id = s.event_id",
        );
        self.one.narrow("t.event_id", &mut out)?;
        out.push_sql(
            " AND t.status = 1 RETURNING 1) SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN 0 ELSE 1 / \
             ((SELECT count(*) FROM opened) = cardinality(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.bookings)?;
        out.push_sql(") AND (SELECT count(*) FROM marked) = cardinality(");
        out.push_bind_param::<Array<BigInt>, _>(&self.seat_tickets)?;
        out.push_sql("))::int END");
        Ok(())
    }
}

impl QueryId for OpenBookings {
    type QueryId = Self;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for &OpenBookings {
    type SqlType = Integer;
}
