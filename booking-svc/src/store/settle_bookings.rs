//! The one write of a batch of news of payments.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::id::EventId;
use uuid::Uuid;

use super::{about::One, payments::SUCCEEDED, together::expect_all};
use crate::{
    error::Error,
    seat::{Standing, StatusCode, Timestamp},
    settling::Writes,
};

/// Writes what a batch of news did: to attempts, bookings, seats, refunds and callbacks.
///
/// Raw SQL, because diesel's builder has neither `UPDATE … FROM` (each row gets values of its own) nor a statement that
/// writes five tables. Which guards it has against running outside of its transaction, and against writing only a part:
/// [`super::together`].
#[derive(Debug, Default)]
pub struct SettleBookings {
    answers: Answers,
    booking_events: Vec<i64>,
    bookings: Vec<Uuid>,
    statuses: Vec<&'static str>,
    failures: Vec<Option<String>>,
    tickets: Vec<i64>,
    ticket_events: Vec<i64>,
    ticket_statuses: Vec<i16>,
    ticket_bookings: Vec<Option<Uuid>>,
    refunds: Refunds,
    callbacks: Vec<String>,
    one: One,
}

#[derive(Debug, Default)]
struct Answers {
    events: Vec<i64>,
    attempts: Vec<Uuid>,
    intents: Vec<Option<String>>,
    statuses: Vec<Option<String>>,
    decline_codes: Vec<Option<String>>,
    redirect_urls: Vec<Option<String>>,
    one: One,
}

#[derive(Debug, Default)]
struct Refunds {
    events: Vec<i64>,
    ids: Vec<Uuid>,
    bookings: Vec<Uuid>,
    attempts: Vec<Option<Uuid>>,
    amounts: Vec<i64>,
    check_ats: Vec<Timestamp>,
    one: One,
}

impl SettleBookings {
    /// Of these rows. Where all of them are of `event`, and only then, callbacks are left to be marked afterwards: they are
    /// in no event's database.
    pub fn new(writes: Writes, event: Option<EventId>) -> Self {
        let one = One::new(event);
        let mut settle = Self { callbacks: writes.callbacks.into_iter().collect(), one, ..Self::default() };
        settle.answers.one = one;
        settle.refunds.one = one;
        for ((event, attempt), answer) in writes.answers {
            settle.answers.events.push(event.get());
            settle.answers.attempts.push(attempt);
            settle.answers.intents.push(answer.intent);
            settle.answers.statuses.push(answer.status);
            settle.answers.decline_codes.push(answer.decline_code);
            settle.answers.redirect_urls.push(answer.redirect_url);
        }
        for ((event, id), (status, failure)) in writes.bookings {
            settle.booking_events.push(event.get());
            settle.bookings.push(id);
            settle.statuses.push(status.as_str());
            settle.failures.push(failure);
        }
        for (ticket, standing) in writes.seats {
            let (status, booking) = match standing {
                Standing::Booked { booking, .. } => (StatusCode::Booked, Some(booking)),
                Standing::Held(_) | Standing::Free | Standing::Blocked => (StatusCode::Reserved, None),
            };
            settle.tickets.push(ticket.get());
            settle.ticket_events.push(ticket.event().get());
            settle.ticket_statuses.push(status as i16);
            settle.ticket_bookings.push(booking);
        }
        for refund in writes.refunds.into_values() {
            settle.refunds.events.push(refund.event.get());
            settle.refunds.ids.push(refund.id);
            settle.refunds.bookings.push(refund.booking);
            settle.refunds.attempts.push(refund.attempt);
            settle.refunds.amounts.push(refund.quote.refund);
            settle.refunds.check_ats.push(refund.check_at);
        }
        settle
    }

    /// Writes all of it, or nothing. Everything must be locked.
    pub async fn write(&self, mut conn: &AsyncPgConnection) -> Result<(), Error> {
        expect_all(RunQueryDsl::get_result(self, &mut conn).await?)
    }
}

impl QueryFragment<Pg> for SettleBookings {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH answered AS (");
        self.answers.walk_ast(out.reborrow())?;
        out.push_sql("), owed AS (");
        self.refunds.walk_ast(out.reborrow())?;
        if !self.one.is_known() {
            out.push_sql("), heard AS (UPDATE payment_events SET processed_at = now() WHERE provider_event_id = ANY (");
            out.push_bind_param::<Array<Text>, _>(&self.callbacks)?;
            out.push_sql(") AND pg_current_xact_id_if_assigned() IS NOT NULL");
        }
        out.push_sql(
            "), stands AS (UPDATE bookings AS b SET status = w.status, failure = w.failure, updated_at = now() FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.booking_events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.bookings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.failures)?;
        out.push_sql(
            ") AS w (event_id, booking_id, status, failure) WHERE pg_current_xact_id_if_assigned() IS NOT NULL \
             AND b.event_id = w.event_id AND b.booking_id = w.booking_id",
        );
        self.one.narrow("b.event_id", &mut out)?;
        out.push_sql(
            " RETURNING 1), \
             marked AS (UPDATE tickets AS t SET status = w.status, booking_id = w.booking_id, \
             status_at = clock_timestamp() FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.tickets)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.ticket_events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.ticket_statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.ticket_bookings)?;
        out.push_sql(
            ") AS w (ticket_id, event_id, status, booking_id) WHERE pg_current_xact_id_if_assigned() IS NOT NULL \
             AND t.ticket_id = w.ticket_id AND t.event_id = w.event_id",
        );
        self.one.narrow("t.event_id", &mut out)?;
        out.push_sql(
            " AND t.status = 1 RETURNING 1) SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN 0 ELSE 1 / \
             ((SELECT count(*) FROM stands) = cardinality(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.bookings)?;
        out.push_sql(") AND (SELECT count(*) FROM marked) = cardinality(");
        out.push_bind_param::<Array<BigInt>, _>(&self.tickets)?;
        out.push_sql("))::int END");
        Ok(())
    }
}

impl QueryFragment<Pg> for Answers {
    /// As [`crate::store::payments::Answer::then`]: what a row knows already counts as said before.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE payments AS p SET payment_intent_id = coalesce(w.intent, p.payment_intent_id), \
             provider_status = CASE WHEN p.provider_status = ",
        );
        out.push_bind_param::<Text, _>(&SUCCEEDED)?;
        out.push_sql(
            " THEN p.provider_status ELSE w.status END, \
             decline_code = CASE WHEN p.provider_status = ",
        );
        out.push_bind_param::<Text, _>(&SUCCEEDED)?;
        out.push_sql(
            " THEN p.decline_code ELSE w.decline_code END, \
             redirect_url = CASE WHEN p.provider_status = ",
        );
        out.push_bind_param::<Text, _>(&SUCCEEDED)?;
        out.push_sql(" THEN p.redirect_url ELSE w.redirect_url END, updated_at = now() FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.attempts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.intents)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.decline_codes)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.redirect_urls)?;
        out.push_sql(
            ") AS w (event_id, attempt_id, intent, status, decline_code, redirect_url) \
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL \
             AND p.event_id = w.event_id AND p.attempt_id = w.attempt_id",
        );
        self.one.narrow("p.event_id", &mut out)?;
        out.push_sql(" AND (p.provider_status IS DISTINCT FROM ");
        out.push_bind_param::<Text, _>(&SUCCEEDED)?;
        out.push_sql(" OR p.payment_intent_id IS DISTINCT FROM coalesce(w.intent, p.payment_intent_id))");
        Ok(())
    }
}

impl QueryFragment<Pg> for Refunds {
    /// A refund that is there already stays as it is.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO refunds (event_id, refund_id, booking_id, attempt_id, ticket_ids, amount, fee, status, \
             request_hash, check_at) SELECT ",
        );
        self.one.value("w.event_id", &mut out)?;
        out.push_sql(
            ", w.refund_id, w.booking_id, w.attempt_id, '{}', w.amount, 0, \
             'PENDING', '', w.check_at FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.bookings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.attempts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.amounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.check_ats)?;
        out.push_sql(
            ") AS w (event_id, refund_id, booking_id, attempt_id, amount, check_at) \
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL ON CONFLICT DO NOTHING",
        );
        Ok(())
    }
}

impl QueryId for SettleBookings {
    type QueryId = Self;
    // One text where it is about one event, another where it is not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for &SettleBookings {
    type SqlType = Integer;
}
