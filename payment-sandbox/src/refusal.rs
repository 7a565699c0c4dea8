//! Why a call is refused, in Stripe's words: `{"error": {"type", "code", "message", "param", …}}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::card::Failure;

/// Stripe's kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The provider is at fault.
    Api,
    /// The card was declined.
    Card,
    /// The `Idempotency-Key` was used for something else, or is in use.
    Idempotency,
    /// The caller is at fault.
    InvalidRequest,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api_error",
            Self::Card => "card_error",
            Self::Idempotency => "idempotency_error",
            Self::InvalidRequest => "invalid_request_error",
        }
    }
}

/// A refusal: everything that its answer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    kind: Kind,
    message: String,
    code: Option<String>,
    decline_code: Option<String>,
    param: Option<String>,
    payment_intent: Option<Box<Value>>,
}

impl Refusal {
    /// A refusal that says no more than `message`.
    pub fn new(status: StatusCode, kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, kind, message, code: None, decline_code: None, param: None, payment_intent: None }
    }

    /// The caller sent something wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Kind::InvalidRequest, message)
    }

    /// The parameter `param` is wrong; Stripe has no code for how.
    pub fn wrong(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::invalid(message) }
    }

    /// The parameter `param` is wrong, for the reason `code`.
    pub fn param(param: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::wrong(param, message).with_code(code)
    }

    /// There is no `id` of that sort; `param` is where it was named.
    pub fn missing(sort: &str, id: &str, param: &str, status: StatusCode) -> Self {
        let message = format!("No such {sort}: '{id}'");
        Self { status, ..Self::param(param, "resource_missing", message) }
    }

    /// The payment failed; `intent` is how it stands now.
    pub fn failed(failure: &Failure, intent: Value) -> Self {
        Self {
            code: Some(failure.code().to_owned()),
            decline_code: failure.decline_code().map(ToOwned::to_owned),
            payment_intent: Some(Box::new(intent)),
            ..Self::new(StatusCode::PAYMENT_REQUIRED, Kind::Card, failure.message())
        }
    }

    /// The same, with Stripe's code for it.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }

    /// The same, with the intent that it is about.
    #[must_use]
    pub fn with_intent(self, intent: Value) -> Self {
        Self { payment_intent: Some(Box::new(intent)), ..self }
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut error =
            Map::from_iter([("type".to_owned(), json!(self.kind.name())), ("message".to_owned(), json!(self.message))]);
        let words = [("code", &self.code), ("decline_code", &self.decline_code), ("param", &self.param)];
        for (name, word) in words {
            error.extend(word.as_ref().map(|word| (name.to_owned(), json!(word))));
        }
        error.extend(self.payment_intent.as_deref().map(|intent| ("payment_intent".to_owned(), intent.clone())));
        json!({ "error": error })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
