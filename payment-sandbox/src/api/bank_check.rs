//! The bank's check (3-D Secure): a page where the customer approves or does not. Needs no key: it is the customer's.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use reqwest::Url;

use super::{App, payment_intents};
use crate::{
    currency, encode,
    form::Params,
    id,
    intent::{Intent, Status},
    refusal::Refusal,
    sandbox::{Change, Deed},
};

const STYLE: &str = include_str!("bank_check/page.css");
const OUTCOMES: [(&str, bool); 2] = [("approve", true), ("fail", false)];

/// `GET /sandbox/3ds/{intent}`.
pub async fn page(State(app): State<App>, Path(id): Path<String>) -> Response {
    match app.sandbox.state().ledger.intents.get(&id) {
        Some(intent) if intent.status == Status::RequiresAction => Html(question(intent)).into_response(),
        Some(_) => Html(shell("<p>This payment is decided. You can close this page.</p>")).into_response(),
        None => (StatusCode::NOT_FOUND, Html(shell("<p>There is no such payment.</p>"))).into_response(),
    }
}

/// `POST /sandbox/3ds/{intent}` with `outcome=approve` or `outcome=fail`; leads back to the merchant. A payment that is
/// decided already stays as it is.
pub async fn decide(State(app): State<App>, Path(id): Path<String>, body: Bytes) -> Response {
    match settle(&app, &id, &body) {
        Ok(intent) => match back(&intent) {
            Some(url) => Redirect::to(url.as_str()).into_response(),
            None => Html(shell("<p>Done. You can close this page.</p>")).into_response(),
        },
        Err(refusal) => refusal.into_response(),
    }
}

fn settle(app: &App, id: &str, body: &[u8]) -> Result<Intent, Refusal> {
    let mut params = Params::parse(body)?;
    let outcome = params.one_of("outcome", &OUTCOMES)?;
    params.done()?;
    let missing = || Refusal::param("outcome", "parameter_missing", "Send outcome=approve or outcome=fail.");
    let passed = outcome.ok_or_else(missing)?;
    let mut state = app.sandbox.state();
    let mut intent = payment_intents::find(&state.ledger, id, "intent", StatusCode::NOT_FOUND)?.clone();
    // The button was pressed twice, or the payment was called off: the customer is led back all the same.
    let Ok(news) = intent.authenticate(passed, id::fresh("ch")) else { return Ok(intent) };
    app.sandbox.perform(&mut state, None, |desk| Deed {
        answer: Ok(encode::intent(&intent, desk.public_url)),
        changes: vec![Change { intent: intent.clone(), refund: None, news: Some(news) }],
    })?;
    Ok(intent)
}

fn back(intent: &Intent) -> Option<Url> {
    let mut url = Url::parse(intent.return_url.as_ref()?).ok()?;
    url.query_pairs_mut()
        .append_pair("payment_intent", &intent.id)
        .append_pair("payment_intent_client_secret", &encode::client_secret(intent));
    Some(url)
}

fn question(intent: &Intent) -> String {
    let asked = currency::written(intent.terms.amount, &intent.terms.currency);
    shell(&format!(
        "<p>A shop asks for</p>\n<p class=\"amount\">{asked}</p>\n<p>Is it you who pays?</p>\n\
         <form method=\"post\">\n\
         <button name=\"outcome\" value=\"approve\">Approve</button>\n\
         <button name=\"outcome\" value=\"fail\">Fail</button>\n\
         </form>"
    ))
}

fn shell(inside: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Test bank</title>\n\
         <style>{STYLE}</style>\n<body>\n<main>\n<h1>Test bank</h1>\n{inside}\n</main>\n</body>\n</html>\n"
    )
}
