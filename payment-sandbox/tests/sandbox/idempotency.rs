//! `Idempotency-Key`: once, however often and however concurrently.

use std::collections::HashMap;

use futures::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use stripe::{IdempotencyKey, RequestStrategy, StripeRequest as _};

use crate::harness::{PRICE, Sandbox, error};

const PAID: [(&str, &str); 4] =
    [("amount", "4900"), ("currency", "eur"), ("payment_method", "pm_card_visa"), ("confirm", "true")];

async fn send(sandbox: &Sandbox, key: &str, form: &[(&str, &str)]) -> Response {
    let request = sandbox.call(Method::POST, "/v1/payment_intents").header("idempotency-key", key);
    request.form(form).send().await.unwrap()
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let sandbox = Sandbox::start().await;
    let declined = [PAID[0], PAID[1], ("payment_method", "pm_card_chargeDeclined"), PAID[3]];
    for (key, form, status) in [("k-1", PAID, 200), ("k-2", declined, 402)] {
        let first = send(&sandbox, key, &form).await;
        assert_eq!((first.status().as_u16(), first.headers().get("idempotent-replayed")), (status, None));
        let first = first.text().await.unwrap();
        let mut turned = form;
        turned.reverse();
        for form in [form, turned] {
            let again = send(&sandbox, key, &form).await;
            assert_eq!(
                (again.status().as_u16(), &again.headers()["idempotent-replayed"].to_str().unwrap()),
                (status, &"true")
            );
            assert_eq!(again.text().await.unwrap(), first);
        }
    }
    assert_eq!(sandbox.ledger().await["intents"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}

/// A client's map of metadata has another order each time.
#[tokio::test]
async fn the_real_clients_request_is_the_same_request_each_time() {
    let sandbox = Sandbox::start().await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        let metadata: HashMap<_, _> = (0..6).map(|key| (format!("key_{key}"), key.to_string())).collect();
        let key = RequestStrategy::Idempotent(IdempotencyKey::new("attempt").unwrap());
        let charge = Sandbox::charge("pm_card_visa").metadata(metadata);
        ids.push(charge.customize().request_strategy(key).send(&sandbox.stripe).await.unwrap().id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_key_is_not_for_another_request() {
    let sandbox = Sandbox::start().await;
    assert_eq!(send(&sandbox, "k", &PAID).await.status(), 200);
    let other = [("amount", "4901"), PAID[1], PAID[2], PAID[3]];
    let reused = send(&sandbox, "k", &other).await;
    assert_eq!(reused.status(), 400);
    assert_eq!(error(&reused.json().await.unwrap())[0], "idempotency_error");
    assert_eq!(sandbox.taken().await, PRICE);
    let long = "k".repeat(256);
    assert_eq!(send(&sandbox, &long, &PAID).await.status(), 400);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_uses_no_key_up() {
    let sandbox = Sandbox::start().await;
    assert_eq!(send(&sandbox, "k", &[("amount", "x")]).await.status(), 400);
    assert_eq!(send(&sandbox, "k", &PAID).await.status(), 200);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_requests_one_is_done_and_the_others_wait_or_get_its_answer() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"delay_answers_ms": 1_500})).await;
    let answers = join_all((0..16).map(|_| send(&sandbox, "k", &PAID))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|&&status| status == 409).count(), 15, "{statuses:?}");
    for answer in answers.into_iter().filter(|answer| answer.status() == 409) {
        assert_eq!(error(&answer.json::<Value>().await.unwrap())[1], "idempotency_key_in_use");
    }
    sandbox.faults(json!({})).await;
    assert_eq!(send(&sandbox, "k", &PAID).await.headers()["idempotent-replayed"], "true");
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_its_key_usable() {
    let sandbox = Sandbox::start().await;
    sandbox.faults(json!({"delay_answers_ms": 60_000})).await;
    tokio::select! {
        answer = send(&sandbox, "k", &PAID) => panic!("{}", answer.status()),
        () = sandbox.until_taken(PRICE) => {}
    }
    sandbox.faults(json!({})).await;
    for tries in 0.. {
        let again = send(&sandbox, "k", &PAID).await;
        if again.status() == 200 {
            assert_eq!(again.headers()["idempotent-replayed"], "true");
            break;
        }
        assert!(tries < 100, "{}", again.status());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(sandbox.taken().await, PRICE);
    sandbox.stop().await;
}
