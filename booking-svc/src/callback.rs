//! What a callback says. Read tolerantly: only the fields that are used, whatever else a newer version of the
//! provider's API sends. Pure.

use std::collections::HashMap;

use serde_json::Value;
use usher::id::EventId;
use uuid::Uuid;

use crate::{provider::Charge, state::News, store::payments::Answer};

const EVENT: &str = "usher_event_id";
const BOOKING: &str = "usher_booking_id";
const ATTEMPT: &str = "usher_attempt_id";
const TRACE: &str = "traceparent";

/// A callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The provider's id of the callback: the same one twice is the same callback.
    pub id: String,
    /// What it is about: `payment_intent.succeeded`.
    pub kind: String,
    /// What it says of one of our payments; `None` where it says nothing that we act on.
    pub report: Option<Report>,
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
pub struct Report {
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

/// Reads a callback's body; `None` where it is not one.
#[must_use]
pub fn parse(body: &[u8]) -> Option<Callback> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let id = body.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let kind = body.get("type")?.as_str()?.to_owned();
    let report = body.pointer("/data/object").and_then(|intent| report(&kind, intent));
    Some(Callback { id, kind, report })
}

fn report(kind: &str, intent: &Value) -> Option<Report> {
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
    let ours = |name: &str| intent.get("metadata")?.get(name)?.as_str();
    Some(Report {
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

    #[test]
    fn what_is_used_is_read_and_the_rest_is_not_minded() {
        let callback = parse(body("payment_intent.succeeded").to_string().as_bytes()).unwrap();
        let report = callback.report.unwrap();
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
        let report = parse(body.to_string().as_bytes()).unwrap().report.unwrap();
        assert_eq!(report.news, News::Unpaid("insufficient_funds".to_owned()));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
