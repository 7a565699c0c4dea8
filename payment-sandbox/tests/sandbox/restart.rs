//! The sandbox as a program: what it remembers, how it begins and ends.

use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::Duration,
};

use reqwest::Method;
use serde_json::json;
use stripe_core::{PaymentIntentStatus, payment_intent::RetrievePaymentIntent};

use crate::harness::{API_KEY, PRICE, Sandbox, Webhook, answer};

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let webhook = Webhook::start(usize::MAX).await;
    let flags = ["--sandbox-state-file", file.to_str().unwrap(), "--sandbox-webhook-url", &webhook.url];

    let sandbox = Sandbox::start_with(&flags).await;
    let paid = sandbox.pay("pm_card_visa").await.unwrap();
    let form = [("payment_intent", paid.id.as_str()), ("amount", "900")];
    let refund =
        |sandbox: &Sandbox| sandbox.call(Method::POST, "/v1/refunds").header("idempotency-key", "r").form(&form);
    let (_, refunded) = answer(refund(&sandbox)).await;
    webhook.after(1).await;
    let before = sandbox.ledger().await;
    sandbox.stop().await;

    let taking = Webhook::start(0).await;
    let flags = ["--sandbox-state-file", file.to_str().unwrap(), "--sandbox-webhook-url", &taking.url];
    let sandbox = Sandbox::start_with(&flags).await;
    let found = RetrievePaymentIntent::new(paid.id.as_str()).send(&sandbox.stripe).await.unwrap();
    assert_eq!(found.status, PaymentIntentStatus::Succeeded);
    let after = sandbox.ledger().await;
    assert_eq!((&after["intents"], &after["refunds"]), (&before["intents"], &before["refunds"]));
    assert_eq!(answer(refund(&sandbox)).await.1, refunded, "its keys are known");
    assert_eq!(sandbox.taken().await, PRICE - 900);
    let kinds: Vec<_> = taking.after(2).await.iter().map(|post| post.event()["type"].clone()).collect();
    assert!(kinds.contains(&json!("payment_intent.succeeded")), "what nobody took is sent again: {kinds:?}");

    answer(sandbox.call(Method::POST, "/sandbox/reset")).await;
    sandbox.stop().await;
    let sandbox = Sandbox::start_with(&flags).await;
    assert_eq!(sandbox.ledger().await, json!({"intents": [], "refunds": [], "events": []}));
    sandbox.stop().await;
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payment-sandbox"));
    command.env_clear().stderr(Stdio::piped()).stdout(Stdio::null());
    command
}

#[test]
fn a_wrong_setting_is_named_and_exits_64() {
    let set = [("SANDBOX_API_KEY", "sk_1"), ("SANDBOX_WEBHOOK_SECRET", "whsec_1"), ("LISTEN_ADDR", "127.0.0.1:0")];
    for (name, value) in [
        ("SANDBOX_API_KEY", None),
        ("SANDBOX_WEBHOOK_SECRET", Some("")),
        ("LISTEN_ADDR", Some("nowhere")),
        ("SANDBOX_WEBHOOK_URL", Some("localhost:1")),
    ] {
        let mut command = program();
        command.envs(set).env_remove(name).envs(value.map(|value| (name, value)));
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{name}: {said}");
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[tokio::test]
async fn the_program_serves_until_it_is_told_to_stop_and_a_killed_one_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("http://{port}{path}");
    for (signal, code) in [("-KILL", None), ("-TERM", Some(0)), ("-INT", Some(0))] {
        let mut command = program();
        command.env("LISTEN_ADDR", port.to_string()).env("SANDBOX_API_KEY", API_KEY);
        command.env("SANDBOX_WEBHOOK_SECRET", "whsec_1").env("SANDBOX_STATE_FILE", folder.path().join("state.json"));
        let mut child = command.spawn().unwrap();
        for tries in 0.. {
            let answer = http.get(url("/healthz")).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            assert!(tries < 200, "it does not serve");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let form = [("amount", "100"), ("currency", "eur"), ("payment_method", "pm_card_visa"), ("confirm", "true")];
        let paid = http.post(url("/v1/payment_intents")).bearer_auth(API_KEY).form(&form).send().await.unwrap();
        assert_eq!(paid.status(), 200);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || {
            let ended = child.wait().unwrap();
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            (ended.code(), said)
        });
        let (ended, said) = ended.await.unwrap();
        assert_eq!(ended, code, "{signal}: {said}");
        assert!(!said.contains(API_KEY), "{said}");
    }
    let text = std::fs::read_to_string(folder.path().join("state.json")).unwrap();
    assert_eq!(text.matches("\"status\":\"succeeded\",\"card\"").count(), 3, "{text}");
}
