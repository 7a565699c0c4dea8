//! The table `payments`: one row per attempt.

use diesel::{dsl::now, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{id::EventId, schema::payments};
use uuid::Uuid;

use super::prepared::Prepared;
use crate::{booking::Payment, error::Error};

/// The provider's word for money that is captured.
const SUCCEEDED: &str = "succeeded";

/// What the provider said about an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its id of the payment.
    pub intent: Option<String>,
    /// Its word for where the payment stands.
    pub status: Option<String>,
    /// Its word for why it declined.
    pub decline_code: Option<String>,
    /// Where the customer has to go.
    pub redirect_url: Option<String>,
}

/// Adds an attempt.
pub async fn insert_payment(
    mut conn: &AsyncPgConnection,
    event: EventId,
    booking: Uuid,
    attempt: Uuid,
    payment_method: &str,
) -> Result<(), Error> {
    diesel::insert_into(payments::table)
        .values((
            payments::event_id.eq(event.get()),
            payments::attempt_id.eq(attempt),
            payments::booking_id.eq(booking),
            payments::payment_method.eq(payment_method),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// The newest attempt to pay for the booking, if it was ever tried.
pub async fn find_payment(
    mut conn: &AsyncPgConnection,
    event: EventId,
    booking: Uuid,
) -> Result<Option<Payment>, Error> {
    let row: Option<(Uuid, String, Option<String>, Option<String>)> = payments::table
        .filter(payments::event_id.eq(event.get()))
        .filter(payments::booking_id.eq(booking))
        .order(payments::created_at.desc())
        .select((payments::attempt_id, payments::payment_method, payments::payment_intent_id, payments::redirect_url))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(row.map(|(attempt, method, intent, redirect_url)| Payment { attempt, method, intent, redirect_url }))
}

/// The provider's ids of these bookings' payments.
pub async fn find_intents(
    conn: &mut AsyncPgConnection,
    bookings: &[Uuid],
    events: &[i64],
) -> Result<Vec<(Uuid, Option<String>)>, Error> {
    let found = payments::table
        .filter(payments::event_id.eq_any(events))
        .filter(payments::booking_id.eq_any(bookings))
        .order(payments::created_at)
        .select((payments::booking_id, payments::payment_intent_id));
    Ok(found.load(conn).await?)
}

/// Keeps what the provider said. A payment's id, once known, is never forgotten, and neither is that it succeeded: older
/// news may come later.
pub async fn record_answer(
    conn: &AsyncPgConnection,
    event: EventId,
    attempt: Uuid,
    answer: &Answer,
) -> Result<(), Error> {
    let row = || payments::table.find((event.get(), attempt));
    let intent = async {
        let (mut conn, Some(intent)) = (conn, &answer.intent) else { return Ok(0) };
        Prepared(diesel::update(row()).set(payments::payment_intent_id.eq(intent))).execute(&mut conn).await
    };
    let status = async {
        let mut conn = conn;
        Prepared(diesel::update(row().filter(payments::provider_status.is_distinct_from(SUCCEEDED))).set((
            payments::provider_status.eq(&answer.status),
            payments::decline_code.eq(&answer.decline_code),
            payments::redirect_url.eq(&answer.redirect_url),
            payments::updated_at.eq(now),
        )))
        .execute(&mut conn)
        .await
    };
    let (intent, status) = tokio::join!(intent, status);
    intent.and(status)?;
    Ok(())
}
