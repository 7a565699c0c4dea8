//! What the house sees of its own sales: figures, who has which seat, whose booking it is, and layouts to edit.

use serde_json::json;

use crate::harness::{Mesh, PRICE};

#[tokio::test(flavor = "multi_thread")]
async fn the_house_sees_how_an_event_sells() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Figures", 6).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let booked = ann.book(&ann.hold(&event.tickets[..2]).await, "pm_card_visa").await.ok()["booking"].clone();
    bob.hold(&event.tickets[2..3]).await;
    admin.post("/v1/boxoffice/block", &json!({"ticket_ids": [event.tickets[3]], "reason": "press"})).await.ok();
    let some = json!({"booking_id": booked["booking_id"], "ticket_ids": [event.tickets[1]]});
    ann.post("/v1/cancel", &some).await.ok();
    let ticket = ann.get(&format!("/v1/booking/{}", booked["booking_id"].as_str().unwrap())).await.ok();
    admin.post("/v1/checkin", &json!({"token": ticket["booking"]["admissions"][0]["token"]})).await.ok();

    let path = format!("/v1/sales?event_ids={}&event_ids=999", event.id);
    let sales = admin.get(&path).await.ok()["sales"].clone();
    let figures = json!([{
        "event_id": event.id.to_string(), "free": 3, "held": 1, "blocked": 1, "sold": 1, "admitted": 1,
        "revenue": PRICE.to_string(), "refunded": PRICE.to_string(), "currency": sales[0]["currency"],
    }]);
    assert_eq!(sales, figures, "an event that there is not is left out");
    ann.get(&path).await.refused(403, "FORBIDDEN");
    admin.get("/v1/sales").await.refused(400, "INVALID_ARGUMENT").naming("event_ids");

    let taken = admin.get(&format!("/v1/event/{}/taken", event.id)).await.ok()["seats"].clone();
    let taken: Vec<_> = taken.as_array().unwrap().iter().map(|seat| (&seat["state"], &seat["admitted"])).collect();
    let expected = [(json!("BOOKED"), json!(true)), (json!("HELD"), json!(false)), (json!("BLOCKED"), json!(false))];
    assert_eq!(taken, expected.iter().map(|(state, admitted)| (state, admitted)).collect::<Vec<_>>());
    ann.get(&format!("/v1/event/{}/taken", event.id)).await.refused(403, "FORBIDDEN");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_house_finds_a_guests_booking() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Found", 4).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    ann.book(&ann.hold(&event.tickets[..2]).await, "pm_card_visa").await.ok();
    bob.book(&bob.hold(&event.tickets[2..3]).await, "pm_card_visa").await.ok();
    let me = ann.get("/v1/me").await.ok();
    let (name, email) = (me["user_name"].as_str().unwrap(), me["email"].as_str().unwrap());

    let at_event = admin.get(&format!("/v1/bookings/find?event_id={}", event.id)).await.ok();
    assert_eq!((&at_event["total_count"], at_event["bookings"].as_array().unwrap().len()), (&json!("2"), 2));
    let path = format!("/v1/bookings/find?event_id={}&email={}", event.id, email.to_uppercase());
    let anns = admin.get(&path).await.ok()["bookings"].clone();
    let found = &anns[0];
    assert_eq!(
        (anns.as_array().unwrap().len(), &found["user_name"], &found["email"]),
        (1, &json!(name), &json!(email))
    );
    assert_eq!((&found["event_name"], found["seat_numbers"].as_array().unwrap().len()), (&json!("Found"), 2));
    assert_eq!(found["booking"]["admissions"], json!([]), "who only looks gets no key to the door");

    let seat = found["seat_numbers"][0].as_str().unwrap();
    let by_seat = admin.get(&format!("/v1/bookings/find?event_id={}&seat_number={seat}", event.id)).await.ok();
    assert_eq!(by_seat["bookings"][0]["booking"]["booking_id"], found["booking"]["booking_id"]);
    let nobody = admin.get("/v1/bookings/find?email=nobody@x.example").await.ok();
    assert_eq!(nobody["total_count"], "0");
    admin.get("/v1/bookings/find").await.refused(400, "INVALID_ARGUMENT").naming("event_id");
    ann.get(&path).await.refused(403, "FORBIDDEN");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_without_their_seats() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Listed", 3).await;
    let ann = mesh.customer("ann").await;
    ann.hold(&event.tickets[..1]).await;
    let listed = ann.get(&format!("/v1/events?event_ids={}&event_ids=999", event.id)).await.ok()["events"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1, "an event that there is not is left out");
    let shown = ann.get(&format!("/v1/event/{}", event.id)).await.ok()["event"].clone();
    for same in ["event_id", "event_name", "theater_name", "start_time", "cancel_policy", "total_ticket_count"] {
        assert_eq!(listed[0][same], shown[same], "{same}");
    }
    assert_eq!(listed[0]["remaining_ticket_count"], 2);
    ann.get("/v1/events").await.refused(400, "INVALID_ARGUMENT").naming("event_ids");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layout_comes_back_as_it_was_written() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let seats = json!([
        {"seat_no": "A1", "section": "Stalls", "row": "A", "x": 0.5, "y": 1.0, "kind": "STANDARD", "price": "4500"},
        {"seat_no": "A2", "section": "Stalls", "row": "A", "x": 1.5, "y": 1.25, "kind": "WHEELCHAIR"},
    ]);
    let theater =
        json!({"theater_name": "Layout House", "city": "Bern", "screens": [{"screen_name": "One", "seats": seats}]});
    let made = admin.post("/v1/update/theater", &theater).await.ok()["theater"].clone();
    let screen_id = made["screens"][0]["screen_id"].as_str().unwrap();
    let got = admin.get(&format!("/v1/screen/{screen_id}")).await.ok();
    assert_eq!((&got["theater_id"], &got["screen"]["seat_count"]), (&made["theater_id"], &json!(2)));
    for (sent, kept) in seats.as_array().unwrap().iter().zip(got["screen"]["seats"].as_array().unwrap()) {
        for (field, value) in sent.as_object().unwrap() {
            assert_eq!(&kept[field], value, "{field}");
        }
    }
    mesh.customer("ann").await.get(&format!("/v1/screen/{screen_id}")).await.refused(403, "FORBIDDEN");
    admin.get("/v1/screen/999").await.refused(404, "UNKNOWN_SCREEN");
    mesh.stop().await;
}
