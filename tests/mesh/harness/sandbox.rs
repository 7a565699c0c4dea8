//! The payment provider's back room: what it took, and its faults.

use serde_json::Value;
use uuid::Uuid;

use super::{Answer, mesh::API_KEY};

/// The sandbox of one mesh.
pub struct Sandbox {
    http: reqwest::Client,
    url: String,
}

impl Sandbox {
    pub fn new(http: reqwest::Client, url: String) -> Self {
        Self { http, url }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything the provider knows.
    pub async fn ledger(&self) -> Value {
        self.send(self.http.get(format!("{}/sandbox/ledger", self.url))).await.ok()
    }

    /// What was taken less what was given back, in minor units.
    pub async fn taken(&self) -> i64 {
        let ledger = self.ledger().await;
        let sum = |field: &str| -> i64 {
            ledger["intents"].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum()
        };
        sum("amount_received") - sum("amount_refunded")
    }

    /// Breaks it from now on.
    pub async fn faults(&self, faults: &Value) {
        self.send(self.http.put(format!("{}/sandbox/faults", self.url)).json(faults)).await.ok();
    }

    /// The refund of which the provider told last that it failed, as it tells it.
    pub async fn failed_refund(&self) -> Value {
        let ledger = self.ledger().await;
        let failed = ledger["refunds"].as_array().unwrap().iter().rfind(|refund| refund["status"] == "failed").unwrap();
        let id = failed["id"].as_str().unwrap();
        self.send(self.http.get(format!("{}/v1/refunds/{id}", self.url)).bearer_auth(API_KEY)).await.ok()
    }

    /// Sends every callback again.
    pub async fn redeliver(&self) {
        self.send(self.http.post(format!("{}/sandbox/webhooks/redeliver", self.url)).json(&serde_json::json!({})))
            .await
            .ok();
    }

    /// Somebody gives money of a payment back, who says no more of it than that.
    pub async fn refund(&self, intent: &str, amount: i64, key: Uuid) {
        let form = [("payment_intent", intent.to_owned()), ("amount", amount.to_string())];
        let request = self.http.post(format!("{}/v1/refunds", self.url)).bearer_auth(API_KEY).form(&form);
        self.send(request.header("idempotency-key", key.to_string())).await.ok();
    }

    /// The customer passes the bank's check of a payment.
    pub async fn approve(&self, redirect_url: &str) {
        let status = self.answer_bank(redirect_url).await;
        assert!(status < 400, "{status}");
    }

    /// The customer answers the bank's page as if to pass its check, also where there is nothing left to check; answers
    /// the HTTP status.
    pub async fn answer_bank(&self, redirect_url: &str) -> u16 {
        self.http.post(redirect_url).form(&[("outcome", "approve")]).send().await.unwrap().status().as_u16()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let asked = format!("{} {}", request.method(), request.url());
        Answer::read(asked, self.http.execute(request).await.unwrap()).await
    }
}
