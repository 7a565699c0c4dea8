//! The table `payments`: one row per attempt.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{id::EventId, schema::payments};
use uuid::Uuid;

use crate::{booking::Payment, error::Error};

/// The provider's word for money that is captured.
pub(super) const SUCCEEDED: &str = "succeeded";

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

impl Answer {
    /// What is known after `later` was said. A payment's id, once known, is never forgotten, and neither is that it
    /// succeeded: older news may come later.
    #[must_use]
    pub fn then(self, later: &Self) -> Self {
        let intent = later.intent.clone().or_else(|| self.intent.clone());
        let newer = if self.status.as_deref() == Some(SUCCEEDED) { self } else { later.clone() };
        Self { intent, ..newer }
    }
}

/// Attempt, method, the provider's id, where the customer has to go, the trace.
type PaymentRow = (Uuid, String, Option<String>, Option<String>, Option<String>);

/// The newest attempt to pay for the booking, if it was ever tried.
pub async fn find_payment(
    mut conn: &AsyncPgConnection,
    event: EventId,
    booking: Uuid,
) -> Result<Option<Payment>, Error> {
    let row: Option<PaymentRow> = payments::table
        .filter(payments::event_id.eq(event.get()))
        .filter(payments::booking_id.eq(booking))
        .order(payments::created_at.desc())
        .select((
            payments::attempt_id,
            payments::payment_method,
            payments::payment_intent_id,
            payments::redirect_url,
            payments::traceparent,
        ))
        .first(&mut conn)
        .await
        .optional()?;
    let payment =
        |(attempt, method, intent, redirect_url, trace)| Payment { attempt, method, intent, redirect_url, trace };
    Ok(row.map(payment))
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
