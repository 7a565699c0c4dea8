//! The objects as Stripe writes them. What a real object has and the sandbox has no use for is null or left out.

use serde_json::{Value, json};

use crate::{
    card::Failure,
    intent::{Intent, News, Status},
    ledger::{Ledger, Refund, RefundStatus},
    sandbox::Change,
};

/// The version of Stripe's API whose shapes these are.
pub const API_VERSION: &str = "2026-09-30.endive";

/// A payment intent.
pub fn intent(intent: &Intent, public_url: &str) -> Value {
    let terms = &intent.terms;
    let automatic = terms.redirects.map(|redirects| json!({"enabled": true, "allow_redirects": redirects}));
    let redirect = (intent.status == Status::RequiresAction).then(|| {
        let redirect = json!({"url": bank_check_url(public_url, &intent.id), "return_url": intent.return_url});
        json!({"type": "redirect_to_url", "redirect_to_url": redirect})
    });
    json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": terms.amount,
        "amount_capturable": 0,
        "amount_received": intent.amount_received,
        "automatic_payment_methods": automatic,
        "canceled_at": intent.canceled.as_ref().map(|canceled| canceled.at),
        "cancellation_reason": intent.canceled.as_ref().and_then(|canceled| canceled.reason.as_ref()),
        "capture_method": terms.capture_method,
        "client_secret": client_secret(intent),
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": terms.currency,
        "customer": null,
        "description": terms.description,
        "last_payment_error": intent.last_failure.as_ref().map(failure),
        "latest_charge": intent.charge,
        "livemode": false,
        "metadata": terms.metadata,
        "next_action": redirect,
        "payment_method": intent.card,
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": terms.receipt_email,
        "setup_future_usage": null,
        "shipping": null,
        "statement_descriptor": terms.statement_descriptor,
        "statement_descriptor_suffix": terms.statement_descriptor_suffix,
        "status": intent.status,
    })
}

/// What lets a browser look at an intent, in Stripe's form. Opens nothing here.
pub fn client_secret(intent: &Intent) -> String {
    format!("{}_secret_sandbox", intent.id)
}

fn bank_check_url(public_url: &str, intent: &str) -> String {
    format!("{public_url}/sandbox/3ds/{intent}")
}

fn failure(failure: &Failure) -> Value {
    let mut error = json!({"type": failure.kind(), "code": failure.code(), "message": failure.message()});
    if let (Some(code), Some(error)) = (failure.decline_code(), error.as_object_mut()) {
        error.insert("decline_code".to_owned(), json!(code));
    }
    error
}

/// A Refund.
pub fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": null,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.intent,
        "reason": refund.reason,
        "receipt_number": null,
        "status": refund.status,
        "failure_reason": (refund.status == RefundStatus::Failed).then_some("expired_or_canceled_card"),
    })
}

/// The Charge of a paid intent.
fn charge(intent: &Intent) -> Value {
    json!({
        "id": intent.charge,
        "object": "charge",
        "amount": intent.terms.amount,
        "amount_captured": intent.amount_received,
        "amount_refunded": intent.amount_refunded,
        "captured": true,
        "created": intent.created,
        "currency": intent.terms.currency,
        "description": intent.terms.description,
        "livemode": false,
        "metadata": intent.terms.metadata,
        "paid": true,
        "payment_intent": intent.id,
        "payment_method": intent.card,
        "refunded": intent.amount_refunded == intent.amount_received,
        "status": "succeeded",
    })
}

/// What was found of one sort of things.
pub fn search_result(url: &str, found: &[Value]) -> Value {
    json!({"object": "search_result", "url": url, "has_more": false, "next_page": null, "data": found})
}

/// Some of one sort of things, or all.
pub fn list(url: &str, rows: &[Value], has_more: bool) -> Value {
    json!({"object": "list", "url": url, "has_more": has_more, "data": rows})
}

/// An Event's body: `news` of what changed, which stands as it does now.
pub fn event(id: &str, news: News, change: &Change, public_url: &str, key: Option<&str>, now: i64) -> Value {
    let object = match (news, &change.refund) {
        (News::RefundFailed, Some(failed)) => refund(failed),
        (News::Refunded, _) => charge(&change.intent),
        _ => intent(&change.intent, public_url),
    };
    json!({
        "id": id,
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": object},
        "livemode": false,
        "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": key},
        "type": news,
    })
}

/// Everything that the sandbox did.
pub fn ledger(ledger: &Ledger) -> Value {
    let intents: Vec<_> = ledger
        .intents
        .iter()
        .map(|intent| {
            json!({
                "id": intent.id, "status": intent.status, "amount": intent.terms.amount,
                "amount_received": intent.amount_received, "amount_refunded": intent.amount_refunded,
                "currency": intent.terms.currency, "metadata": intent.terms.metadata, "created": intent.created,
                "last_payment_error": intent.last_failure.as_ref().map(failure),
            })
        })
        .collect();
    let refunds: Vec<_> = ledger
        .refunds
        .iter()
        .map(|refund| {
            json!({
                "id": refund.id, "payment_intent": refund.intent, "amount": refund.amount, "status": refund.status,
                "created": refund.created,
            })
        })
        .collect();
    let events: Vec<_> = ledger
        .events
        .iter()
        .map(|event| {
            json!({
                "id": event.id, "type": event.kind, "intent": event.intent, "standing": event.standing,
                "deliveries": event.deliveries,
            })
        })
        .collect();
    json!({"intents": intents, "refunds": refunds, "events": events})
}
