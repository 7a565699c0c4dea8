//! The payment provider: its faults, its ledger, and the bank's check.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use super::eventually;
use crate::story::Charge;

/// How long callbacks may take to be delivered once everything is whole.
const DELIVERED_MAX: Duration = Duration::from_secs(30);

/// The sandbox of one mesh.
#[derive(Debug, Clone)]
pub struct Sandbox {
    http: Client,
    url: String,
}

impl Sandbox {
    pub fn new(http: Client, url: String) -> Self {
        Self { http, url }
    }

    /// Breaks it so from now on; what is not named is whole.
    pub async fn faults(&self, faults: &Value) {
        let order = self.http.put(format!("{}/sandbox/faults", self.url)).json(faults);
        order.send().await.unwrap().error_for_status().unwrap();
    }

    /// What it took and gave back.
    pub async fn charges(&self) -> Vec<Charge> {
        let ledger = self.ledger().await;
        let intents = ledger["intents"].as_array().unwrap().iter().map(|intent| Charge {
            intent: intent["id"].as_str().unwrap().to_owned(),
            event: intent["metadata"]["usher_event_id"].as_str().and_then(|id| id.parse().ok()),
            booking: intent["metadata"]["usher_booking_id"].as_str().and_then(|id| id.parse().ok()),
            taken: intent["amount_received"].as_i64().unwrap(),
            returned: intent["amount_refunded"].as_i64().unwrap(),
        });
        intents.collect()
    }

    /// Sends every callback once more, and waits until all are delivered.
    pub async fn redeliver(&self) {
        let before: usize = self.deliveries().await.iter().sum();
        let again = self.http.post(format!("{}/sandbox/webhooks/redeliver", self.url)).json(&json!({}));
        let sent: Value = again.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        let sent = usize::try_from(sent["redelivered"].as_u64().unwrap()).unwrap();
        eventually("callbacks that come again are taken", DELIVERED_MAX, async || {
            self.deliveries().await.iter().sum::<usize>() >= before + sent
        })
        .await;
    }

    /// The customer passes the bank's check, or fails it. Whether the bank hears of it is up to the faults.
    pub async fn check(&self, redirect_url: &str, outcome: &str) {
        let _ = self.http.post(redirect_url).form(&[("outcome", outcome)]).send().await;
    }

    /// How often each event was taken by the webhook.
    async fn deliveries(&self) -> Vec<usize> {
        let ledger = self.ledger().await;
        let taken = |delivery: &&Value| delivery["status"] == 200;
        let events = ledger["events"].as_array().unwrap().iter();
        events.map(|event| event["deliveries"].as_array().unwrap().iter().filter(taken).count()).collect()
    }

    async fn ledger(&self) -> Value {
        self.http.get(format!("{}/sandbox/ledger", self.url)).send().await.unwrap().json().await.unwrap()
    }
}
