//! The best seats, chosen by the server: together, near, no single seat left over.

mod race;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Event, Mesh, Row, house::id, in_days};

const PRICE: i64 = 2_000;
const DEAR: i64 = 9_000;

/// An event in a house whose rows are written down: `o` a seat, `$` a dear one, `w` a wheelchair's place, `|` an aisle.
/// Seats are numbered from 0 in that order. The best are nearest to the middle of the first row.
async fn on_sale(admin: &Client, name: &str, sections: &[(&str, &[&str])]) -> Event {
    let (mut seats, mut y) = (Vec::new(), 0.0);
    for (section, rows) in sections {
        for row in *rows {
            let mut x = 0.0;
            for mark in row.chars() {
                if mark == '|' {
                    x += 1.5;
                    continue;
                }
                let kind = if mark == 'w' { "WHEELCHAIR" } else { "STANDARD" };
                seats.push(json!({
                    "seat_no": format!("{}", seats.len()), "section": section, "row": format!("row {y}"), "x": x,
                    "y": y, "kind": kind, "price": if mark == '$' { DEAR } else { PRICE },
                }));
                x += 1.0;
            }
            y += 2.0;
        }
    }
    let theater = json!({"theater_name": name, "screens": [
        {"screen_name": "One", "focal_x": 4.0, "focal_y": -2.0, "seats": seats},
    ]});
    let theater = admin.post("/v1/update/theater", &theater).await.ok()["theater"].clone();
    let event = json!({
        "event_name": name, "screen_id": theater["screens"][0]["screen_id"], "start_time": in_days(1),
        "currency": "GBP",
    });
    let event_id = id(&admin.post("/v1/update/event", &event).await.ok()["event"]["event_id"]);
    let mut event = Event { id: event_id, tickets: Vec::new() };
    event.tickets = admin.seats(&event).await.iter().map(|ticket| id(&ticket["ticket_id"])).collect();
    event.tickets.sort_unstable();
    event
}

async fn best(client: &Client, event: &Event, quantity: usize, more: Value) -> Answer {
    let mut body = json!({"event_id": event.id, "quantity": quantity});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/v1/reserve/best", &body).await
}

/// The numbers of a reservation's seats.
fn numbers(event: &Event, reservation: &Value) -> Vec<usize> {
    let tickets = reservation["ticket_ids"].as_array().unwrap().iter().map(id);
    tickets.map(|ticket| event.tickets.binary_search(&ticket).unwrap()).collect()
}

async fn chosen(client: &Client, event: &Event, quantity: usize, more: Value) -> Vec<usize> {
    numbers(event, &best(client, event, quantity, more).await.ok()["reservation"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_seats_are_together_and_near() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Near", &[("Stalls", &["ooooooooo", "ooooooooo"])]).await;
    let ann = mesh.customer("ann").await;
    let reservation = best(&ann, &event, 3, json!({})).await.ok()["reservation"].clone();
    assert_eq!(numbers(&event, &reservation), [3, 4, 5]);
    assert_eq!(reservation["amount"], (3 * PRICE).to_string());
    assert_eq!((&reservation["event_id"], &reservation["currency"]), (&json!(event.id.to_string()), &json!("GBP")));
    ann.sees(&event, event.tickets[4], "RESERVED").await;
    assert_eq!(chosen(&ann, &event, 3, json!({})).await, [0, 1, 2], "nearer than the middle of the row behind");
    assert_eq!(chosen(&ann, &event, 4, json!({})).await, [11, 12, 13, 14]);
    assert_eq!(ann.book(&reservation, "pm_card_visa").await.ok()["booking"]["status"], "BOOKED");
    assert_eq!(mesh.sandbox.taken().await, 3 * PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_single_seat_is_left_over_where_it_can_be_helped() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Orphans", &[("Stalls", &["ooooooooo", "ooooooooo"])]).await;
    let ann = mesh.customer("ann").await;
    // Three are left in the middle of the first row, and two in that of the second.
    let taken: Vec<_> = [0, 1, 2, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17].map(|n| event.tickets[n]).into();
    mesh.customer_number(1).hold(&taken[..7]).await;
    mesh.customer_number(2).hold(&taken[7..]).await;
    assert_eq!(chosen(&ann, &event, 2, json!({})).await, [12, 13]);
    assert_eq!(chosen(&ann, &event, 2, json!({})).await, [3, 4], "it can't be helped");
    assert_eq!(chosen(&ann, &event, 1, json!({})).await, [5]);
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_taken_apart_only_when_asked() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Apart", &[("Stalls", &["ooo|ooo", "o|oo|ooo"])]).await;
    let ann = mesh.customer("ann").await;
    let refused = best(&ann, &event, 4, json!({})).await.refused(400, "NOT_ENOUGH_SEATS");
    assert_eq!((refused.metadata("available"), refused.metadata("longest_run")), ("12", "3"));
    assert!(refused.body["message"].as_str().unwrap().contains("allow_split"), "{:#}", refused.body);
    assert!(mesh.database.rows(&event).await.iter().all(|row| row.status == Row::AVAILABLE));
    // Nobody alone; a pair that leaves no single seat, and the nearest other one.
    assert_eq!(chosen(&ann, &event, 4, json!({"allow_split": true})).await, [3, 4, 7, 8]);
    let refused = best(&ann, &event, 9, json!({"allow_split": true})).await.refused(400, "NOT_ENOUGH_SEATS");
    assert_eq!((refused.metadata("available"), refused.metadata("longest_run")), ("8", "3"));
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_free_for_everybody_is_chosen() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Only", &[("Stalls", &["ww$$oooo"]), ("Circle", &["oo"])]).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    assert_eq!(chosen(&ann, &event, 2, json!({"section": "Circle"})).await, [8, 9]);
    assert_eq!(chosen(&ann, &event, 2, json!({"max_price": PRICE})).await, [4, 5]);
    let block = json!({"ticket_ids": [event.tickets[6]], "reason": "press"});
    admin.post("/v1/boxoffice/block", &block).await.ok();
    let refused = best(&bob, &event, 2, json!({"max_price": PRICE.to_string()})).await;
    assert_eq!(refused.refused(400, "NOT_ENOUGH_SEATS").metadata("available"), "1");
    assert_eq!(chosen(&bob, &event, 2, json!({})).await, [2, 3], "never the wheelchairs' places");
    bob.hold(&event.tickets[..2]).await;

    mesh.database.lapse_holds(&event).await;
    assert_eq!(chosen(&bob, &event, 2, json!({"section": "Circle"})).await, [8, 9], "a lapsed hold is free");
    mesh.database.begin(&event).await;
    best(&bob, &event, 1, json!({})).await.refused(400, "EVENT_STARTED");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_seats_are_rows_too() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let barn = json!({"theater_name": "Barn", "screens": [{"screen_name": "Floor"}]});
    let barn = admin.post("/v1/update/theater", &barn).await.ok()["theater"].clone();
    let event = json!({
        "event_name": "Barn dance", "screen_id": barn["screens"][0]["screen_id"], "start_time": in_days(3),
        "currency": "EUR", "ticket_count": 30,
    });
    let event_id = id(&admin.post("/v1/update/event", &event).await.ok()["event"]["event_id"]);
    let mut event = Event { id: event_id, tickets: Vec::new() };
    event.tickets = (1..=30).map(|n| event_id << 20 | n).collect();
    for n in 0..3 {
        let seats = chosen(&mesh.customer_number(n), &event, 10, json!({})).await;
        assert!(seats[9] - seats[0] == 9 && seats[0] / 20 == seats[9] / 20, "{seats:?}");
    }
    best(&mesh.customer_number(3), &event, 1, json!({})).await.refused(400, "NOT_ENOUGH_SEATS");
    mesh.stop().await;
}

/// I5, also for many at once.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_chosen_for_once() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Again", &[("Stalls", &["ooooooooo"])]).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let wish = || json!({"request_id": "b-1"});
    let answers = join_all((0..8).map(|_| best(&ann, &event, 2, wish()))).await;
    let answers: Vec<_> = answers.into_iter().map(Answer::ok).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "I5; I4: nor is the hold extended: {answers:#?}");
    assert_eq!(best(&ann, &event, 2, wish()).await.ok(), answers[0]);
    best(&ann, &event, 3, wish()).await.refused(400, "REQUEST_ID_REUSED");
    assert_ne!(best(&bob, &event, 2, wish()).await.ok(), answers[0], "of somebody else, it is another request");
    ann.reserve(&event.tickets[..1]).await.ok();

    let booking = ann.book(&answers[0]["reservation"], "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    assert_eq!(best(&ann, &event, 2, wish()).await.ok(), answers[0], "and when it is paid");
    assert_eq!(mesh.database.rows(&event).await.iter().filter(|row| row.status != Row::AVAILABLE).count(), 5);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_wish_is_told_what_is_wrong_and_takes_nothing() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Bad", &[("Stalls", &["oooo"]), ("Circle", &["oooo"])]).await;
    let before = mesh.database.fingerprint().await;
    let ann = mesh.customer_number(1);
    let of = |change: Value| {
        let mut body = json!({"event_id": event.id, "quantity": 2});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    for (field, body) in [
        ("event_id", json!({"quantity": 2})),
        ("event_id", of(json!({"event_id": -3}))),
        ("quantity", json!({"event_id": event.id})),
        ("quantity", of(json!({"quantity": -1}))),
        ("quantity", of(json!({"quantity": 11}))),
        ("quantity", of(json!({"quantity": 1.5}))),
        ("max_price", of(json!({"max_price": -1}))),
        ("section", of(json!({"section": "x".repeat(201)}))),
        ("section", of(json!({"section": "stalls"}))),
        ("request_id", of(json!({"request_id": "a b"}))),
        ("allow_split", of(json!({"allow_split": "perhaps"}))),
        ("secton", of(json!({"secton": "Stalls"}))),
    ] {
        println!("{field}: {body}");
        let refused = ann.post("/v1/reserve/best", &body).await.refused(400, "INVALID_ARGUMENT").naming(field);
        if body["section"] == "stalls" {
            let said = refused.body["message"].as_str().unwrap();
            assert!(said.contains("Stalls") && said.contains("Circle"), "it names the sections: {said}");
        }
    }
    ann.post("/v1/reserve/best", &of(json!({"event_id": 999_999}))).await.refused(404, "UNKNOWN_EVENT");
    ann.post("/v1/reserve/best", &of(json!({"event_id": i64::MAX}))).await.refused(404, "UNKNOWN_EVENT");
    ann.post("/v1/reserve/best", &of(json!({"user_id": 424_242}))).await.refused(403, "FORBIDDEN");
    mesh.guest().post("/v1/reserve/best", &of(json!({}))).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(mesh.database.fingerprint().await, before);
    mesh.stop().await;
}
