//! The box office: house seats, door sales, moving a guest; under the same rules as everybody else.

use serde_json::json;

use crate::harness::{Mesh, PRICE};

#[tokio::test(flavor = "multi_thread")]
async fn house_seats_are_kept_back_and_put_on_sale_again() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("House", 4).await;
    let ann = mesh.customer("ann").await;
    ann.hold(&event.tickets[3..]).await;
    let block = |tickets: &[i64], unblock: bool| json!({"ticket_ids": tickets, "unblock": unblock, "reason": "press"});

    let both = [event.tickets[2], event.tickets[3]];
    admin.post("/v1/boxoffice/block", &block(&both, false)).await.refused(409, "SEAT_TAKEN");
    let done = admin.post("/v1/boxoffice/block", &block(&event.tickets[..2], false)).await.ok();
    assert_eq!(done["changed"], 2);
    ann.sees(&event, event.tickets[0], "RESERVED").await;
    ann.reserve(&event.tickets[..1]).await.refused(409, "SEAT_TAKEN");
    assert_eq!(admin.post("/v1/boxoffice/block", &block(&event.tickets[..2], false)).await.ok()["changed"], 0);
    assert_eq!(admin.post("/v1/boxoffice/block", &block(&event.tickets[..1], true)).await.ok()["changed"], 1);
    ann.hold(&event.tickets[..1]).await;
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_sold_at_the_door_once() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Door", 4).await;
    let ann = mesh.customer("ann").await;
    let sale = |tickets: &[i64], payment: &str, request_id: &str| json!({"ticket_ids": tickets, "payment": payment, "user_id": ann.user_id, "request_id": request_id});
    let sold =
        admin.post("/v1/boxoffice/sell", &sale(&event.tickets[..2], "CASH", "d-1")).await.ok()["booking"].clone();
    assert_eq!((&sold["status"], &sold["amount"]), (&json!("BOOKED"), &json!((2 * PRICE).to_string())));
    let again = admin.post("/v1/boxoffice/sell", &sale(&event.tickets[..2], "CASH", "d-1")).await.ok();
    assert_eq!(again["booking"]["booking_id"], sold["booking_id"], "I5");
    let other = sale(&event.tickets[..2], "COMPLIMENTARY", "d-2");
    admin.post("/v1/boxoffice/sell", &other).await.refused(409, "SEAT_TAKEN");
    let gift = admin.post("/v1/boxoffice/sell", &sale(&event.tickets[2..3], "COMPLIMENTARY", "d-3")).await.ok();
    assert_eq!(gift["booking"]["amount"], "0");
    let unpaid = json!({"ticket_ids": [event.tickets[3]]});
    admin.post("/v1/boxoffice/sell", &unpaid).await.refused(400, "INVALID_ARGUMENT").naming("payment");

    assert_eq!(mesh.sandbox.ledger().await["intents"], json!([]), "no provider at the door");
    assert_eq!(ann.get("/v1/bookings").await.ok()["total_count"], "2");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_guest_gets_in_with_the_new_ticket_only() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Moved", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets[..1]).await;
    let booking = ann.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    bob.hold(&event.tickets[1..2]).await;
    let to = |seat: usize| {
        json!({
            "booking_id": booking["booking_id"], "from_ticket_id": event.tickets[0],
            "to_ticket_id": event.tickets[seat], "reason": "broken chair",
        })
    };
    admin.post("/v1/boxoffice/reseat", &to(1)).await.refused(409, "SEAT_TAKEN");
    let moved = admin.post("/v1/boxoffice/reseat", &to(2)).await.ok()["booking"].clone();
    assert_eq!(moved["ticket_ids"], json!([event.tickets[2].to_string()]));
    assert_eq!(moved["amount"], booking["amount"], "what was paid stays");
    bob.sees(&event, event.tickets[0], "AVAILABLE").await;

    let old = json!({"token": booking["admissions"][0]["token"]});
    admin.post("/v1/checkin", &old).await.refused(400, "NOT_BOOKED");
    let new = json!({"token": moved["admissions"][0]["token"]});
    let admitted = admin.post("/v1/checkin", &new).await.ok();
    assert_eq!(admitted["ticket_id"], event.tickets[2].to_string());
    mesh.audit().await;
    mesh.stop().await;
}
