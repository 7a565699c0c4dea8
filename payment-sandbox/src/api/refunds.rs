//! `/v1/refunds`: create, retrieve, list.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{App, act, call::Call, payment_intents};
use crate::{
    card::Card,
    encode,
    form::Params,
    id,
    intent::News,
    ledger::{Refund, RefundStatus},
    refusal::Refusal,
    sandbox::{Change, Deed, Desk},
};

/// How many a list has, as with Stripe: at most, and where it is not said.
const LISTED_MAX: i64 = 100;
const LISTED_UNASKED: i64 = 10;
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
    act::look(&app, call, Params::done, |ledger, ()| {
        let missing = || Refusal::missing("refund", &id, "id", StatusCode::NOT_FOUND);
        ledger.refunds.get(&id).map(encode::refund).ok_or_else(missing)
    })
    .await
}

/// `GET /v1/refunds`: those of one intent, the newest first.
pub async fn list(State(app): State<App>, call: Call) -> Response {
    let read = |mut params: Params| {
        let (intent, limit) = (params.required("payment_intent")?, params.amount("limit", LISTED_MAX)?);
        params.done().map(|()| (intent, limit.unwrap_or(LISTED_UNASKED)))
    };
    act::look(&app, call, read, |ledger, (intent, limit)| {
        payment_intents::find(ledger, &intent, "payment_intent", StatusCode::BAD_REQUEST)?;
        let mut found: Vec<_> = ledger.refunds.iter().filter(|refund| refund.intent == intent).collect();
        found.reverse();
        let shown = usize::try_from(limit).unwrap_or(found.len()).min(found.len());
        let rows: Vec<_> = found.iter().take(shown).map(|refund| encode::refund(refund)).collect();
        Ok(encode::list("/v1/refunds", &rows, shown < found.len()))
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
        status: RefundStatus::Succeeded,
    };
    let (card, answer) = (intent.card, Ok(encode::refund(&refund)));
    let mut changes = vec![Change { intent: intent.clone(), refund: Some(refund.clone()), news: Some(News::Refunded) }];
    if card == Some(Card::RefundFails) {
        let news = intent.take_again(amount);
        let refund = Refund { status: RefundStatus::Failed, ..refund };
        changes.push(Change { intent, refund: Some(refund), news: Some(news) });
    }
    Ok(Deed { changes, answer })
}
