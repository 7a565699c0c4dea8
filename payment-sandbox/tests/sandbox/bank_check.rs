//! The bank's check: a customer who passes, one who does not, one who presses twice.

use reqwest::header::LOCATION;
use serde_json::json;
use stripe_core::{PaymentIntent, PaymentIntentStatus, payment_intent::RetrievePaymentIntent};

use crate::harness::{PRICE, Sandbox, Webhook, answer, error};

const CARD: &str = "pm_card_authenticationRequired";

fn check_url(intent: &PaymentIntent) -> String {
    intent.next_action.as_ref().unwrap().redirect_to_url.as_ref().unwrap().url.clone().unwrap()
}

#[tokio::test]
async fn a_customer_who_approves_pays_and_goes_back_to_the_shop() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let asked = sandbox.pay(CARD).await.unwrap();
    assert_eq!((asked.status.clone(), asked.amount_received), (PaymentIntentStatus::RequiresAction, 0));
    let url = check_url(&asked);
    assert_eq!(url, format!("{}/sandbox/3ds/{}", sandbox.url, asked.id));
    let page = sandbox.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("value=\"approve\"") && page.contains("value=\"fail\""), "{page}");

    for _ in 0..2 {
        let back = sandbox.http.post(&url).form(&[("outcome", "approve")]).send().await.unwrap();
        assert_eq!(back.status(), 303);
        let back = back.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(back.starts_with("http://127.0.0.1:9/thanks?tab=1&payment_intent=pi_"), "{back}");
    }
    let paid = RetrievePaymentIntent::new(asked.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!((paid.status, paid.amount_received), (PaymentIntentStatus::Succeeded, PRICE));
    assert!(paid.next_action.is_none());
    let mut kinds: Vec<_> = webhook.after(2).await.iter().map(|post| post.event()["type"].clone()).collect();
    kinds.sort_by_key(ToString::to_string);
    assert_eq!(kinds, [json!("payment_intent.requires_action"), json!("payment_intent.succeeded")]);
    assert_eq!(sandbox.taken().await, PRICE, "pressed twice, taken once");
    assert!(sandbox.http.get(&url).send().await.unwrap().text().await.unwrap().contains("decided"));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_customer_who_fails_pays_nothing() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let asked = sandbox.pay(CARD).await.unwrap();
    let back = sandbox.http.post(check_url(&asked)).form(&[("outcome", "fail")]).send().await.unwrap();
    assert_eq!(back.status(), 303);
    let failed = RetrievePaymentIntent::new(asked.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!(failed.status, PaymentIntentStatus::RequiresPaymentMethod);
    let why = failed.last_payment_error.unwrap().code.unwrap();
    assert_eq!(why.as_str(), "payment_intent_authentication_failure");
    let kinds: Vec<_> = webhook.after(2).await.iter().map(|post| post.event()["type"].clone()).collect();
    assert!(kinds.contains(&json!("payment_intent.payment_failed")), "{kinds:?}");
    assert_eq!(sandbox.taken().await, 0);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_customer_who_is_not_there_is_declined() {
    let sandbox = Sandbox::start().await;
    let form = [
        ("amount", "100"),
        ("currency", "eur"),
        ("payment_method", CARD),
        ("confirm", "true"),
        ("off_session", "true"),
    ];
    let (status, body) = sandbox.post("/v1/payment_intents", &form).await;
    assert_eq!(status, 402);
    assert_eq!(error(&body), json!(["card_error", "authentication_required", null]));
    sandbox.stop().await;
}

#[tokio::test]
async fn the_page_is_where_browsers_find_the_sandbox() {
    let sandbox = Sandbox::start_with(&["--sandbox-public-url", "https://bank.example/"]).await;
    let asked = sandbox.pay(CARD).await.unwrap();
    assert_eq!(check_url(&asked), format!("https://bank.example/sandbox/3ds/{}", asked.id));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_check_of_nothing_is_refused() {
    let sandbox = Sandbox::start().await;
    let url = format!("{}/sandbox/3ds/pi_none", sandbox.url);
    assert_eq!(sandbox.http.get(&url).send().await.unwrap().status(), 404);
    assert_eq!(answer(sandbox.http.post(&url).form(&[("outcome", "approve")])).await.0, 404);
    let asked = check_url(&sandbox.pay(CARD).await.unwrap());
    for form in [&[("outcome", "maybe")][..], &[], &[("outcome", "fail"), ("x", "1")]] {
        assert_eq!(answer(sandbox.http.post(&asked).form(form)).await.0, 400, "{form:?}");
    }
    assert_eq!(sandbox.ledger().await["intents"][0]["status"], "requires_action");
    sandbox.stop().await;
}
