//! What a house puts on sale, made as an admin makes it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Client;

/// What every seat costs that a test doesn't price itself, in minor units.
pub const PRICE: i64 = 1_500;

/// An event on sale.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its tickets, ascending.
    pub tickets: Vec<i64>,
}

/// A time some days from now, as the contract writes it; negative days are past.
pub fn in_days(days: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test decides nothing by it: it only needs a day ahead or behind")]
    let now: DateTime<Utc> = Utc::now();
    (now + TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An id in an answer: 64-bit numbers travel as strings.
#[track_caller]
pub fn id(value: &Value) -> i64 {
    value.as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {value}"))
}

/// A theatre of one screen, with one row of `seats`: A1, A2, …; answers `(theater_id, screen_id)`.
pub async fn theater(admin: &Client, name: &str, seats: usize) -> (i64, i64) {
    let layout: Vec<_> = (1..=seats)
        .map(|n| json!({"seat_no": format!("A{n}"), "section": "Stalls", "row": "A", "x": n, "y": 0, "price": PRICE}))
        .collect();
    let body = json!({
        "theater_name": name, "city": "Testville", "time_zone": "Europe/London",
        "screens": [{"screen_name": "One", "seats": layout}],
    });
    let theater = admin.post("/v1/update/theater", &body).await.ok()["theater"].clone();
    (id(&theater["theater_id"]), id(&theater["screens"][0]["screen_id"]))
}

/// An event tomorrow, in a theatre of its own.
pub async fn event(admin: &Client, name: &str, seats: usize) -> Event {
    let (theater_id, screen_id) = theater(admin, &format!("Theatre of {name}"), seats).await;
    let body = json!({
        "event_name": name, "description": "An evening.", "theater_id": theater_id, "screen_id": screen_id,
        "start_time": in_days(1), "currency": "GBP",
    });
    let event_id = id(&admin.post("/v1/update/event", &body).await.ok()["event"]["event_id"]);
    let mut event = Event { id: event_id, tickets: Vec::new() };
    let tickets = admin.seats(&event).await;
    event.tickets = tickets.iter().map(|ticket| id(&ticket["ticket_id"])).collect();
    event.tickets.sort_unstable();
    assert_eq!(event.tickets.len(), seats);
    event
}
