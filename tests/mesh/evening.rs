//! An evening in which everything is asked once that services ask of the database: what customers, the house and the door
//! do, one after the other.

use serde_json::{Value, json};

use crate::harness::{Client, Event, Mesh, house, in_days};

/// Plays it; answers the event.
pub async fn play(mesh: &Mesh) -> Event {
    let (admin, event) = mesh.on_sale("The Winter's Tale", 16).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    edits(&admin, &event).await;
    looks(mesh, &event).await;
    sales(&admin, &ann, &bob, &event).await;
    doors(&admin, &ann, &event).await;
    money_back(mesh, &admin, &ann, &event).await;
    sessions(mesh).await;
    event
}

async fn edits(admin: &Client, event: &Event) {
    let policy = json!({"minutes_before": 30, "fee_percent": 10});
    let change = json!({"event_id": event.id, "description": "In Sicilia and Bohemia.", "cancel_policy": policy});
    admin.post("/v1/update/event", &change).await.ok();
    let tickets = json!({"event_id": event.id, "ticket_list": [{"seat_no": "A1", "price": 1_600}, {"seat_no": "B1", "price": 900}]});
    admin.post("/v1/update/ticket", &tickets).await.ok();
    let (theater, _) = house::theater(admin, "The Other House", 2).await;
    let renamed = json!({"theater_id": theater, "theater_name": "The Other Place", "city": "Testville"});
    admin.post("/v1/update/theater", &renamed).await.ok();
}

async fn looks(mesh: &Mesh, event: &Event) {
    let guest = mesh.guest();
    for path in [
        "/v1/search?query=winter&facets=true".to_owned(),
        "/v1/search?query=wintr".to_owned(),
        format!("/v1/search?from={}", in_days(0)),
        "/v1/suggest?query=win".to_owned(),
        "/v1/theaters".to_owned(),
        format!("/v1/event/{}", event.id),
    ] {
        guest.get(&path).await.ok();
    }
}

async fn book(customer: &Client, reservation: &Value) -> Value {
    let booking = customer.book(reservation, "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    booking
}

async fn sales(admin: &Client, ann: &Client, bob: &Client, event: &Event) {
    let again = json!({"ticket_ids": event.tickets[..2], "request_id": "r-1"});
    for _ in 0..2 {
        ann.post("/v1/reserve", &again).await.ok();
    }
    bob.reserve(&event.tickets[1..3]).await.refused(409, "SEAT_TAKEN");
    let held = ann.hold(&event.tickets[2..3]).await;
    ann.post("/v1/release", &json!({"reservation_id": held["reservation_id"]})).await.ok();

    let both =
        json!({"ticket_ids": event.tickets[..2], "card_info": {"payment_method": "pm_card_visa"}, "request_id": "b-1"});
    let booking = ann.post("/v1/book", &both).await.ok()["booking"].clone();
    ann.post("/v1/book", &both).await.ok();
    ann.get(&format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap())).await.ok();
    ann.get("/v1/bookings").await.ok();
    let part = json!({"booking_id": booking["booking_id"], "ticket_ids": [event.tickets[0]], "request_id": "c-1"});
    ann.post("/v1/cancel", &part).await.ok();

    let best = json!({"event_id": event.id, "quantity": 2});
    let reservation = bob.post("/v1/reserve/best", &best).await.ok()["reservation"].clone();
    assert_eq!(bob.book(&reservation, "pm_card_chargeDeclined").await.reason(), "PAYMENT_DECLINED");
    book(bob, &reservation).await;

    let block = |unblock: bool| json!({"ticket_ids": event.tickets[12..14], "unblock": unblock, "reason": "press"});
    admin.post("/v1/boxoffice/block", &block(false)).await.ok();
    admin.post("/v1/boxoffice/block", &block(true)).await.ok();
    let cash =
        json!({"ticket_ids": event.tickets[14..15], "payment": "CASH", "user_id": ann.user_id, "request_id": "d-1"});
    admin.post("/v1/boxoffice/sell", &cash).await.ok();
    for path in [
        format!("/v1/event/{}/taken", event.id),
        format!("/v1/sales?event_ids={}", event.id),
        format!("/v1/events?event_ids={}", event.id),
        "/v1/bookings/find?email=ann@example.org".to_owned(),
        format!("/v1/bookings/find?event_id={}&seat_number=A15", event.id),
    ] {
        admin.get(&path).await.ok();
    }
}

async fn doors(admin: &Client, ann: &Client, event: &Event) {
    let booking = book(ann, &ann.hold(&event.tickets[10..11]).await).await;
    let (booking_id, ticket) = (booking["booking_id"].as_str().unwrap(), event.tickets[10]);
    ann.get(&format!("/v1/booking/{booking_id}/ticket/{ticket}")).await;
    let moved = json!({"booking_id": booking_id, "from_ticket_id": ticket, "to_ticket_id": event.tickets[11], "reason": "a pillar"});
    let moved = admin.post("/v1/boxoffice/reseat", &moved).await.ok()["booking"].clone();
    admin.post("/v1/checkin", &json!({"token": moved["admissions"][0]["token"]})).await.ok();
}

/// A guest whose bank takes nothing back, and the house that pays them in cash.
async fn money_back(mesh: &Mesh, admin: &Client, ann: &Client, event: &Event) {
    let reservation = ann.hold(&event.tickets[12..13]).await;
    let booking = ann.book(&reservation, "pm_card_refundFail").await.ok()["booking"].clone();
    let cancelled = ann.post("/v1/cancel", &json!({"booking_id": booking["booking_id"]})).await.ok();
    let settle =
        json!({"booking_id": booking["booking_id"], "amount": cancelled["refund_amount"], "reason": "in cash"});
    mesh.eventually("the refund has failed and is settled", || async {
        admin.post("/v1/boxoffice/refund", &settle).await.reason() == "OK"
    })
    .await;
}

async fn sessions(mesh: &Mesh) {
    let credentials = json!({"email": "ann@example.org", "password": "correct horse"});
    let first = mesh.guest().post("/v1/login", &credentials).await.ok();
    let next = mesh.guest().post("/v1/refresh", &json!({"refresh_token": first["refresh_token"]})).await.ok();
    let ann = mesh.guest().with_token(house::id(&next["user_id"]), next["auth_token"].as_str().unwrap());
    ann.get("/v1/me").await.ok();
    mesh.guest().post("/v1/logout", &json!({"refresh_token": next["refresh_token"], "everywhere": true})).await.ok();
}
