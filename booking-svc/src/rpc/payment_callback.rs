//! `PaymentCallback`: the provider's webhook. Checked, stored, acted on, in that order; whatever goes wrong after the
//! first is answered with an error, so that the provider sends it again.

use tonic::Request;
use usher::{
    contract::booking::{PaymentCallbackRequest, PaymentCallbackResponse},
    reason::{Reason, Refusal},
};

use super::Booking;
use crate::{callback, clock, error::Error, provider::Outcome, signature, store::payment_events};

/// The provider's word for a refund that did not reach the customer.
const REFUND_FAILED: &str = "refund.failed";

pub async fn handle(
    service: &Booking,
    request: Request<PaymentCallbackRequest>,
) -> Result<PaymentCallbackResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let payload = body.payload.unwrap_or_default().data;
    let header = metadata.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature::is_valid(header, &payload, &service.webhook_secrets, clock::unix_seconds()) {
        let message = "the Stripe-Signature header does not fit the body, or is older than five minutes";
        return Err(Refusal::new(Reason::Unauthenticated, message).into());
    }
    let malformed = || Refusal::field("payload", "is signed, but is no event: id and type are missing");
    let callback = callback::parse(&payload).ok_or_else(malformed)?;
    let text = String::from_utf8(payload).map_err(|_| malformed())?;
    if store(service, &callback, text).await? {
        if callback.kind == REFUND_FAILED {
            // The provider took it on and could not pay it out: a person has to find another way.
            tracing::error!(
                callback = callback.id,
                "a refund failed after it was taken on: look it up at the provider"
            );
        }
        if let Some(report) = callback.report {
            let outcome = Outcome::Decided(report.news, report.answer);
            service.checkout.learn(report.event, report.booking, report.attempt, outcome).await?;
        }
        let id = callback.id;
        let mark = service.database.transaction(move |conn| {
            let id = id.clone();
            Box::pin(async move { payment_events::mark_processed(conn, &id).await })
        });
        mark.await?;
    }
    Ok(PaymentCallbackResponse { received: true })
}

/// Whether the callback is still to be acted on.
async fn store(service: &Booking, callback: &callback::Callback, text: String) -> Result<bool, Error> {
    let (id, kind) = (callback.id.clone(), callback.kind.clone());
    let store = service.database.transaction(move |conn| {
        let (id, kind, text) = (id.clone(), kind.clone(), text.clone());
        Box::pin(async move { payment_events::store_callback(conn, &id, &kind, &text).await })
    });
    store.await
}
