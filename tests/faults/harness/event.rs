//! An event on sale, put there by an admin through the edge.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Mesh;

/// What every seat costs, in minor units.
const PRICE: i64 = 1_500;

/// An event on sale.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its name, which no other has.
    pub name: String,
    /// Its tickets, ascending.
    pub tickets: Vec<i64>,
}

impl Event {
    /// One of `seats` seats, in a theatre of its own.
    pub async fn on_sale(mesh: &Mesh, seats: usize) -> Self {
        let name = format!("Fault{}", Uuid::new_v4().simple());
        let layout: Vec<_> =
            (1..=seats).map(|n| json!({"seat_no": format!("A{n}"), "row": "A", "price": PRICE})).collect();
        let body = json!({
            "theater_name": name, "city": "Testville", "time_zone": "Europe/London",
            "screens": [{"screen_name": "One", "seats": layout}],
        });
        let theater = mesh.post_as_admin("/v1/update/theater", &body).await["theater"].clone();
        let start_time = (mesh.clock.database_now() + TimeDelta::days(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = json!({
            "event_name": name, "theater_id": theater["theater_id"], "screen_id": theater["screens"][0]["screen_id"],
            "start_time": start_time, "currency": "GBP",
        });
        let id = id(&mesh.post_as_admin("/v1/update/event", &body).await["event"]["event_id"]);
        let mut tickets = mesh.database.tickets(id).await;
        tickets.sort_unstable();
        assert_eq!(tickets.len(), seats);
        Self { id, name, tickets }
    }
}

/// 64-bit numbers travel as strings.
fn id(value: &Value) -> i64 {
    value.as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {value}"))
}
