//! What the house does to its events: making, changing, adding seats, repricing.

use serde_json::json;

use crate::harness::{Mesh, PRICE, house, in_days};

#[tokio::test(flavor = "multi_thread")]
async fn seats_are_added_and_repriced_while_people_buy() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Repriced", 4).await;
    let ann = mesh.customer("ann").await;
    let held = ann.hold(&event.tickets[..1]).await;
    let sold = ann.hold(&event.tickets[1..2]).await;
    ann.book(&sold, "pm_card_visa").await.ok();

    let list = json!({"event_id": event.id, "ticket_list": [
        {"seat_no": "A1", "price": 9_000}, {"seat_no": "A2", "price": "9000"}, {"seat_no": "A3", "price": 9_000},
        {"seat_no": "A4", "price": PRICE}, {"seat_no": "Box 1", "price": 20_000}, {"seat_no": "Box 2", "price": 0},
    ]});
    let done = admin.post("/v1/update/ticket", &list).await.ok();
    assert_eq!((&done["updated"], &done["added"]), (&json!(3), &json!(2)));
    let again = admin.post("/v1/update/ticket", &list).await.ok();
    assert_eq!((&again["updated"], &again["added"]), (&json!(0), &json!(0)), "nothing is done twice");

    let shown = mesh.guest().get(&format!("/v1/event/{}", event.id)).await.ok();
    assert_eq!(shown["event"]["total_ticket_count"], 6);
    assert_eq!((&shown["event"]["remaining_ticket_count"], &shown["event"]["price_from"]), (&json!(4), &json!("0")));
    let price = |seat_no: &str| {
        let seats = shown["tickets"].as_array().unwrap();
        let seat = seats.iter().find(|seat| seat["seat_number"] == seat_no).unwrap();
        (seat["status"].as_str().unwrap().to_owned(), seat["price"].as_str().unwrap().to_owned())
    };
    assert_eq!(price("A1"), ("RESERVED".to_owned(), PRICE.to_string()), "a held seat keeps its price");
    assert_eq!(price("A2"), ("BOOKED".to_owned(), PRICE.to_string()), "a booked one, too");
    assert_eq!(price("A3"), ("AVAILABLE".to_owned(), "9000".to_owned()));
    assert_eq!(price("A4"), ("AVAILABLE".to_owned(), PRICE.to_string()));
    assert_eq!(price("Box 1"), ("AVAILABLE".to_owned(), "20000".to_owned()));

    let booking = ann.book(&held, "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!(booking["amount"], PRICE.to_string(), "paid at the price it was taken at");
    let added = house::id(&shown["tickets"][4]["ticket_id"]);
    assert_eq!(ann.hold(&[added]).await["amount"], "20000");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_seat_is_booked_without_a_payment() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Free", 1).await;
    let list = json!({"event_id": event.id, "ticket_list": [{"seat_no": "A1", "price": 0}]});
    admin.post("/v1/update/ticket", &list).await.ok();
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    let book = json!({"reservation_id": reservation["reservation_id"]});
    assert_eq!(ann.post("/v1/book", &book).await.ok()["booking"]["status"], "BOOKED");
    assert_eq!(mesh.sandbox.ledger().await["intents"], json!([]));
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_event_is_seen() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Draft", 2).await;
    let before = mesh.guest().get(&format!("/v1/event/{}", event.id)).await.ok()["event"].clone();
    let start = in_days(9);
    let change = json!({
        "event_id": event.id, "event_name": "Final", "startTime": start, "cdn_link": "https://cdn.example.org/f.jpg",
    });
    let changed = admin.post("/v1/update/event", &change).await.ok()["event"].clone();
    assert_eq!((&changed["event_name"], &changed["start_time"]), (&json!("Final"), &json!(start)));
    for kept in ["description", "screen_id", "currency", "total_ticket_count"] {
        assert_eq!(changed[kept], before[kept], "{kept} was not named");
    }
    mesh.eventually("the replica shows the change", || async {
        mesh.guest().get(&format!("/v1/event/{}", event.id)).await.ok()["event"] == changed
    })
    .await;
    let fixed = json!({"event_id": event.id, "currency": "USD", "ticket_count": 5});
    admin
        .post("/v1/update/event", &fixed)
        .await
        .refused(400, "INVALID_ARGUMENT")
        .naming("currency")
        .naming("ticket_count");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_without_a_layout_sells_plain_seats() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let body = json!({"theater_name": "Barn", "screens": [{"screen_name": "Floor"}]});
    let theater = admin.post("/v1/update/theater", &body).await.ok()["theater"].clone();
    let mut new = json!({
        "event_name": "Barn dance", "screen_id": theater["screens"][0]["screen_id"], "start_time": in_days(3),
        "currency": "EUR",
    });
    admin.post("/v1/update/event", &new).await.refused(400, "INVALID_ARGUMENT").naming("ticket_count");
    new["ticket_count"] = json!(45);
    new["default_price"] = json!("700");
    let event = admin.post("/v1/update/event", &new).await.ok()["event"].clone();
    assert_eq!((&event["total_ticket_count"], &event["price_from"]), (&json!(45), &json!("700")));
    assert_eq!((&event["theater_name"], &event["time_zone"]), (&json!("Barn"), &json!("UTC")));
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_layout_changes_no_event_that_exists() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let (theater_id, screen_id) = house::theater(&admin, "Rebuilt", 3).await;
    let new =
        |name: &str| json!({"event_name": name, "screen_id": screen_id, "start_time": in_days(2), "currency": "GBP"});
    let first = admin.post("/v1/update/event", &new("Before")).await.ok()["event"].clone();
    let rebuilt = json!({"theater_id": theater_id, "screens": [{"screen_id": screen_id, "seats": [
        {"seat_no": "K1", "kind": "WHEELCHAIR"}, {"seat_no": "K2"},
    ]}]});
    admin.post("/v1/update/theater", &rebuilt).await.ok();
    let second = admin.post("/v1/update/event", &new("After")).await.ok()["event"].clone();
    assert_eq!((&first["total_ticket_count"], &second["total_ticket_count"]), (&json!(3), &json!(2)));
    let shown = admin.get(&format!("/v1/event/{}", house::id(&first["event_id"]))).await.ok();
    assert_eq!(shown["event"]["total_ticket_count"], 3);
    let theaters = mesh.guest().get("/v1/theaters").await.ok();
    assert_eq!(theaters["theaters"][0]["screens"][0]["seat_count"], 2);
    mesh.stop().await;
}
