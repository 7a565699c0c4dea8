//! `/v1/refunds`: create, retrieve.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{App, act, call::Call, payment_intents};
use crate::{
    encode,
    form::Params,
    id,
    intent::News,
    ledger::Refund,
    refusal::Refusal,
    sandbox::{Change, Deed, Desk},
};

const REASONS: [(&str, &str); 3] =
    [("duplicate", "duplicate"), ("fraudulent", "fraudulent"), ("requested_by_customer", "requested_by_customer")];

/// What is to be given back.
struct Order {
    intent: String,
    amount: Option<i64>,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
}

/// `POST /v1/refunds`.
pub async fn create(State(app): State<App>, call: Call) -> Response {
    act::act(&app, call, read, |desk, order| refund(desk, order).unwrap_or_else(Deed::refused)).await
}

/// `GET /v1/refunds/{id}`.
pub async fn retrieve(State(app): State<App>, Path(id): Path<String>, call: Call) -> Response {
    act::look(&app, call, |ledger| {
        let missing = || Refusal::missing("refund", &id, "id", StatusCode::NOT_FOUND);
        ledger.refunds.get(&id).map(encode::refund).ok_or_else(missing)
    })
    .await
}

fn read(mut params: Params) -> Result<Order, Refusal> {
    let order = Order {
        intent: params.required("payment_intent")?,
        amount: params.amount("amount", i64::MAX)?,
        reason: params.one_of("reason", &REASONS)?.map(ToOwned::to_owned),
        metadata: params.metadata()?,
    };
    params.done().map(|()| order)
}

fn refund(desk: &Desk<'_>, order: Order) -> Result<Deed, Refusal> {
    let found = payment_intents::find(desk.ledger, &order.intent, "payment_intent", StatusCode::BAD_REQUEST)?;
    let mut intent = found.clone();
    let refunded = intent.refund(order.amount);
    let amount = refunded.map_err(|unfit| payment_intents::unfit_for("refund", unfit, found, desk.public_url))?;
    let refund = Refund {
        id: id::fresh("re"),
        intent: order.intent,
        charge: intent.charge.clone(),
        amount,
        currency: intent.terms.currency.clone(),
        reason: order.reason,
        metadata: order.metadata,
        created: desk.now,
    };
    let answer = Ok(encode::refund(&refund));
    Ok(Deed { change: Some(Change { intent, refund: Some(refund), news: Some(News::Refunded) }), answer })
}
