//! Webhooks: signed, tried again, sent again.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::harness::{PRICE, SECRET, Sandbox, Webhook, answer};

#[tokio::test]
async fn a_webhook_is_signed_and_comes_again_until_it_is_taken() {
    let webhook = Webhook::start(2).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let posts = webhook.after(3).await;
    assert!(posts.iter().all(|post| post.is_signed_with(SECRET) && post.body == posts[0].body));
    assert!(!posts[0].is_signed_with("whsec_2"));
    assert!(posts[1].at - posts[0].at >= Duration::from_millis(95));
    assert!(posts[2].at - posts[1].at >= Duration::from_millis(190), "each pause is twice the last");

    let event = posts[0].event();
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    assert_eq!((&event["object"], &event["type"]), (&json!("event"), &json!("payment_intent.succeeded")));
    assert!(event["created"].is_i64() && event["api_version"].is_string());
    let object = &event["data"]["object"];
    assert_eq!((&object["id"], &object["amount_received"]), (&json!(paid.id.as_str()), &json!(PRICE)));
    assert_eq!(object["metadata"]["order"], "7");

    let told = sandbox.event_stands(0, "delivered").await;
    assert_eq!((&told["id"], &told["intent"]), (&event["id"], &json!(paid.id.as_str())));
    let statuses: Vec<_> = told["deliveries"].as_array().unwrap().iter().map(|told| told["status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 200]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(webhook.posts().len(), 3, "what is taken does not come again");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_webhook_goes_on_with_the_payments_trace() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let metadata = [("traceparent".to_owned(), trace.to_owned())];
    Sandbox::charge("pm_card_visa").metadata(metadata).send(&sandbox.stripe).await.unwrap();
    assert_eq!(webhook.after(1).await[0].trace.as_deref(), Some(trace));
    sandbox.pay("pm_card_visa").await.unwrap();
    assert_eq!(webhook.after(2).await[1].trace, None, "it says nothing of any");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_decline_and_a_cancel_are_told() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.pay("pm_card_chargeDeclinedInsufficientFunds").await.unwrap_err();
    let failed = webhook.after(1).await[0].event();
    assert_eq!(failed["type"], "payment_intent.payment_failed");
    assert_eq!(failed["data"]["object"]["last_payment_error"]["decline_code"], "insufficient_funds");
    let id = failed["data"]["object"]["id"].as_str().unwrap().to_owned();
    sandbox.post(&format!("/v1/payment_intents/{id}/cancel"), &[("cancellation_reason", "abandoned")]).await;
    let canceled = webhook.after(2).await[1].event();
    assert_eq!(canceled["type"], "payment_intent.canceled");
    assert_eq!(canceled["data"]["object"]["cancellation_reason"], "abandoned");
    sandbox.stop().await;
}

#[tokio::test]
async fn every_event_is_sent_again_on_demand() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    sandbox.pay("pm_card_visa").await.unwrap();
    webhook.after(1).await;
    sandbox.faults(json!({"lose_webhooks": true})).await;
    sandbox.pay("pm_card_visa").await.unwrap();
    sandbox.event_stands(1, "lost").await;
    let redeliver = || sandbox.call(Method::POST, "/sandbox/webhooks/redeliver").json(&json!({}));
    assert_eq!(answer(redeliver()).await.1, json!({"redelivered": 2}));
    let posts = webhook.after(3).await;
    assert_eq!(posts.iter().filter(|post| post.body == posts[0].body).count(), 2, "the same event, not a new one");
    sandbox.event_stands(1, "delivered").await;
    sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_can_be_aimed_elsewhere() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start().await;
    sandbox.pay("pm_card_visa").await.unwrap();
    sandbox.event_stands(0, "undelivered").await;
    let redeliver = || sandbox.call(Method::POST, "/sandbox/webhooks/redeliver");
    assert_eq!(answer(redeliver()).await.0, 400, "there is nowhere to send it");
    let aim = |aim: serde_json::Value| answer(sandbox.call(Method::PUT, "/sandbox/webhook").json(&aim));
    let (status, said) = aim(json!({"url": webhook.url, "secret": "whsec_other"})).await;
    assert_eq!((status.as_u16(), said), (200, json!({"url": webhook.url})));
    assert_eq!(answer(redeliver()).await.1, json!({"redelivered": 1}));
    assert!(webhook.after(1).await[0].is_signed_with("whsec_other"));
    for wrong in [json!({"url": "localhost:1"}), json!({"url": webhook.url, "secret": ""}), json!({"uri": null})] {
        assert_eq!(aim(wrong.clone()).await.0, 400, "{wrong}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_webhook_that_is_down_holds_nothing_up() {
    let sandbox = Sandbox::start_with(&["--sandbox-webhook-url", "http://127.0.0.1:9/"]).await;
    for _ in 0..3 {
        sandbox.pay("pm_card_visa").await.unwrap();
    }
    let mut tried = json!([]);
    for _ in 0..400 {
        tried = sandbox.event_stands(2, "waiting").await["deliveries"].clone();
        if tried != json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(tried[0]["error"].is_string() && tried[0]["status"].is_null(), "{tried}");
    sandbox.stop().await;
}
