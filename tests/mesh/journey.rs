//! A customer's evening, from the search to the door, through REST alone.

use serde_json::{Value, json};

use crate::harness::{Mesh, PRICE};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_search_to_the_door() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("The Winter's Tale", 12).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);

    let me = ann.get("/v1/me").await.ok();
    assert_eq!((&me["email"], &me["role"]), (&json!("ann@example.org"), &json!("CUSTOMER")));

    let found = mesh.guest().get("/v1/search?query=winter%20TALE").await.ok();
    assert_eq!((&found["total_count"], &found["page"], &found["total_pages"]), (&json!("1"), &json!(1), &json!(1)));
    let hit = &found["events"][0];
    assert_eq!(hit["event_id"], event.id.to_string());
    assert_eq!(hit["event_name"], "The Winter's Tale");
    assert_eq!((&hit["total_ticket_count"], &hit["remaining_ticket_count"]), (&json!(12), &json!(12)));
    assert_eq!((&hit["price_from"], &hit["currency"]), (&json!(PRICE.to_string()), &json!("GBP")));

    let seats = &event.tickets[2..5];
    let reservation = ann.hold(seats).await;
    assert_eq!(reservation["amount"], (3 * PRICE).to_string());
    assert_eq!(reservation["event_id"], event.id.to_string());
    assert!(reservation["expires_at"].as_str().unwrap() > crate::harness::in_days(0).as_str());
    bob.sees(&event, seats[0], "RESERVED").await;
    let refused = bob.reserve(&[seats[0], event.tickets[0]]).await.refused(409, "SEAT_TAKEN");
    assert_eq!(refused.metadata("ticket_id"), seats[0].to_string());
    bob.sees(&event, event.tickets[0], "AVAILABLE").await;

    let booking = ann.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!((&booking["status"], &booking["amount"]), (&json!("BOOKED"), &json!((3 * PRICE).to_string())));
    bob.sees(&event, seats[0], "BOOKED").await;
    assert_eq!(mesh.sandbox.taken().await, 3 * PRICE);

    let shown = mesh.guest().get(&format!("/v1/event/{}", event.id)).await.ok();
    assert_eq!(shown["event"]["remaining_ticket_count"], 9);
    let listed = ann.get("/v1/bookings").await.ok();
    assert_eq!(listed["total_count"], "1");
    assert_eq!(listed["bookings"][0]["booking_id"], booking["booking_id"]);
    let path = format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap());
    assert_eq!(ann.get(&path).await.ok()["booking"]["status"], "BOOKED");
    bob.get(&path).await.refused(404, "UNKNOWN_BOOKING");

    let tokens: Vec<_> = booking["admissions"].as_array().unwrap().iter().map(|guest| guest["token"].clone()).collect();
    assert_eq!(tokens.len(), 3);
    let admitted = admin.post("/v1/checkin", &json!({"token": tokens[0]})).await.ok();
    assert_eq!(admitted["ticket_id"], seats[0].to_string());
    admin.post("/v1/checkin", &json!({"token": tokens[0]})).await.refused(400, "ALREADY_ADMITTED");
    admin.post("/v1/checkin", &json!({"token": tokens[1]})).await.ok();

    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_again_gets_the_same_answer() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Twice", 2).await;
    let ann = mesh.customer("ann").await;
    let reserve = json!({"ticket_id": event.tickets[0], "request_id": "r-1"});
    let first = ann.post("/v1/reserve", &reserve).await.ok();
    assert_eq!(ann.post("/v1/reserve", &reserve).await.ok(), first, "I5; I4: nor is the hold extended");

    let book = json!({
        "ticket_id": event.tickets[0], "card_info": {"payment_method": "pm_card_visa"}, "request_id": "b-1",
    });
    let answers = futures::future::join_all((0..8).map(|_| ann.post("/v1/book", &book))).await;
    let booked: Vec<Value> = answers.into_iter().map(|answer| answer.ok()["booking"]["booking_id"].clone()).collect();
    assert!(booked.iter().all(|id| *id == booked[0]), "I5: {booked:?}");
    assert_eq!(mesh.sandbox.taken().await, PRICE, "I5: charged once");
    mesh.audit().await;
    mesh.stop().await;
}
