//! A call of the API as it comes in: who calls, with which key and which parameters.

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use data_encoding::BASE64;
use secrecy::ExposeSecret as _;

use super::App;
use crate::{
    idempotency::KEY_LENGTH_MAX,
    refusal::{Kind, Refusal},
};

/// The longest body, in bytes: metadata at its largest is half of that.
const BODY_BYTES_MAX: usize = 128 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// A call of somebody who has the API key.
pub struct Call {
    /// The path.
    pub path: String,
    /// The query of a GET, else the body.
    pub params: Bytes,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
}

impl FromRequest<App> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        authenticate(&head.headers, app.sandbox.api_key.expose_secret())?;
        if app.sandbox.state().faults.hang.strikes() {
            // Until the caller gives up, which ends this call, or the sandbox itself ends.
            app.shutdown.cancelled().await;
            return Err(nothing_done("The fault hang is on: nothing was done."));
        }
        if app.sandbox.state().faults.answer_500.strikes() {
            return Err(nothing_done("The fault answer_500 is on: nothing was done."));
        }
        let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
            let message = format!("The body is longer than {BODY_BYTES_MAX} bytes, or broke off.");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Kind::InvalidRequest, message)
        })?;
        let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !body.is_empty() && !kind.starts_with(FORM) {
            return Err(Refusal::invalid(format!("The body has to be {FORM}; this one says '{kind}'.")));
        }
        let query = head.uri.query().unwrap_or_default();
        let params = if body.is_empty() { Bytes::copy_from_slice(query.as_bytes()) } else { body };
        Ok(Self { path: head.uri.path().to_owned(), params, key: key(&head.headers)? })
    }
}

fn nothing_done(message: &str) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Kind::Api, message)
}

/// As a bearer's token, or as the user of Basic authentication, as `curl -u sk_…:` sends it.
fn authenticate(headers: &HeaderMap, api_key: &str) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).and_then(|given| given.to_str().ok()).unwrap_or_default();
    let (scheme, given) = given.split_once(' ').unwrap_or_default();
    let is_right = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => given == api_key,
        "basic" => BASE64.decode(given.as_bytes()).is_ok_and(|given| given == format!("{api_key}:").as_bytes()),
        _ => false,
    };
    let message = match given.is_empty() {
        true => "You did not provide an API key. Send it as 'Authorization: Bearer <key>'.",
        false => "Invalid API Key provided: it is not the sandbox's SANDBOX_API_KEY.",
    };
    let refusal = || Refusal::new(StatusCode::UNAUTHORIZED, Kind::InvalidRequest, message);
    is_right.then_some(()).ok_or_else(refusal)
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_LENGTH_MAX);
    let message = || {
        let message = format!("An Idempotency-Key has 1 to {KEY_LENGTH_MAX} printable ASCII characters.");
        Refusal::new(StatusCode::BAD_REQUEST, Kind::Idempotency, message)
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(message)
}
