//! The back room: faults, webhooks, what was done. Needs no key: the sandbox holds no money.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use reqwest::Url;
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::App;
use crate::{config::http_url, encode, faults::Faults, refusal::Refusal};

/// Where webhooks shall go from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aim {
    /// `null`: nowhere.
    url: Option<String>,
    /// Left out: as before.
    secret: Option<String>,
}

/// `GET /sandbox/faults`.
pub async fn faults(State(app): State<App>) -> Json<Faults> {
    Json(app.sandbox.state().faults.clone())
}

/// `PUT /sandbox/faults`: these and no others.
pub async fn order_faults(State(app): State<App>, body: Bytes) -> Result<Json<Faults>, Refusal> {
    let faults: Faults = read(&body)?;
    app.sandbox.state().faults = faults.clone();
    Ok(Json(faults))
}

/// `DELETE /sandbox/faults`: everything is whole again.
pub async fn mend(State(app): State<App>) -> Json<Faults> {
    app.sandbox.state().faults = Faults::default();
    Json(Faults::default())
}

/// `GET /sandbox/webhook`. The secret stays one.
pub async fn webhook(State(app): State<App>) -> Json<Value> {
    Json(json!({"url": app.sandbox.state().target.url.as_ref().map(Url::as_str)}))
}

/// `PUT /sandbox/webhook`, until the next start or reset.
pub async fn aim_webhooks(State(app): State<App>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let aim: Aim = read(&body)?;
    if aim.secret.as_ref().is_some_and(String::is_empty) {
        return Err(Refusal::param("secret", "parameter_invalid_empty", "The secret is empty: leave it out instead."));
    }
    let url = aim.url.as_deref().map(http_url).transpose();
    let url = url.map_err(|error| Refusal::param("url", "url_invalid", error))?;
    let answer = json!({"url": url.as_ref().map(Url::as_str)});
    let mut state = app.sandbox.state();
    state.target.url = url;
    if let Some(secret) = aim.secret {
        state.target.secret = SecretString::from(secret);
    }
    Ok(Json(answer))
}

/// `POST /sandbox/webhooks/redeliver`: every event once more, also those that were lost.
pub async fn redeliver(State(app): State<App>) -> Result<Json<Value>, Refusal> {
    let count = app.sandbox.send_again(|_| true)?;
    Ok(Json(json!({"redelivered": count})))
}

/// `GET /sandbox/ledger`.
pub async fn ledger(State(app): State<App>) -> Json<Value> {
    Json(encode::ledger(&app.sandbox.state().ledger))
}

/// `POST /sandbox/reset`: as at the first start.
pub async fn reset(State(app): State<App>) -> Result<Json<Value>, Refusal> {
    app.sandbox.state().reset(app.sandbox.home.clone())?;
    Ok(Json(json!({})))
}

/// `GET /healthz`.
pub async fn health(State(app): State<App>) -> Response {
    match app.sandbox.state().is_healthy() {
        true => Json(json!({"status": "ok"})).into_response(),
        false => {
            let said = json!({"status": "can't write SANDBOX_STATE_FILE"});
            (StatusCode::SERVICE_UNAVAILABLE, Json(said)).into_response()
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    // By way of an object: serde would take an array for a struct as well.
    let object = serde_json::from_slice::<Map<String, Value>>(body);
    let read = object.and_then(|object| T::deserialize(Value::Object(object)));
    read.map_err(|error| Refusal::invalid(format!("The body is not what is expected: {error}")))
}
