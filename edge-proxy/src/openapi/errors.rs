//! Refusals as the document tells them: one form, and for each HTTP status its reasons.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};
use strum::{EnumMessage as _, VariantArray as _};
use usher::reason::{DOMAIN, Reason, Refusal};

use super::schema::reference;
use crate::refusal::{Refused, http_status};

/// Statuses of the edge's own, beside those of the reasons' codes.
const OWN: [(StatusCode, &str); 4] = [
    (StatusCode::NOT_ACCEPTABLE, "`Accept` leaves nothing that there is"),
    (StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive"),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON in UTF-8"),
];

/// The statuses that any operation may be refused with, as references to the components.
pub(super) fn responses() -> Map<String, Value> {
    described()
        .into_keys()
        .map(|status| (status.to_string(), json!({"$ref": format!("#/components/responses/{status}")})))
        .collect()
}

/// The responses themselves.
pub(super) fn components() -> Map<String, Value> {
    let reasons = by_status();
    let component = |(status, description): (u16, String)| {
        let examples: Map<_, _> = reasons
            .get(&status)
            .into_iter()
            .flatten()
            .map(|reason| (reason.as_str().to_owned(), json!({"value": example(*reason)})))
            .collect();
        let mut content = json!({"schema": reference("Status")});
        if !examples.is_empty() {
            content["examples"] = examples.into();
        }
        let mut response = json!({"description": description, "content": {"application/json": content}});
        if let Some(headers) = headers(status) {
            response["headers"] = headers;
        }
        (status.to_string(), response)
    };
    described().into_iter().map(component).collect()
}

/// The schemas of a refusal.
pub(super) fn schemas() -> [(String, Value); 5] {
    let reasons: Vec<_> = Reason::VARIANTS.iter().map(|reason| reason.as_str()).collect();
    let detail = |name: &str, described: &str, fields: Value| {
        let mut properties = json!({"@type": {"const": kind(name)}});
        if let (Some(properties), Value::Object(fields)) = (properties.as_object_mut(), fields) {
            properties.extend(fields);
        }
        let required: Vec<_> = properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        (
            name.to_owned(),
            json!({"type": "object", "description": described, "required": required, "properties": properties}),
        )
    };
    [
        (
            "Status".to_owned(),
            json!({
                "type": "object",
                "description": "`google.rpc.Status`: what went wrong, for people and for programs.",
                "required": ["code", "message", "details"],
                "properties": {
                    "code": {"type": "integer", "minimum": 1, "maximum": 16, "description": "The `google.rpc.Code`."},
                    "message": {"type": "string", "description": "What happened and what to do."},
                    "details": {"type": "array", "items": reference("Detail")},
                },
            }),
        ),
        (
            "Detail".to_owned(),
            json!({
                "description": "Tell them apart by `@type`; there may be more kinds one day.",
                "oneOf": [reference("ErrorInfo"), reference("BadRequest"), reference("RetryInfo")],
                "discriminator": {"propertyName": "@type", "mapping": {
                    kind("ErrorInfo"): "#/components/schemas/ErrorInfo",
                    kind("BadRequest"): "#/components/schemas/BadRequest",
                    kind("RetryInfo"): "#/components/schemas/RetryInfo",
                }},
            }),
        ),
        detail(
            "ErrorInfo",
            "Why, for programs.",
            json!({
                "reason": {"type": "string", "enum": reasons, "description": "The reason; it never changes its code."},
                "domain": {"const": DOMAIN},
                "metadata": {"type": "object", "additionalProperties": {"type": "string"}, "description": "What it is about, such as the seat."},
            }),
        ),
        detail(
            "BadRequest",
            "Which fields are wrong, and how.",
            json!({
                "field_violations": {"type": "array", "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {
                        "field": {"type": "string", "description": "Where it stands: `card_info.payment_method`, or `(body)`."},
                        "description": {"type": "string", "description": "What it must be."},
                    },
                }},
            }),
        ),
        detail(
            "RetryInfo",
            "When to come back.",
            json!({
                "retry_delay": {"type": "string", "description": "In seconds, with an `s`.", "examples": ["0.5s"]},
            }),
        ),
    ]
}

/// Of each status, what it means, with its reasons.
fn described() -> BTreeMap<u16, String> {
    let reasons = by_status().into_iter().map(|(status, reasons)| {
        let told =
            |reason: &Reason| format!("- `{}`: {}", reason.as_str(), reason.get_documentation().unwrap_or_default());
        (status, reasons.iter().map(told).collect::<Vec<_>>().join("\n"))
    });
    let own = OWN.map(|(status, why)| (status.as_u16(), why.to_owned()));
    reasons.chain(own).collect()
}

fn by_status() -> BTreeMap<u16, Vec<Reason>> {
    let mut statuses: BTreeMap<u16, Vec<Reason>> = BTreeMap::new();
    for &reason in Reason::VARIANTS {
        statuses.entry(http_status(reason.code()).as_u16()).or_default().push(reason);
    }
    statuses
}

fn example(reason: Reason) -> Value {
    let message = reason.get_documentation().unwrap_or_default();
    let refusal = match reason {
        Reason::InvalidArgument => Refusal::field("page", "must be 1 or more"),
        Reason::Unavailable => Refusal::unavailable(message, std::time::Duration::from_millis(500)),
        Reason::RateLimited => Refusal::new(reason, message).retry_after(std::time::Duration::from_secs(3)),
        Reason::SeatTaken => Refusal::new(reason, message).with("ticket_id", 7_340_033),
        _ => Refusal::new(reason, message),
    };
    Refused::from(refusal).json()
}

fn headers(status: u16) -> Option<Value> {
    match status {
        401 => Some(
            json!({"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to prove who calls: `Bearer`."}}),
        ),
        429 | 503 => Some(
            json!({"Retry-After": {"schema": {"type": "integer"}, "description": "When to come back, in seconds."}}),
        ),
        _ => None,
    }
}

fn kind(name: &str) -> String {
    format!("type.googleapis.com/google.rpc.{name}")
}
