//! Somebody at the edge, with or without a token.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, Event, house};

/// One person's client.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    edge: String,
    /// The account's id; 0 without one.
    pub user_id: i64,
    /// The auth token; `None` without one.
    pub token: Option<String>,
}

impl Client {
    /// Somebody without an account.
    pub fn guest(http: reqwest::Client, edge: &str) -> Self {
        Self { http, edge: edge.to_owned(), user_id: 0, token: None }
    }

    /// The same connection as somebody else.
    pub fn with_token(&self, user_id: i64, token: impl Into<String>) -> Self {
        Self { user_id, token: Some(token.into()), ..self.clone() }
    }

    /// A request to build upon.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.edge));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends what was built.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let asked = format!("{} {}", request.method(), request.url());
        Answer::read(asked, self.http.execute(request).await.unwrap()).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// POST of bytes that claim to be JSON.
    pub async fn post_bytes(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(Method::POST, path).header("content-type", "application/json").body(body)).await
    }

    /// Reserves seats.
    pub async fn reserve(&self, tickets: &[i64]) -> Answer {
        self.post("/v1/reserve", &json!({"ticket_ids": tickets})).await
    }

    /// Books a reservation.
    pub async fn book(&self, reservation: &Value, payment_method: &str) -> Answer {
        let body = json!({
            "reservation_id": reservation["reservation_id"],
            "card_info": {"payment_method": payment_method},
        });
        self.post("/v1/book", &body).await
    }

    /// Reserves seats, and expects to get them.
    #[track_caller]
    pub fn hold(&self, tickets: &[i64]) -> impl Future<Output = Value> + Send {
        let (client, tickets) = (self.clone(), tickets.to_vec());
        async move { client.reserve(&tickets).await.ok()["reservation"].clone() }
    }

    /// The event's tickets as a customer sees them.
    pub async fn seats(&self, event: &Event) -> Vec<Value> {
        let answer = self.get(&format!("/v1/event/{}", event.id)).await.ok();
        answer["tickets"].as_array().unwrap().clone()
    }

    /// Waits until one seat stands so, as a customer sees it: who looks is a moment behind who buys.
    pub async fn sees(&self, event: &Event, ticket: i64, status: &str) {
        for _ in 0..400 {
            if self.seat_status(event, ticket).await == status {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never: {ticket} is {status}");
    }

    /// How one seat stands, as a customer sees it.
    pub async fn seat_status(&self, event: &Event, ticket: i64) -> String {
        let seats = self.seats(event).await;
        let seat = seats.iter().find(|seat| house::id(&seat["ticket_id"]) == ticket).unwrap();
        seat["status"].as_str().unwrap().to_owned()
    }
}
