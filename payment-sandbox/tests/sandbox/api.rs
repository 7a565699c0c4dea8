//! Paying, declining, cancelling; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use stripe::{ApiErrorsCode, ApiErrorsType, StripeError};
use stripe_core::{
    PaymentIntentStatus,
    payment_intent::{
        CancelPaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent, RetrievePaymentIntent, SearchPaymentIntent,
    },
};
use stripe_types::Currency;

use crate::harness::{API_KEY, PRICE, Sandbox, answer, error};

type Form<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn a_good_card_pays() {
    let sandbox = Sandbox::start().await;
    for card in ["pm_card_visa", "pm_card_mastercard"] {
        let paid = sandbox.pay(card).await.unwrap();
        assert_eq!((paid.status, paid.amount_received), (PaymentIntentStatus::Succeeded, PRICE));
        assert_eq!(paid.metadata["shop"], "b & c");
        let found = RetrievePaymentIntent::new(paid.id.as_str()).send(&sandbox.stripe).await.unwrap();
        assert_eq!((found.id, found.status), (paid.id, PaymentIntentStatus::Succeeded));
    }
    assert_eq!(sandbox.taken().await, 2 * PRICE);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_payment_is_found_by_its_metadata() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let found = async |query: &str| {
        let found = SearchPaymentIntent::new(query).send(&sandbox.stripe).await.unwrap();
        found.data.into_iter().map(|intent| intent.id).collect::<Vec<_>>()
    };
    assert_eq!(found("metadata[\"order\"]:\"7\"").await, std::slice::from_ref(&paid.id));
    assert_eq!(found("metadata['shop']:'b & c'").await, [paid.id]);
    assert!(found("metadata[\"order\"]:\"8\"").await.is_empty());
    for query in ["status:\"succeeded\"", "metadata[\"order\"]:7", "metadata[\"order\"]:\"7\" AND status:\"x\""] {
        let refused = SearchPaymentIntent::new(query).send(&sandbox.stripe).await;
        assert!(matches!(refused, Err(StripeError::Stripe(_, 400))), "{query}: {refused:?}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_declined_card_takes_nothing_and_says_why() {
    let sandbox = Sandbox::start().await;
    for (card, code, decline_code) in [
        ("pm_card_chargeDeclined", ApiErrorsCode::CardDeclined, Some("generic_decline")),
        ("pm_card_chargeDeclinedInsufficientFunds", ApiErrorsCode::CardDeclined, Some("insufficient_funds")),
        ("pm_card_chargeDeclinedExpiredCard", ApiErrorsCode::ExpiredCard, None),
    ] {
        let StripeError::Stripe(declined, status) = sandbox.pay(card).await.unwrap_err() else { panic!("{card}") };
        assert_eq!((status, declined.type_, declined.code), (402, ApiErrorsType::CardError, Some(code)));
        assert_eq!(declined.decline_code.as_deref(), decline_code);
        let intent = declined.payment_intent.unwrap();
        assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
        assert_eq!(intent.last_payment_error.unwrap().decline_code.as_deref(), decline_code);
    }
    assert_eq!(sandbox.taken().await, 0);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_declined_intent_is_paid_with_another_card() {
    let sandbox = Sandbox::start().await;
    let StripeError::Stripe(declined, _) = sandbox.pay("pm_card_chargeDeclined").await.unwrap_err() else { panic!() };
    let id = declined.payment_intent.unwrap().id;
    let bare = ConfirmPaymentIntent::new(id.as_str()).send(&sandbox.stripe).await.unwrap_err();
    let StripeError::Stripe(bare, 400) = bare else { panic!("{bare}") };
    assert_eq!(bare.code, Some(ApiErrorsCode::PaymentIntentUnexpectedState), "the declined card is gone");
    let paid = ConfirmPaymentIntent::new(id.as_str()).payment_method("pm_card_visa").send(&sandbox.stripe).await;
    let paid = paid.unwrap();
    assert_eq!((paid.id, paid.status), (id, PaymentIntentStatus::Succeeded));
    assert!(paid.last_payment_error.is_none());
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}

#[tokio::test]
async fn an_open_intent_can_be_cancelled_and_a_paid_one_can_not() {
    let sandbox = Sandbox::start().await;
    let open = CreatePaymentIntent::new(PRICE, Currency::EUR).send(&sandbox.stripe).await.unwrap();
    assert_eq!(open.status, PaymentIntentStatus::RequiresPaymentMethod);
    let canceled = CancelPaymentIntent::new(open.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!(canceled.status, PaymentIntentStatus::Canceled);
    assert!(canceled.canceled_at.is_some());

    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    for id in [open.id, paid.id.clone()] {
        let refused = CancelPaymentIntent::new(id.as_str()).send(&sandbox.stripe).await.unwrap_err();
        let StripeError::Stripe(refused, 400) = refused else { panic!("{refused}") };
        assert_eq!(refused.code, Some(ApiErrorsCode::PaymentIntentUnexpectedState));
        assert_eq!(refused.payment_intent.unwrap().id, id);
    }
    let again = sandbox.post(&format!("/v1/payment_intents/{}/confirm", paid.id), &[]).await;
    assert_eq!(error(&again.1)[1], "payment_intent_unexpected_state");
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}

#[tokio::test]
async fn what_stripe_would_refuse_is_refused() {
    let sandbox = Sandbox::start().await;
    let good = [("amount", "100"), ("currency", "eur")];
    let confirmed = [("payment_method", "pm_card_visa"), ("confirm", "true")];
    let cases: [(Form, Value, &str); 11] = [
        (&[("amuont", "1")], "parameter_unknown".into(), "amuont"),
        (&[("metadata[a][b]", "1")], "parameter_unknown".into(), "metadata[a][b]"),
        (&[("payment_method", "pm_card_amex")], "resource_missing".into(), "payment_method"),
        (&[("confirm", "true")], "parameter_missing".into(), "payment_method"),
        (&[("confirm", "yes")], Value::Null, "confirm"),
        (&[("return_url", "https://shop/")], Value::Null, "return_url"),
        (&[("capture_method", "manual")], Value::Null, "capture_method"),
        (&[("payment_method_types[]", "ideal")], "payment_method_unactivated".into(), "payment_method_types"),
        (&[confirmed[0], confirmed[1], ("return_url", "no url")], "url_invalid".into(), "return_url"),
        (
            &[confirmed[0], confirmed[1], ("automatic_payment_methods[enabled]", "true")],
            "parameter_missing".into(),
            "return_url",
        ),
        (
            &[("automatic_payment_methods[enabled]", "true"), ("payment_method_types[]", "card")],
            "parameters_exclusive".into(),
            "payment_method_types",
        ),
    ];
    for (wrong, code, param) in cases {
        let (status, body) = sandbox.post("/v1/payment_intents", &[&good[..], wrong].concat()).await;
        assert_eq!(status, 400, "{wrong:?}: {body}");
        assert_eq!(error(&body), json!(["invalid_request_error", code, param]));
    }
    for (form, param) in [
        (&[("currency", "eur")][..], "amount"),
        (&[("amount", "100")], "currency"),
        (&[("amount", "0"), ("currency", "eur")], "amount"),
        (&[("amount", "1.5"), ("currency", "eur")], "amount"),
        (&[("amount", "100000000"), ("currency", "eur")], "amount"),
        (&[("amount", "100"), ("currency", "xyz")], "currency"),
    ] {
        let (status, body) = sandbox.post("/v1/payment_intents", form).await;
        assert_eq!((status.as_u16(), &body["error"]["param"]), (400, &json!(param)), "{form:?}: {body}");
    }
    assert_eq!(sandbox.ledger().await["intents"], json!([]), "nothing of it happened");
    sandbox.stop().await;
}

#[tokio::test]
async fn without_the_key_nothing_is_answered() {
    let sandbox = Sandbox::start().await;
    let intents = format!("{}/v1/payment_intents", sandbox.url);
    for request in [
        sandbox.http.post(&intents),
        sandbox.http.post(&intents).bearer_auth("sk_test_2"),
        sandbox.http.post(&intents).basic_auth("", Some(API_KEY)),
        sandbox.http.get(format!("{intents}/pi_1")),
    ] {
        let (status, body) = answer(request).await;
        assert_eq!(status, 401);
        assert!(!body.to_string().contains(API_KEY), "{body}");
    }
    let form = [("amount", "100"), ("currency", "eur")];
    let (status, _) = answer(sandbox.http.post(&intents).basic_auth(API_KEY, Some("")).form(&form)).await;
    assert_eq!(status, 200, "curl -u <key>:");
    sandbox.stop().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_no_form_is_said_so() {
    let sandbox = Sandbox::start().await;
    for (method, path) in [
        (Method::GET, "/v1/payment_intents/pi_none"),
        (Method::POST, "/v1/payment_intents/pi_none/confirm"),
        (Method::POST, "/v1/payment_intents/pi_none/cancel"),
        (Method::GET, "/v1/refunds/re_none"),
    ] {
        let (status, body) = answer(sandbox.call(method, path)).await;
        assert_eq!((status.as_u16(), &error(&body)[1]), (404, &json!("resource_missing")), "{path}");
    }
    for (method, path) in [(Method::GET, "/v1/customers"), (Method::DELETE, "/v1/payment_intents/pi_none")] {
        let (status, body) = answer(sandbox.call(method, path)).await;
        assert_eq!((status.as_u16(), &error(&body)[0]), (404, &json!("invalid_request_error")), "{path}");
    }
    let json = sandbox.call(Method::POST, "/v1/payment_intents").json(&json!({"amount": 1, "currency": "eur"}));
    assert_eq!(answer(json).await.0, 400);
    let huge = [("description", "x".repeat(200_000))];
    assert_eq!(answer(sandbox.call(Method::POST, "/v1/payment_intents").form(&huge)).await.0, 413);
    let broken = sandbox.call(Method::POST, "/v1/payment_intents").body("amount=%ff");
    let broken = broken.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(answer(broken).await.0, 400);
    sandbox.stop().await;
}
