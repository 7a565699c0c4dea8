//! `PaymentCallback`: the provider's webhook. Checked, stored, acted on, in that order; whatever goes wrong after the
//! first is answered with an error, so that the provider sends it again.

use tonic::Request;
use usher::{
    contract::booking::{PaymentCallbackRequest, PaymentCallbackResponse},
    reason::{Reason, Refusal},
    trace::{Kind, Span},
};

use super::Booking;
use crate::{
    callback::{self, Callback, Kept, Payment, Report},
    clock,
    error::Error,
    settling::Said,
    signature,
    store::payment_events,
};

/// The provider's kind of callback for a refund that did not reach the customer.
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
    let kept = Kept { id: callback.id.clone(), kind: callback.kind.clone(), payload: text };
    if service.checkout.callbacks.ask(kept).await? {
        if callback.kind == REFUND_FAILED && callback.report.is_none() {
            tracing::error!(
                callback = callback.id,
                "a refund failed that bears no booking's name: look it up at the provider"
            );
        }
        act(service, callback).await?;
    }
    Ok(PaymentCallbackResponse { received: true })
}

/// Does what the callback calls for, and marks it as acted on.
async fn act(service: &Booking, callback: Callback) -> Result<(), Error> {
    let Callback { id, kind, report } = callback;
    match report {
        Some(Report::Payment(Payment { event, booking, attempt, news, answer, trace })) => {
            let said = Said { event, booking, attempt, news: Some(news), answer, callback: Some(id.clone()) };
            // Its body is signed, so that what it brings back of the payment's trace is what was sent.
            let span = Span::continued(trace.as_deref(), Kind::Consumer, || kind.into());
            let settled = span.around(service.checkout.take_in(said)).await?;
            span.end();
            // A crash before it is marked: it comes again, and changes nothing (INVARIANT I5).
            if settled.is_some() && !service.checkout.sharded {
                return Ok(());
            }
        }
        Some(Report::RefundFailed(failure)) => service.checkout.note_failed(failure).await?,
        None => {}
    }
    let mark = service.database.transaction(move |conn| {
        let id = id.clone();
        Box::pin(async move { payment_events::mark_processed(conn, &id).await })
    });
    mark.await
}
