//! `/v1/payment_intents`: create, confirm, cancel, retrieve.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use reqwest::Url;

use super::{App, act, call::Call};
use crate::{
    card::Card,
    currency, encode,
    form::Params,
    id,
    intent::{Attempt, Intent, News, Redirects, Terms, Unfit},
    ledger::Ledger,
    refusal::Refusal,
    sandbox::{Change, Deed, Desk},
};

/// Stripe's largest amount, in minor units.
const AMOUNT_MAX: i64 = 99_999_999;
const CANCELLATION_REASONS: [(&str, &str); 4] = [
    ("duplicate", "duplicate"),
    ("fraudulent", "fraudulent"),
    ("requested_by_customer", "requested_by_customer"),
    ("abandoned", "abandoned"),
];

/// What a new intent is made of.
struct Creation {
    terms: Terms,
    card: Option<Card>,
    /// It is to be paid at once.
    payment: Option<Payment>,
}

/// How an intent is to be paid.
struct Payment {
    card: Option<Card>,
    return_url: Option<String>,
    off_session: bool,
}

/// `POST /v1/payment_intents`.
pub async fn create(State(app): State<App>, call: Call) -> Response {
    act::act(&app, call, read_creation, |desk, creation| {
        let intent = Intent::new(id::fresh("pi"), creation.terms, creation.card, desk.now);
        match creation.payment {
            Some(payment) => pay(desk, intent, payment),
            None => changed(desk, intent, None),
        }
    })
    .await
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub async fn confirm(State(app): State<App>, Path(id): Path<String>, call: Call) -> Response {
    let read = |mut params: Params| {
        let payment = read_payment(&mut params)?;
        params.done().map(|()| payment)
    };
    act::act(&app, call, read, |desk, payment| match find(desk.ledger, &id, "intent", StatusCode::NOT_FOUND) {
        Ok(intent) => {
            let intent = intent.clone();
            pay(desk, intent, payment)
        }
        Err(refusal) => Deed::refused(refusal),
    })
    .await
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub async fn cancel(State(app): State<App>, Path(id): Path<String>, call: Call) -> Response {
    let read = |mut params: Params| {
        let reason = params.one_of("cancellation_reason", &CANCELLATION_REASONS)?;
        params.done().map(|()| reason.map(ToOwned::to_owned))
    };
    act::act(&app, call, read, |desk, reason| {
        let mut intent = match find(desk.ledger, &id, "intent", StatusCode::NOT_FOUND) {
            Ok(intent) => intent.clone(),
            Err(refusal) => return Deed::refused(refusal),
        };
        match intent.cancel(reason, desk.now) {
            Ok(news) => changed(desk, intent, Some(news)),
            Err(unfit) => Deed::refused(unfit_for("cancel", unfit, &intent, desk.public_url)),
        }
    })
    .await
}

/// `GET /v1/payment_intents/{id}`.
pub async fn retrieve(State(app): State<App>, Path(id): Path<String>, call: Call) -> Response {
    let public_url = &app.sandbox.public_url;
    act::look(&app, call, Params::done, |ledger, ()| {
        find(ledger, &id, "intent", StatusCode::NOT_FOUND).map(|intent| encode::intent(intent, public_url))
    })
    .await
}

/// `GET /v1/payment_intents/search`, by one entry of the metadata.
pub async fn search(State(app): State<App>, call: Call) -> Response {
    let public_url = &app.sandbox.public_url;
    let read = |mut params: Params| {
        let query = params.required("query")?;
        params.done()?;
        let message = "The sandbox searches by one entry of metadata: metadata[\"key\"]:\"value\".";
        metadata_of(&query).ok_or_else(|| Refusal::wrong("query", message))
    };
    act::look(&app, call, read, |ledger, (key, value)| {
        let found = ledger.intents.iter().filter(|intent| intent.terms.metadata.get(&key) == Some(&value));
        let found: Vec<_> = found.map(|intent| encode::intent(intent, public_url)).collect();
        Ok(encode::search_result("/v1/payment_intents/search", &found))
    })
    .await
}

/// The key and the value of `metadata["key"]:"value"`, in either sort of quotes.
fn metadata_of(query: &str) -> Option<(String, String)> {
    let (key, value) = query.strip_prefix("metadata[")?.split_once("]:")?;
    let quoted = |text: &str| {
        let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))?;
        (!inner.contains(['"', '\'', '\\'])).then(|| inner.to_owned())
    };
    Some((quoted(key)?, quoted(value)?))
}

/// The intent of that name; `param` is where it was named.
pub fn find<'a>(ledger: &'a Ledger, id: &str, param: &str, status: StatusCode) -> Result<&'a Intent, Refusal> {
    ledger.intents.get(id).ok_or_else(|| Refusal::missing("payment_intent", id, param, status))
}

/// Why an intent can't be told to `deed`.
pub fn unfit_for(deed: &str, unfit: Unfit, intent: &Intent, public_url: &str) -> Refusal {
    let status = intent.status.name();
    let unexpected = |message: String| {
        let refusal = Refusal::invalid(message).with_code("payment_intent_unexpected_state");
        refusal.with_intent(encode::intent(intent, public_url))
    };
    match unfit {
        Unfit::State => {
            unexpected(format!("You cannot {deed} this PaymentIntent because it has a status of {status}."))
        }
        Unfit::NoCard => unexpected(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Send one as payment_method."
                .to_owned(),
        ),
        Unfit::NoReturnUrl => no_return_url(),
        Unfit::AlreadyRefunded => {
            let charge = intent.charge.as_deref().unwrap_or_default();
            Refusal::invalid(format!("Charge {charge} has already been refunded.")).with_code("charge_already_refunded")
        }
        Unfit::RefundTooLarge(left) => {
            let message =
                format!("Refund amount is greater than the unrefunded amount of the charge, which is {left}.");
            Refusal::param("amount", "amount_too_large", message)
        }
    }
}

fn pay(desk: &mut Desk<'_>, mut intent: Intent, payment: Payment) -> Deed {
    let attempt = Attempt {
        card: payment.card,
        return_url: payment.return_url,
        off_session: payment.off_session,
        decline: desk.decline_next.clone(),
        charge: id::fresh("ch"),
    };
    let news = match intent.confirm(attempt) {
        Ok(news) => news,
        Err(unfit) => return Deed::refused(unfit_for("confirm", unfit, &intent, desk.public_url)),
    };
    *desk.decline_next = None;
    match intent.last_failure.clone().filter(|_| news == News::Failed) {
        Some(failure) => {
            let refusal = Refusal::failed(&failure, encode::intent(&intent, desk.public_url));
            Deed { changes: vec![Change { intent, refund: None, news: Some(news) }], answer: Err(refusal) }
        }
        None => changed(desk, intent, Some(news)),
    }
}

fn changed(desk: &Desk<'_>, intent: Intent, news: Option<News>) -> Deed {
    let answer = Ok(encode::intent(&intent, desk.public_url));
    Deed { changes: vec![Change { intent, refund: None, news }], answer }
}

fn read_creation(mut params: Params) -> Result<Creation, Refusal> {
    let amount = params.amount("amount", AMOUNT_MAX)?;
    let currency = params.required("currency")?;
    let known = || Refusal::wrong("currency", format!("Invalid currency: {currency}"));
    let terms = Terms {
        amount: amount
            .ok_or_else(|| Refusal::param("amount", "parameter_missing", "Missing required param: amount."))?,
        currency: currency::known(&currency).ok_or_else(known)?,
        redirects: read_redirects(&mut params)?,
        capture_method: read_capture_method(&mut params)?,
        description: params.text("description")?,
        receipt_email: params.text("receipt_email")?,
        statement_descriptor: params.text("statement_descriptor")?,
        statement_descriptor_suffix: params.text("statement_descriptor_suffix")?,
        metadata: params.metadata()?,
    };
    let is_confirmed = params.flag("confirm")?.unwrap_or(false);
    for name in ["return_url", "off_session"] {
        if !is_confirmed && params.has(name) {
            let message = format!("{name} can only be used with confirm=true; send it when you confirm.");
            return Err(Refusal::wrong(name, message));
        }
    }
    let payment = read_payment(&mut params)?;
    params.done()?;
    if is_confirmed && payment.card.is_none() {
        let message = "You cannot confirm a PaymentIntent without a payment method. Send one as payment_method.";
        return Err(Refusal::param("payment_method", "parameter_missing", message));
    }
    if is_confirmed && terms.redirects == Some(Redirects::Always) && payment.return_url.is_none() {
        return Err(no_return_url());
    }
    Ok(Creation { terms, card: payment.card, payment: is_confirmed.then_some(payment) })
}

fn read_redirects(params: &mut Params) -> Result<Option<Redirects>, Refusal> {
    let enabled = params.flag("automatic_payment_methods[enabled]")?;
    let choices = [("always", Redirects::Always), ("never", Redirects::Never)];
    let redirects = params.one_of("automatic_payment_methods[allow_redirects]", &choices)?;
    let types = params.list("payment_method_types");
    if let Some(other) = types.iter().find(|&kind| kind != "card") {
        let message = format!("The payment method type '{other}' is unknown: the sandbox has cards only.");
        return Err(Refusal::param("payment_method_types", "payment_method_unactivated", message));
    }
    if enabled.is_some() && !types.is_empty() {
        let message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.";
        return Err(Refusal::param("payment_method_types", "parameters_exclusive", message));
    }
    match (enabled, redirects) {
        (None, Some(_)) => {
            let name = "automatic_payment_methods[enabled]";
            Err(Refusal::param(name, "parameter_missing", format!("Missing required param: {name}.")))
        }
        (Some(true), redirects) => Ok(Some(redirects.unwrap_or(Redirects::Always))),
        // Stripe offers what is enabled in the dashboard unless types are named; the sandbox's has cards only.
        _ => Ok(None),
    }
}

fn read_capture_method(params: &mut Params) -> Result<String, Refusal> {
    let name = "capture_method";
    let method = params.text(name)?.unwrap_or_else(|| "automatic".to_owned());
    match method.as_str() {
        "automatic" | "automatic_async" => Ok(method),
        _ => {
            let message = "Invalid capture_method: the sandbox captures at once, so automatic or automatic_async.";
            Err(Refusal::wrong(name, message))
        }
    }
}

fn read_payment(params: &mut Params) -> Result<Payment, Refusal> {
    let name = "payment_method";
    let card = match params.text(name)? {
        None => None,
        Some(token) => Some(
            Card::from_token(&token)
                .ok_or_else(|| Refusal::missing("PaymentMethod", &token, name, StatusCode::BAD_REQUEST))?,
        ),
    };
    let return_url = params.text("return_url")?;
    if let Some(url) = return_url.as_ref().filter(|url| Url::parse(url).is_err()) {
        return Err(Refusal::param("return_url", "url_invalid", format!("Not a valid URL: '{url}'")));
    }
    Ok(Payment { card, return_url, off_session: params.flag("off_session")?.unwrap_or(false) })
}

fn no_return_url() -> Refusal {
    let message = "This PaymentIntent accepts payment methods that might redirect your customer off of your page, so \
                   you must provide a `return_url`. If you don't want that, set \
                   `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` \
                   to `never`.";
    Refusal::param("return_url", "parameter_missing", message)
}
