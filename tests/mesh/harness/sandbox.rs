//! The payment provider's back room: what it took, and its faults.

use serde_json::Value;

use super::Answer;

/// The sandbox of one mesh.
pub struct Sandbox {
    http: reqwest::Client,
    url: String,
}

impl Sandbox {
    pub fn new(http: reqwest::Client, url: String) -> Self {
        Self { http, url }
    }

    /// Everything the provider knows.
    pub async fn ledger(&self) -> Value {
        self.send(self.http.get(format!("{}/sandbox/ledger", self.url))).await.ok()
    }

    /// What was taken less what was given back, in minor units.
    pub async fn taken(&self) -> i64 {
        let ledger = self.ledger().await;
        let sum = |list: &str, field: &str| -> i64 {
            ledger[list].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum()
        };
        sum("intents", "amount_received") - sum("refunds", "amount")
    }

    /// Breaks it from now on.
    pub async fn faults(&self, faults: &Value) {
        self.send(self.http.put(format!("{}/sandbox/faults", self.url)).json(faults)).await.ok();
    }

    /// Sends every callback again.
    pub async fn redeliver(&self) {
        self.send(self.http.post(format!("{}/sandbox/webhooks/redeliver", self.url)).json(&serde_json::json!({})))
            .await
            .ok();
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
