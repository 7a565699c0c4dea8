//! How a call is answered: once per key, late or not at all where a fault says so.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{App, call::Call};
use crate::{
    clock,
    form::Params,
    idempotency::{self, Verdict},
    ledger::Ledger,
    refusal::{Kind, Refusal},
    sandbox::{Deed, Desk, Keyed, Sandbox},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A key whose call is not answered yet, until this is dropped: also where the caller goes away first.
struct InFlight(Arc<Sandbox>, String);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state().in_flight.remove(&self.1);
    }
}

/// The answer of a call that was done, now or before.
struct Done {
    status: StatusCode,
    body: String,
    is_replay: bool,
    /// It does not reach the caller.
    is_lost: bool,
    _key: Option<InFlight>,
}

/// Answers a call that changes nothing: reads it with `parse`, looks with `find`.
pub async fn look<C>(
    app: &App,
    call: Call,
    parse: impl FnOnce(Params) -> Result<C, Refusal>,
    find: impl FnOnce(&Ledger, C) -> Result<Value, Refusal>,
) -> Response {
    let asked = Params::parse(&call.params).and_then(parse);
    let found = asked.and_then(|asked| find(&app.sandbox.state().ledger, asked));
    delay(app).await;
    found.map(axum::Json).into_response()
}

/// Answers a call that changes something: reads it with `parse`, does it with `judge`.
pub async fn act<C>(
    app: &App,
    call: Call,
    parse: impl FnOnce(Params) -> Result<C, Refusal>,
    judge: impl FnOnce(&mut Desk<'_>, C) -> Deed,
) -> Response {
    let done = decide(&app.sandbox, call, parse, judge);
    delay(app).await;
    match done {
        Ok(Done { is_lost: true, .. }) => broken_off(),
        Ok(done) => {
            let mut response = (done.status, [(CONTENT_TYPE, JSON)], done.body).into_response();
            if done.is_replay {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            response
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn decide<C>(
    sandbox: &Arc<Sandbox>,
    call: Call,
    parse: impl FnOnce(Params) -> Result<C, Refusal>,
    judge: impl FnOnce(&mut Desk<'_>, C) -> Deed,
) -> Result<Done, Refusal> {
    let params = Params::parse(&call.params)?;
    let fingerprint = idempotency::fingerprint(&call.path, &params);
    let mut state = sandbox.state();
    let keyed = match call.key {
        None => None,
        Some(key) => {
            let is_forgotten = state.faults.forget_keys.strikes();
            let answer = state.ledger.answer(&key).filter(|_| !is_forgotten);
            let in_flight = state.in_flight.contains(&key);
            match idempotency::judge(answer, in_flight, &fingerprint, clock::unix_seconds()) {
                Verdict::Fresh => Some(Keyed { key, fingerprint }),
                Verdict::Replay(answer) => {
                    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    let body = answer.body.clone();
                    let is_lost = state.faults.drop_after_acting.strikes();
                    return Ok(Done { status, body, is_replay: true, is_lost, _key: None });
                }
                Verdict::Reused => return Err(reused(&key)),
                Verdict::InFlight => return Err(in_use(&key)),
            }
        }
    };
    // Nothing of a request that makes no sense is kept, so that its key can be used for the right one.
    let command = parse(params)?;
    let key = keyed.as_ref().map(|keyed| keyed.key.clone());
    let (status, body) = sandbox.perform(&mut state, keyed, |desk| judge(desk, command))?;
    let is_lost = state.faults.drop_after_acting.strikes();
    let key = key.map(|key| {
        state.in_flight.insert(key.clone());
        InFlight(Arc::clone(sandbox), key)
    });
    Ok(Done { status, body, is_replay: false, is_lost, _key: key })
}

/// Waits as long as a fault says, or until the sandbox ends.
async fn delay(app: &App) {
    let delay_ms = app.sandbox.state().faults.delay_answers_ms;
    if delay_ms > 0 {
        app.shutdown.run_until_cancelled(tokio::time::sleep(Duration::from_millis(delay_ms))).await;
    }
}

/// An answer that breaks off: the caller's connection ends before there is a body.
fn broken_off() -> Response {
    let nothing = tokio_stream::once(Err::<Bytes, _>(io::Error::other("the fault drop_after_acting is on")));
    Body::from_stream(nothing).into_response()
}

fn reused(key: &str) -> Refusal {
    let message = format!(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using \
         a key other than '{key}' if you meant to execute a different request."
    );
    Refusal::new(StatusCode::BAD_REQUEST, Kind::Idempotency, message)
}

fn in_use(key: &str) -> Refusal {
    let message = format!("There is currently another in-progress request using the key '{key}': try again later.");
    Refusal::new(StatusCode::CONFLICT, Kind::Idempotency, message).with_code("idempotency_key_in_use")
}
