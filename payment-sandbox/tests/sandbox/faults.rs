//! Each fault, and that it ends.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use stripe::{IdempotencyKey, RequestStrategy, StripeError, StripeRequest as _};
use stripe_core::{PaymentIntentStatus, payment_intent::RetrievePaymentIntent};

use crate::harness::{PRICE, SECRET, Sandbox, Webhook, answer};

#[tokio::test]
async fn faults_are_told_replaced_and_mended() {
    let sandbox = Sandbox::start().await;
    let faults = |method: Method| sandbox.call(method, "/sandbox/faults");
    let (_, whole) = answer(faults(Method::GET)).await;
    sandbox.faults(json!({"lose_webhooks": 3, "decline_next": "lost_card"})).await;
    sandbox.faults(json!({"answer_500": true})).await;
    let (_, told) = answer(faults(Method::GET)).await;
    assert_eq!(
        (&told["answer_500"], &told["lose_webhooks"], &told["decline_next"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    for wrong in [json!({"loose_webhooks": true}), json!({"delay_answers_ms": "soon"}), json!("all"), json!([])] {
        let (status, said) = answer(faults(Method::PUT).json(&wrong)).await;
        assert_eq!(status, 400, "{said}");
    }
    assert_eq!(answer(faults(Method::GET)).await.1, told, "what is refused changes nothing");
    assert_eq!(answer(faults(Method::DELETE)).await.1, whole);
    sandbox.pay("pm_card_visa").await.unwrap();
    sandbox.stop().await;
}

#[tokio::test]
async fn lose_webhooks_swallows_them() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"lose_webhooks": 1})).await;
    sandbox.pay("pm_card_visa").await.unwrap();
    sandbox.pay("pm_card_mastercard").await.unwrap();
    webhook.after(1).await;
    sandbox.event_stands(0, "lost").await;
    sandbox.event_stands(1, "delivered").await;
    assert_eq!(webhook.posts().len(), 1);
    sandbox.stop().await;
}

#[tokio::test]
async fn duplicate_webhooks_sends_them_twice() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"duplicate_webhooks": true})).await;
    sandbox.pay("pm_card_visa").await.unwrap();
    let posts = webhook.after(2).await;
    assert_eq!(posts[0].body, posts[1].body);
    sandbox.stop().await;
}

#[tokio::test]
async fn delay_webhooks_sends_them_late() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"delay_webhooks_ms": 1_000})).await;
    let begun = Instant::now();
    sandbox.pay("pm_card_visa").await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "the answer is not late");
    assert!(webhook.after(1).await[0].at - begun >= Duration::from_secs(1));
    sandbox.stop().await;
}

#[tokio::test]
async fn shuffle_webhooks_loses_their_order_and_no_webhook() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"shuffle_webhooks_ms": 400, "duplicate_webhooks": true})).await;
    for _ in 0..12 {
        sandbox.pay("pm_card_visa").await.unwrap();
    }
    let mut came: Vec<_> = webhook.after(24).await.iter().map(|post| post.event()["id"].clone()).collect();
    let ledger = sandbox.ledger().await;
    let happened: Vec<_> = ledger["events"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect();
    assert!(happened.iter().all(|id| came.iter().filter(|came| *came == id).count() == 2), "{came:?}");
    let mut seen = HashSet::new();
    came.retain(|id| seen.insert(id.to_string()));
    assert_ne!(came, happened, "one order out of 12! is kept by chance");
    sandbox.stop().await;
}

#[tokio::test]
async fn bad_signature_signs_with_another_secret() {
    let webhook = Webhook::start(1).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"bad_signature": 1})).await;
    sandbox.pay("pm_card_visa").await.unwrap();
    let posts = webhook.after(2).await;
    assert_eq!([posts[0].is_signed_with(SECRET), posts[1].is_signed_with(SECRET)], [false, true]);
    sandbox.stop().await;
}

#[tokio::test]
async fn answer_500_does_nothing() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"answer_500": 1})).await;
    let refused = sandbox.pay("pm_card_visa").await.unwrap_err();
    assert!(matches!(refused, StripeError::Stripe(_, 500)), "{refused}");
    assert_eq!(sandbox.ledger().await["intents"], json!([]));
    sandbox.pay("pm_card_visa").await.unwrap();
    sandbox.stop().await;
}

#[tokio::test]
async fn hang_does_nothing_and_answers_nobody() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"hang": 1})).await;
    let charge = || Sandbox::charge("pm_card_visa").customize().request_strategy(RequestStrategy::Once);
    let client = sandbox.stripe.clone();
    let hanging = tokio::spawn(async move { charge().send(&client).await });
    sandbox.until_used_up("hang").await;
    sandbox.pay("pm_card_mastercard").await.unwrap();
    assert!(!hanging.is_finished(), "the next call is answered, this one is not");
    assert_eq!(sandbox.taken().await, PRICE, "it did nothing");
    sandbox.stop().await;
    let ended = hanging.await.unwrap().unwrap_err();
    assert!(matches!(ended, StripeError::Stripe(_, 500)), "the sandbox ends it with itself: {ended}");
}

#[tokio::test]
async fn drop_after_acting_takes_the_money_and_loses_the_answer() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"drop_after_acting": 1})).await;
    let pay = || {
        let key = RequestStrategy::Idempotent(IdempotencyKey::new("attempt").unwrap());
        let request = Sandbox::charge("pm_card_visa").customize().request_strategy(key);
        async { request.send(&sandbox.stripe).await }
    };
    let lost = pay().await.unwrap_err();
    assert!(matches!(lost, StripeError::ClientError(_)), "{lost}");
    assert_eq!(sandbox.taken().await, PRICE);
    let found = pay().await.unwrap();
    assert_eq!(found.status, PaymentIntentStatus::Succeeded);
    assert_eq!(sandbox.taken().await, PRICE, "asked again, taken once");
    sandbox.stop().await;
}

#[tokio::test]
async fn delay_answers_does_at_once_and_answers_late() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"delay_answers_ms": 800})).await;
    let begun = Instant::now();
    let pay = async { (sandbox.pay("pm_card_visa").await.unwrap(), Instant::now()) };
    let see = async {
        sandbox.until_taken(PRICE).await;
        Instant::now()
    };
    let ((paid, answered), taken) = tokio::join!(pay, see);
    assert!(taken < answered && answered - begun >= Duration::from_millis(800));
    let begun = Instant::now();
    RetrievePaymentIntent::new(paid.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(800), "a look is late too");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_delayed_answer_and_a_delayed_webhook_hold_no_stop_up() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.faults(json!({"delay_answers_ms": 600_000, "delay_webhooks_ms": 600_000})).await;
    let charge = Sandbox::charge("pm_card_visa").customize();
    let client = sandbox.stripe.clone();
    let paying = tokio::spawn(async move { charge.request_strategy(RequestStrategy::Once).send(&client).await });
    sandbox.until_taken(PRICE).await;
    sandbox.stop().await;
    let paid = paying.await.unwrap().unwrap();
    assert_eq!(paid.status, PaymentIntentStatus::Succeeded, "it is answered before the end");
    assert_eq!(webhook.posts().len(), 0);
}

#[tokio::test]
async fn decline_next_declines_once() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"decline_next": "lost_card"})).await;
    let StripeError::Stripe(declined, 402) = sandbox.pay("pm_card_visa").await.unwrap_err() else { panic!() };
    assert_eq!(declined.decline_code.as_deref(), Some("lost_card"));
    sandbox.pay("pm_card_visa").await.unwrap();
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}
