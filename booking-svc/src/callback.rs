//! What a callback says. Read tolerantly: only the fields that are used, whatever else a newer version of the
//! provider's API sends. Pure.

use std::collections::HashMap;

use serde_json::Value;
use usher::id::EventId;
use uuid::Uuid;

use crate::{
    provider::Charge,
    refunding::RefundFailure,
    state::News,
    store::{payments::Answer, refunds::Due},
};

const EVENT: &str = "usher_event_id";
const BOOKING: &str = "usher_booking_id";
const ATTEMPT: &str = "usher_attempt_id";
const REFUND: &str = "usher_refund_id";
const TRACE: &str = "traceparent";

/// A callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The provider's id of the callback: the same one twice is the same callback.
    pub id: String,
    /// What it is about: `payment_intent.succeeded`.
    pub kind: String,
    /// What it says of one of our payments or refunds; `None` where it says nothing that we act on.
    pub report: Option<Report>,
}

/// What a callback says that we act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// News of a payment.
    Payment(Payment),
    /// A refund that the provider had taken on could not be paid out.
    RefundFailed(RefundFailure),
}

/// A callback as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The provider's id of the callback.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// Its body, as it came.
    pub payload: String,
}

/// News of one of our payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// The attempt to pay for it.
    pub attempt: Uuid,
    /// The news.
    pub news: News,
    /// The provider's own words.
    pub answer: Answer,
    /// Where the request that began the payment was in its trace.
    pub trace: Option<String>,
}

/// The metadata that leads a payment's callbacks back to its booking.
#[must_use]
pub fn metadata(charge: &Charge) -> HashMap<String, String> {
    let Charge { event, booking, attempt, trace, .. } = charge;
    let known =
        [(EVENT, event.to_string()), (BOOKING, booking.to_string()), (ATTEMPT, attempt.to_string())].into_iter();
    let all = known.chain(trace.clone().map(|trace| (TRACE, trace)));
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The metadata that leads a refund's callbacks back to its booking.
#[must_use]
pub fn refund_metadata(due: &Due) -> HashMap<String, String> {
    let Due { event, booking, id, .. } = due;
    let known = [(EVENT, event.to_string()), (BOOKING, booking.to_string()), (REFUND, id.to_string())];
    known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The refund that a refund's metadata names; `None` where it is none of ours.
pub fn refund_named(metadata: &HashMap<String, String>) -> Option<Uuid> {
    metadata.get(REFUND)?.parse().ok()
}

/// What the provider's search finds an attempt's payment by. <https://docs.stripe.com/search#search-query-language>
pub fn attempt_query(attempt: Uuid) -> String {
    format!("metadata[\"{ATTEMPT}\"]:\"{attempt}\"")
}

/// Reads a callback's body; `None` where it is not one.
#[must_use]
pub fn parse(body: &[u8]) -> Option<Callback> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let id = body.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let kind = body.get("type")?.as_str()?.to_owned();
    let report = body.pointer("/data/object").and_then(|object| match object.get("object").and_then(Value::as_str) {
        Some("refund") => failure(object).map(Report::RefundFailed),
        _ => payment(&kind, object).map(Report::Payment),
    });
    Some(Callback { id, kind, report })
}

/// The provider has several kinds of callbacks for it; what says so is how the refund stands.
fn failure(refund: &Value) -> Option<RefundFailure> {
    let word = |name: &str| refund.get(name).and_then(Value::as_str);
    let status = word("status").filter(|status| matches!(*status, "failed" | "canceled"))?;
    let ours = |name: &str| ours(refund, name);
    Some(RefundFailure {
        event: EventId::new(ours(EVENT)?.parse().ok()?)?,
        booking: ours(BOOKING)?.parse().ok()?,
        refund: ours(REFUND)?.parse().ok()?,
        why: failed_refund(word("id").unwrap_or_default(), status, word("failure_reason")),
    })
}

/// How a refund that failed is described to whoever has to settle it.
pub fn failed_refund(id: &str, status: &str, reason: Option<&str>) -> String {
    format!("{id} {status}: {}", reason.unwrap_or("no reason given"))
}

/// What we had written into the metadata of one of the provider's objects.
fn ours<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get("metadata")?.get(name)?.as_str()
}

fn payment(kind: &str, intent: &Value) -> Option<Payment> {
    let word = |path: &str| intent.pointer(path).and_then(Value::as_str).map(ToOwned::to_owned);
    let decline_code = word("/last_payment_error/decline_code").or_else(|| word("/last_payment_error/code"));
    let news = match kind {
        "payment_intent.succeeded" => News::Paid,
        "payment_intent.payment_failed" => {
            News::Unpaid(decline_code.clone().unwrap_or_else(|| "payment_failed".to_owned()))
        }
        "payment_intent.canceled" => News::Unpaid("canceled".to_owned()),
        _ => return None,
    };
    let ours = |name: &str| ours(intent, name);
    Some(Payment {
        event: EventId::new(ours(EVENT)?.parse().ok()?)?,
        booking: ours(BOOKING)?.parse().ok()?,
        attempt: ours(ATTEMPT)?.parse().ok()?,
        news,
        answer: Answer { intent: word("/id"), status: word("/status"), decline_code, redirect_url: None },
        trace: ours(TRACE).map(ToOwned::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body(kind: &str) -> Value {
        let metadata = metadata(&Charge {
            event: EventId::new(7).unwrap(),
            booking: Uuid::from_u128(1),
            attempt: Uuid::from_u128(2),
            amount: 100,
            currency: "EUR".to_owned(),
            payment_method: "pm_1".to_owned(),
            trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        });
        json!({"id": "evt_1", "object": "event", "type": kind, "api_version": "2099-01-01.future", "new_field": [1],
            "data": {"object": {"id": "pi_1", "status": "succeeded", "metadata": metadata, "unheard": {"of": true}}}})
    }

    fn paid(body: &Value) -> Payment {
        match parse(body.to_string().as_bytes()).unwrap().report {
            Some(Report::Payment(payment)) => payment,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_used_is_read_and_the_rest_is_not_minded() {
        let report = paid(&body("payment_intent.succeeded"));
        assert_eq!((report.news, report.booking, report.attempt), (News::Paid, Uuid::from_u128(1), Uuid::from_u128(2)));
        assert_eq!(report.answer.intent.as_deref(), Some("pi_1"));
        assert!(report.trace.is_some_and(|trace| trace.starts_with("00-4bf9")));
    }

    #[test]
    fn what_is_not_ours_or_not_news_is_still_a_callback() {
        assert_eq!(parse(body("customer.created").to_string().as_bytes()).unwrap().report, None);
        let foreign = json!({"id": "evt_2", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_2"}}});
        assert_eq!(parse(foreign.to_string().as_bytes()).unwrap().report, None);
    }

    #[test]
    fn a_decline_says_why() {
        let mut body = body("payment_intent.payment_failed");
        body["data"]["object"]["last_payment_error"] =
            json!({"code": "card_declined", "decline_code": "insufficient_funds"});
        assert_eq!(paid(&body).news, News::Unpaid("insufficient_funds".to_owned()));
    }

    #[test]
    fn a_refund_that_failed_is_one_whatever_the_callback_is_called() {
        let metadata = json!({EVENT: "7", BOOKING: Uuid::from_u128(1), REFUND: Uuid::from_u128(3)});
        let report = |kind: &str, status: &str, metadata: &Value| {
            let refund = json!({"id": "re_1", "object": "refund", "status": status, "failure_reason": "lost_or_stolen_card",
                "metadata": metadata});
            let body = json!({"id": "evt_3", "type": kind, "data": {"object": refund}});
            parse(body.to_string().as_bytes()).unwrap().report
        };
        for kind in ["refund.failed", "refund.updated", "charge.refund.updated"] {
            let failure = RefundFailure {
                event: EventId::new(7).unwrap(),
                booking: Uuid::from_u128(1),
                refund: Uuid::from_u128(3),
                why: "re_1 failed: lost_or_stolen_card".to_owned(),
            };
            assert_eq!(report(kind, "failed", &metadata), Some(Report::RefundFailed(failure)));
            assert_eq!(report(kind, "succeeded", &metadata), None);
            assert_eq!(report(kind, "failed", &json!({})), None, "somebody else's");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
