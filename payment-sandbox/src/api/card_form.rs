//! The card form, for a shop's page to show in a frame: card numbers are typed here and never into the shop. It trades a
//! card for the token of a test payment method, as Stripe's own form does.

use axum::{
    Json,
    body::Bytes,
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use chrono::{DateTime, Datelike as _};
use serde_json::json;

use crate::{card::Card, clock, form::Params, refusal::Refusal};

const PAGE: &str = include_str!("card_form/form.html");
const SCRIPT: &str = include_str!("card_form/form.js");
const STYLE: &str = include_str!("card_form/form.css");
/// Any page may show the form: it is for tests, and tells nothing but tokens that are no secret.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'";

/// Cards that are good for longer are mistyped.
const YEARS_MAX: i64 = 50;

/// `GET /sandbox/card-form`.
pub async fn page() -> Response {
    guarded(Html(PAGE).into_response())
}

/// `GET /sandbox/card-form/form.js`.
pub async fn script() -> Response {
    guarded(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response())
}

/// `GET /sandbox/card-form/form.css`.
pub async fn style() -> Response {
    guarded(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response())
}

/// `POST /sandbox/card-form` with `number`, `exp_month`, `exp_year` and `cvc`: the token of the test card of that number.
pub async fn tokenize(body: Bytes) -> Result<Response, Refusal> {
    let mut params = Params::parse(&body)?;
    let number = params.required("number")?;
    let month = params.required("exp_month")?;
    let year = params.required("exp_year")?;
    let cvc = params.required("cvc")?;
    params.done()?;
    let card = Card::from_number(&number).map_err(|wrong| Refusal::param("number", wrong.code(), wrong.message()))?;
    check_expiry(&month, &year, month_of(clock::unix_seconds()))?;
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::param("cvc", "invalid_cvc", "Your card's security code is invalid."));
    }
    Ok(Json(json!({"payment_method": card.token()})).into_response())
}

/// Months since the year 0, as cards count them.
fn check_expiry(month: &str, year: &str, now: i64) -> Result<(), Refusal> {
    let month = month.parse().ok().filter(|month| (1..=12).contains(month));
    let month: i64 = month.ok_or_else(|| {
        Refusal::param("exp_month", "invalid_expiry_month", "Your card's expiration month is invalid.")
    })?;
    let wrong_year = || Refusal::param("exp_year", "invalid_expiry_year", "Your card's expiration year is invalid.");
    let year: i64 = year.parse().ok().filter(|year| (0..=9_999).contains(year)).ok_or_else(wrong_year)?;
    let year = if year < 100 { 2_000 + year } else { year };
    let expires = year * 12 + month - 1;
    if expires < now || expires > now + YEARS_MAX * 12 { Err(wrong_year()) } else { Ok(()) }
}

/// The month of this moment, as [`check_expiry`] counts them.
fn month_of(unix_seconds: i64) -> i64 {
    let now = DateTime::from_timestamp(unix_seconds, 0).unwrap_or_default();
    i64::from(now.year()) * 12 + i64::from(now.month0())
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        // 2026-11-30T23:59:59Z and a second later.
        let (november, december) = (month_of(1_796_083_199), month_of(1_796_083_200));
        assert_eq!((november, december), (2_026 * 12 + 10, 2_026 * 12 + 11));
        assert!(check_expiry("11", "26", november).is_ok());
        assert!(check_expiry("11", "2026", december).is_err());
        for (month, year) in [("13", "30"), ("0", "30"), ("x", "30"), ("1", "-1"), ("1", "2099"), ("1", "")] {
            assert!(check_expiry(month, year, november).is_err(), "{month}/{year}");
        }
    }
}
