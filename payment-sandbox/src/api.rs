//! HTTP: Stripe's endpoints under `/v1`, the sandbox's own under `/sandbox`.

mod act;
mod bank_check;
mod call;
mod card_form;
mod control;
mod payment_intents;
mod refunds;

use std::sync::Arc;

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    routing::{get, post},
};
use tokio_util::sync::CancellationToken;

use crate::{
    refusal::{Kind, Refusal},
    sandbox::Sandbox,
};

/// What every endpoint may ask for.
#[derive(Clone)]
pub struct App {
    sandbox: Arc<Sandbox>,
    shutdown: CancellationToken,
}

/// All endpoints.
pub fn router(sandbox: Arc<Sandbox>, shutdown: CancellationToken) -> Router {
    Router::new()
        .route("/v1/payment_intents", post(payment_intents::create))
        .route("/v1/payment_intents/search", get(payment_intents::search))
        .route("/v1/payment_intents/{id}", get(payment_intents::retrieve))
        .route("/v1/payment_intents/{id}/confirm", post(payment_intents::confirm))
        .route("/v1/payment_intents/{id}/cancel", post(payment_intents::cancel))
        .route("/v1/refunds", get(refunds::list).post(refunds::create))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .route("/sandbox/3ds/{intent}", get(bank_check::page).post(bank_check::decide))
        .route("/sandbox/card-form", get(card_form::page).post(card_form::tokenize))
        .route("/sandbox/card-form/form.js", get(card_form::script))
        .route("/sandbox/card-form/form.css", get(card_form::style))
        .route("/sandbox/faults", get(control::faults).put(control::order_faults).delete(control::mend))
        .route("/sandbox/webhook", get(control::webhook).put(control::aim_webhooks))
        .route("/sandbox/webhooks/redeliver", post(control::redeliver))
        .route("/sandbox/ledger", get(control::ledger))
        .route("/sandbox/reset", post(control::reset))
        .route("/healthz", get(control::health))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(App { sandbox, shutdown })
}

async fn unknown(method: Method, uri: Uri) -> Refusal {
    let message = format!("Unrecognized request URL ({method}: {}). See README.md for what there is.", uri.path());
    Refusal::new(StatusCode::NOT_FOUND, Kind::InvalidRequest, message)
}
