//! Money that goes back, and how much may.

use serde_json::json;
use stripe::{ApiErrorsCode, StripeError};
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};

use crate::harness::{PRICE, Post, Sandbox, Webhook, error};

#[tokio::test]
async fn all_of_it_goes_back_once() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let refund = CreateRefund::new().payment_intent(paid.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!((refund.amount, refund.status.as_deref()), (PRICE, Some("succeeded")));
    let found = RetrieveRefund::new(refund.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!((found.id, found.amount), (refund.id, PRICE));

    let again = CreateRefund::new().payment_intent(paid.id.as_str()).send(&sandbox.stripe).await.unwrap_err();
    let StripeError::Stripe(again, 400) = again else { panic!("{again}") };
    assert_eq!(again.code, Some(ApiErrorsCode::ChargeAlreadyRefunded));
    assert_eq!(sandbox.taken().await, 0);

    let posts = webhook.after(2).await;
    let refunded = posts.iter().map(Post::event).find(|event| event["type"] == "charge.refunded").unwrap();
    let charge = &refunded["data"]["object"];
    assert_eq!(
        (&charge["object"], &charge["refunded"], &charge["payment_intent"]),
        (&json!("charge"), &json!(true), &json!(paid.id.as_str()))
    );
    sandbox.stop().await;
}

/// Stripe's card for it: the refund begins as succeeded, and fails later.
#[tokio::test]
async fn what_the_bank_does_not_take_back_is_here_again() {
    let webhook = Webhook::start(0).await;
    let sandbox = Sandbox::start_for(&webhook).await;
    let paid = sandbox.pay("pm_card_refundFail").await.unwrap();
    let order = CreateRefund::new().payment_intent(paid.id.as_str()).metadata([("order".to_owned(), "7".to_owned())]);
    let refund = order.send(&sandbox.stripe).await.unwrap();
    assert_eq!(refund.status.as_deref(), Some("succeeded"));
    assert_eq!(sandbox.taken().await, PRICE);

    let posts = webhook.after(3).await;
    let failed = posts.iter().map(Post::event).find(|event| event["type"] == "refund.failed").unwrap();
    let failed = &failed["data"]["object"];
    assert_eq!((&failed["id"], &failed["object"]), (&json!(refund.id.as_str()), &json!("refund")));
    assert_eq!((&failed["status"], &failed["metadata"]), (&json!("failed"), &json!({"order": "7"})));
    assert_eq!(failed["failure_reason"], "expired_or_canceled_card");

    let again = CreateRefund::new().payment_intent(paid.id.as_str()).amount(100).send(&sandbox.stripe).await.unwrap();
    let listed = ListRefund::new().payment_intent(paid.id.as_str()).limit(100).send(&sandbox.stripe).await.unwrap();
    let listed: Vec<_> = listed.data.iter().map(|refund| (refund.id.clone(), refund.status.as_deref())).collect();
    assert_eq!(listed, [(again.id, Some("failed")), (refund.id, Some("failed"))], "the newest first");
    sandbox.stop().await;
}

#[tokio::test]
async fn parts_go_back_up_to_what_was_paid() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let refund = async |amount: &str| {
        let form = [("payment_intent", paid.id.as_str()), ("amount", amount), ("reason", "requested_by_customer")];
        sandbox.post("/v1/refunds", &form).await
    };
    assert_eq!(refund("4000").await.0, 200);
    let (status, body) = refund("901").await;
    assert_eq!((status.as_u16(), error(&body)), (400, json!(["invalid_request_error", "amount_too_large", "amount"])));
    assert_eq!(sandbox.taken().await, 900);
    assert_eq!(refund("900").await.0, 200);
    assert_eq!(error(&refund("1").await.1)[1], "charge_already_refunded");
    assert_eq!(sandbox.taken().await, 0);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refunds_never_exceed_what_was_paid() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let form = [("payment_intent", paid.id.as_str()), ("amount", "1000")];
    let answers = futures::future::join_all((0..12).map(|_| sandbox.post("/v1/refunds", &form))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 4);
    assert_eq!(sandbox.taken().await, 900);
    sandbox.stop().await;
}

#[tokio::test]
async fn what_was_not_paid_does_not_go_back() {
    let sandbox = Sandbox::start().await;
    let asked = sandbox.pay("pm_card_authenticationRequired").await.unwrap();
    let (status, body) = sandbox.post("/v1/refunds", &[("payment_intent", asked.id.as_str())]).await;
    assert_eq!((status.as_u16(), &error(&body)[1]), (400, &json!("payment_intent_unexpected_state")));
    let (status, body) = sandbox.post("/v1/refunds", &[("payment_intent", "pi_none")]).await;
    assert_eq!(
        (status.as_u16(), error(&body)),
        (400, json!(["invalid_request_error", "resource_missing", "payment_intent"]))
    );
    assert_eq!(error(&sandbox.post("/v1/refunds", &[]).await.1)[1], "parameter_missing");
    let (_, body) = sandbox.post("/v1/refunds", &[("payment_intent", asked.id.as_str()), ("charge", "ch_1")]).await;
    assert_eq!(error(&body)[1], "parameter_unknown");
    sandbox.stop().await;
}
