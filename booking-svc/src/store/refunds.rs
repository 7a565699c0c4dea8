//! The table `refunds`: what is given back, and whether the provider was told.

use chrono::TimeDelta;
use diesel::{
    dsl::{now, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::Bool,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::EventId,
    schema::{payments, refunds},
};
use uuid::Uuid;

use super::{clock_timestamp, prepared::Prepared};
use crate::{error::Error, policy::Quote, seat::Timestamp};

const PENDING: &str = "PENDING";
const FAILED: &str = "FAILED";
const DONE: &str = "DONE";

/// How long a refund may be owed before it counts as stuck: the provider was away for less.
const STUCK_AFTER: TimeDelta = TimeDelta::hours(1);

/// A row to be added.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// The event that the booking is for.
    pub event: EventId,
    /// Its id: the provider's idempotency key.
    pub id: Uuid,
    /// The booking.
    pub booking: Uuid,
    /// The payment that it goes back on, where it goes through the provider.
    pub attempt: Option<Uuid>,
    /// The seats that were given back.
    pub ticket_ids: Vec<i64>,
    /// What goes back and what the house keeps.
    pub quote: Quote,
    /// Whether the provider is to be told.
    pub due: bool,
    /// Who asked; `None` for Usher itself.
    pub asked_by: Option<i64>,
    /// SHA-256 of what was asked.
    pub request_hash: Vec<u8>,
    /// When the reconciler may look at it first.
    pub check_at: Timestamp,
}

/// A row, as far as a repeated request asks.
#[derive(Debug, Clone)]
pub struct Refund {
    /// What goes back and what the house keeps.
    pub quote: Quote,
    /// Whether the provider is yet to be told.
    pub due: bool,
    /// SHA-256 of what was asked.
    pub request_hash: Vec<u8>,
}

/// Money that the provider is yet to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The event that the booking is for.
    pub event: EventId,
    /// The refund: the provider's idempotency key.
    pub id: Uuid,
    /// The booking.
    pub booking: Uuid,
    /// The provider's id of the payment; `None` where it was never heard.
    pub intent: Option<String>,
    /// Minor units.
    pub amount: i64,
    /// How long ago it was asked for.
    pub age: TimeDelta,
}

/// Money that goes or went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returning {
    /// The refund.
    pub id: Uuid,
    /// The booking.
    pub booking: Uuid,
    /// The seats that were given back.
    pub ticket_ids: Vec<i64>,
    /// Minor units.
    pub amount: i64,
    /// Whether it needs a person: the provider could not pay it out, or has refused it for an hour.
    pub is_stuck: bool,
}

/// Adds a refund; answers whether it did: one that is there already stays as it is.
pub async fn insert_refund(conn: &mut AsyncPgConnection, new: &NewRefund) -> Result<bool, Error> {
    let added = diesel::insert_into(refunds::table)
        .values((
            refunds::event_id.eq(new.event.get()),
            refunds::refund_id.eq(new.id),
            refunds::booking_id.eq(new.booking),
            refunds::attempt_id.eq(new.attempt),
            refunds::ticket_ids.eq(&new.ticket_ids),
            refunds::amount.eq(new.quote.refund),
            refunds::fee.eq(new.quote.fee),
            refunds::status.eq(if new.due { PENDING } else { DONE }),
            refunds::asked_by.eq(new.asked_by),
            refunds::request_hash.eq(&new.request_hash),
            refunds::check_at.eq(new.check_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added == 1)
}

/// The refund, if there is one.
pub async fn find_refund(conn: &mut AsyncPgConnection, event: EventId, id: Uuid) -> Result<Option<Refund>, Error> {
    let row: Option<(i64, i64, String, Vec<u8>)> = refunds::table
        .find((event.get(), id))
        .select((refunds::amount, refunds::fee, refunds::status, refunds::request_hash))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(refund, fee, status, request_hash)| Refund {
        quote: Quote { refund, fee },
        due: status == PENDING,
        request_hash,
    }))
}

/// What is or was given back of these bookings, refund by refund.
pub async fn list_returning(
    mut conn: &AsyncPgConnection,
    bookings: &[Uuid],
    events: &[i64],
) -> Result<Vec<Returning>, Error> {
    let found: Vec<ReturningRow> = refunds::table
        .filter(refunds::event_id.eq_any(events))
        .filter(refunds::booking_id.eq_any(bookings))
        .select(returning())
        .load(&mut conn)
        .await?;
    Ok(found.into_iter().map(read_returning).collect())
}

/// What the provider is yet to give back of the booking.
pub async fn list_due(conn: &mut AsyncPgConnection, event: EventId, booking: Uuid) -> Result<Vec<Due>, Error> {
    let rows = refunds::table
        .left_join(payments::table.on(same_attempt()))
        .filter(refunds::event_id.eq(event.get()))
        .filter(refunds::booking_id.eq(booking))
        .filter(refunds::status.eq(PENDING))
        .order(refunds::created_at)
        .select((
            refunds::event_id,
            refunds::refund_id,
            refunds::booking_id,
            payments::payment_intent_id.nullable(),
            refunds::amount,
            refunds::created_at,
            clock_timestamp(),
        ));
    rows.load(conn).await?.into_iter().map(due).collect()
}

/// Takes up to `limit` refunds under way whose time to look has come, and puts their next look off by `pause`, so that
/// no other reconciler takes them meanwhile.
pub async fn claim_due(
    conn: &mut AsyncPgConnection,
    limit: i64,
    pause: TimeDelta,
) -> Result<Vec<(EventId, Uuid)>, Error> {
    let rows: Vec<(i64, Uuid, Uuid, Timestamp)> = refunds::table
        .filter(pending())
        .filter(refunds::check_at.le(clock_timestamp()))
        .order(refunds::check_at)
        .limit(limit)
        .select((refunds::event_id, refunds::refund_id, refunds::booking_id, clock_timestamp()))
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for (event, id, booking, at) in rows {
        Prepared(diesel::update(refunds::table.find((event, id))).set(refunds::check_at.eq(at + pause)))
            .execute(conn)
            .await?;
        claimed.extend(EventId::new(event).map(|event| (event, booking)));
    }
    claimed.dedup();
    Ok(claimed)
}

/// Notes that the provider gives the money back. One that has failed meanwhile stays so.
pub async fn mark_done(conn: &mut AsyncPgConnection, event: EventId, id: Uuid) -> Result<(), Error> {
    let owed = refunds::table.find((event.get(), id)).filter(refunds::status.eq(PENDING));
    Prepared(diesel::update(owed).set((
        refunds::status.eq(DONE),
        refunds::failure.eq(None::<String>),
        refunds::updated_at.eq(now),
    )))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the provider could not pay it out; answers whether that is news, `None` where there is no such refund. What a
/// person settled stays so: it is DONE and has a failure.
pub async fn mark_failed(
    conn: &mut AsyncPgConnection,
    event: EventId,
    id: Uuid,
    why: &str,
) -> Result<Option<bool>, Error> {
    if find_refund(conn, event, id).await?.is_none() {
        return Ok(None);
    }
    let told = refunds::status.eq(PENDING).or(refunds::status.eq(DONE).and(refunds::failure.is_null()));
    let changed = Prepared(diesel::update(refunds::table.find((event.get(), id)).filter(told)).set((
        refunds::status.eq(FAILED),
        refunds::failure.eq(why),
        refunds::updated_at.eq(now),
    )));
    Ok(Some(changed.execute(conn).await? == 1))
}

/// Notes that a person gave back what was stuck, of a booking that is locked. Its failure stays, and says that a person did.
pub async fn mark_settled(conn: &mut AsyncPgConnection, event: EventId, ids: &[Uuid]) -> Result<(), Error> {
    let stuck = refunds::table.filter(refunds::event_id.eq(event.get())).filter(refunds::refund_id.eq_any(ids));
    Prepared(diesel::update(stuck).set((refunds::status.eq(DONE), refunds::updated_at.eq(now)))).execute(conn).await?;
    Ok(())
}

/// Whether money of the booking has yet to reach the customer.
pub async fn is_owing(conn: &mut AsyncPgConnection, event: EventId, booking: Uuid) -> Result<bool, Error> {
    let owed = refunds::table
        .filter(refunds::event_id.eq(event.get()))
        .filter(refunds::booking_id.eq(booking))
        .filter(refunds::status.ne(DONE));
    Ok(diesel::select(diesel::dsl::exists(owed)).get_result(conn).await?)
}

/// How many refunds need a person by `at`: those that failed, and those that the provider has refused for an hour.
pub async fn count_stuck(conn: &mut AsyncPgConnection, at: Timestamp) -> Result<i64, Error> {
    let stuck =
        refunds::table.filter(unpaid()).filter(refunds::status.eq(FAILED).or(refunds::created_at.lt(at - STUCK_AFTER)));
    Ok(stuck.count().get_result(conn).await?)
}

/// Notes why the provider did not take it. One that is no longer under way stays as it is: another call has heard more.
pub async fn note_failure(conn: &mut AsyncPgConnection, event: EventId, id: Uuid, why: &str) -> Result<(), Error> {
    let owed = refunds::table.find((event.get(), id)).filter(refunds::status.eq(PENDING));
    Prepared(diesel::update(owed).set((refunds::failure.eq(why), refunds::updated_at.eq(now)))).execute(conn).await?;
    Ok(())
}

/// When the refund that has waited longest should have been looked at; `None` where none is overdue.
pub async fn find_oldest_due(conn: &mut AsyncPgConnection) -> Result<Option<Timestamp>, Error> {
    let open = refunds::table.filter(pending());
    Ok(open.select(diesel::dsl::min(refunds::check_at)).first(conn).await?)
}

/// Raw SQL, for the same reason as in `bookings.rs`: only so does a plan for all values use the partial index.
fn pending() -> SqlLiteral<Bool> {
    sql("refunds.status = 'PENDING'")
}

type ReturningRow = (Uuid, Uuid, Vec<i64>, i64, String, bool, Timestamp, Timestamp);

#[diesel::dsl::auto_type]
fn returning() -> _ {
    (
        refunds::refund_id,
        refunds::booking_id,
        refunds::ticket_ids,
        refunds::amount,
        refunds::status,
        refunds::failure.is_not_null(),
        refunds::created_at,
        clock_timestamp(),
    )
}

/// Stuck by the same rule as in [`count_stuck`].
fn read_returning((id, booking, ticket_ids, amount, status, was_refused, since, at): ReturningRow) -> Returning {
    let is_stuck = status == FAILED || (status == PENDING && was_refused && at - since > STUCK_AFTER);
    Returning { id, booking, ticket_ids, amount, is_stuck }
}

/// Likewise.
fn unpaid() -> SqlLiteral<Bool> {
    sql("refunds.status <> 'DONE' AND refunds.failure IS NOT NULL")
}

#[diesel::dsl::auto_type]
fn same_attempt() -> _ {
    payments::event_id.eq(refunds::event_id).and(refunds::attempt_id.eq(payments::attempt_id.nullable()))
}

type DueRow = (i64, Uuid, Uuid, Option<String>, i64, Timestamp, Timestamp);

fn due((event, id, booking, intent, amount, since, at): DueRow) -> Result<Due, Error> {
    let event = EventId::new(event).ok_or_else(|| Error::Defect(format!("refund {id} is of no event")))?;
    Ok(Due { event, id, booking, intent, amount, age: at - since })
}
