//! A customer's evening against a running mesh, over REST alone, step by step. Ends at the first surprise.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{
    error::Error,
    ready::{Login, Ready},
    terminal::say,
};

/// How long one answer may take.
const ANSWER_MAX: std::time::Duration = std::time::Duration::from_secs(20);
/// How long the callback may take that books what is PENDING.
const BOOKED_MAX: u32 = 100;
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

/// Plays it.
pub(crate) async fn play(ready: &Ready) -> Result<(), Error> {
    let mut customer = Customer { http: Client::new(), edge: ready.edge.clone(), token: None, step: "search" };
    let event = customer.search().await?;
    let seat = customer.view(&event).await?;
    customer.log_in(&ready.customer).await?;
    let reservation = customer.reserve(&seat).await?;
    customer.be_declined(&reservation, &event, &seat).await?;
    customer.book(&reservation).await?;
    customer.look_again(&event, &seat).await?;
    say("The seat is sold, paid and the customer's. `make audit` checks the books.");
    Ok(())
}

struct Customer {
    http: Client,
    edge: String,
    token: Option<String>,
    /// What is being done, for the error that may end it.
    step: &'static str,
}

impl Customer {
    async fn search(&mut self) -> Result<Value, Error> {
        self.step("search");
        let found = self.get("/v1/search").await?;
        let event = found["events"].as_array().and_then(|events| {
            let sells = |event: &&Value| event["remaining_ticket_count"].as_i64().is_some_and(|left| left > 0);
            events.iter().find(sells).cloned()
        });
        let event = event.ok_or_else(|| self.surprise("no event has a free seat"))?;
        say(format!(
            "search    {} events; the next with seats left is {} at {}, {}",
            text(&found["total_count"]),
            text(&event["event_name"]),
            text(&event["theater_name"]),
            text(&event["start_time"]),
        ));
        Ok(event)
    }

    async fn view(&mut self, event: &Value) -> Result<Value, Error> {
        self.step("view");
        let shown = self.event(event).await?;
        let tickets = shown["tickets"].as_array().cloned().unwrap_or_default();
        let free = tickets.iter().find(|ticket| ticket["status"] == "AVAILABLE");
        let seat = free.ok_or_else(|| self.surprise("no seat is AVAILABLE"))?.clone();
        say(format!(
            "view      {} of {} seats are free; {} costs {}",
            shown["event"]["remaining_ticket_count"],
            tickets.len(),
            text(&seat["seat_number"]),
            money(&seat["price"], &event["currency"]),
        ));
        Ok(seat)
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Error> {
        self.step("log in");
        let account = self.post("/v1/login", json!({"email": login.email, "password": login.password})).await?;
        self.token = account["auth_token"].as_str().map(ToOwned::to_owned);
        say(format!("log in    as {}", login.email));
        Ok(())
    }

    async fn reserve(&mut self, seat: &Value) -> Result<Value, Error> {
        self.step("reserve");
        let body = json!({"ticket_id": seat["ticket_id"]});
        let reservation = self.post("/v1/reserve", body).await?["reservation"].clone();
        let (seat, until) = (text(&seat["seat_number"]), text(&reservation["expires_at"]));
        say(format!("reserve   {seat} is held until {until}"));
        Ok(reservation)
    }

    async fn be_declined(&mut self, reservation: &Value, event: &Value, seat: &Value) -> Result<(), Error> {
        self.step("book with a bad card");
        let (status, answer) = self.pay(reservation, "pm_card_chargeDeclined").await?;
        let reason = &answer["details"][0]["reason"];
        if status != 400 || reason != "PAYMENT_DECLINED" {
            return Err(self.surprise(format!("expected PAYMENT_DECLINED, not {status} {answer}")));
        }
        self.expect_seat(event, seat, "RESERVED").await?;
        say(format!("book      with a bad card: {}", text(&answer["message"])));
        Ok(())
    }

    async fn book(&mut self, reservation: &Value) -> Result<(), Error> {
        self.step("book");
        let (status, answer) = self.pay(reservation, "pm_card_visa").await?;
        if status != 200 {
            return Err(self.surprise(format!("{status} {answer}")));
        }
        let mut booking = answer["booking"].clone();
        say(format!("book      {} with {}", text(&booking["booking_id"]), text(&booking["payment_intent_id"])));
        self.step("callback");
        let path = format!("/v1/booking/{}", text(&booking["booking_id"]));
        for _ in 0..BOOKED_MAX {
            if booking["status"] != "PENDING" {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
            booking = self.get(&path).await?["booking"].clone();
        }
        if booking["status"] != "BOOKED" {
            return Err(self.surprise(format!("the booking is {}", booking["status"])));
        }
        say("callback  the provider's signed word came");
        say(format!("BOOKED    {} paid", money(&booking["amount"], &booking["currency"])));
        Ok(())
    }

    async fn look_again(&mut self, event: &Value, seat: &Value) -> Result<(), Error> {
        self.step("look again");
        self.expect_seat(event, seat, "BOOKED").await
    }

    async fn expect_seat(&self, event: &Value, seat: &Value, status: &str) -> Result<(), Error> {
        let shown = self.event(event).await?;
        let tickets = shown["tickets"].as_array().cloned().unwrap_or_default();
        let found = tickets.iter().find(|ticket| ticket["ticket_id"] == seat["ticket_id"]);
        match found.is_some_and(|ticket| ticket["status"] == status) {
            true => Ok(()),
            false => Err(self.surprise(format!("the seat is not {status}: {found:?}"))),
        }
    }

    async fn event(&self, event: &Value) -> Result<Value, Error> {
        self.get(&format!("/v1/event/{}", text(&event["event_id"]))).await
    }

    async fn pay(&self, reservation: &Value, method: &str) -> Result<(u16, Value), Error> {
        let reservation = &reservation["reservation_id"];
        let body = json!({"reservation_id": reservation, "card_info": {"payment_method": method}});
        self.send(Method::POST, "/v1/book", Some(body)).await
    }

    async fn get(&self, path: &str) -> Result<Value, Error> {
        self.succeed(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, Error> {
        self.succeed(Method::POST, path, Some(body)).await
    }

    async fn succeed(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Error> {
        match self.send(method, path, body).await? {
            (200, answer) => Ok(answer),
            (status, answer) => Err(self.surprise(format!("{path}: {status} {answer}"))),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value), Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.edge)).timeout(ANSWER_MAX);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|error| self.surprise(error.to_string()))?;
        let status = answer.status().as_u16();
        let json = answer.json().await.map_err(|error| self.surprise(format!("{status}: {error}")))?;
        Ok((status, json))
    }

    fn step(&mut self, step: &'static str) {
        self.step = step;
    }

    fn surprise(&self, why: impl Into<String>) -> Error {
        Error::Journey { step: self.step, why: why.into() }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

/// Minor units, as they are: how many of them make a major one depends on the currency.
fn money(amount: &Value, currency: &Value) -> String {
    format!("{} {}", text(amount), text(currency))
}
