//! Holds: how they end, and what they keep.

use serde_json::json;

use crate::harness::{Mesh, PRICE};

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_hold_is_anybodys() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Lapse", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let seat = event.tickets[0];
    let lapsed = ann.hold(&[seat]).await;
    bob.reserve(&[seat]).await.refused(409, "SEAT_TAKEN");

    mesh.database.lapse_holds(&event).await;
    ann.sees(&event, seat, "AVAILABLE").await;
    ann.book(&lapsed, "pm_card_visa").await.refused(400, "HOLD_EXPIRED");
    let taken = bob.hold(&[seat]).await;
    ann.book(&lapsed, "pm_card_visa").await.refused(400, "HOLD_EXPIRED");
    let seat_itself = json!({"ticket_id": seat, "card_info": {"payment_method": "pm_card_visa"}});
    ann.post("/v1/book", &seat_itself).await.refused(400, "NOT_RESERVED");
    assert_eq!(mesh.sandbox.taken().await, 0);
    assert_eq!(bob.book(&taken, "pm_card_visa").await.ok()["booking"]["status"], "BOOKED");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_lasts_as_long_as_the_house_says() {
    let mesh = Mesh::start_with(&[("hold-seconds", "1")]).await;
    let (_, event) = mesh.on_sale("Short", 1).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    ann.hold(&event.tickets).await;
    mesh.eventually("the hold lapses by the database's clock", || async {
        bob.reserve(&event.tickets).await.status == 200
    })
    .await;
    assert_eq!(mesh.database.rows(&event).await[0].reserved_by, Some(bob.user_id));
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_seat_is_free_at_once() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Release", 2).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets).await;
    let release = json!({"reservation_id": reservation["reservation_id"]});
    bob.post("/v1/release", &release).await.refused(403, "FORBIDDEN");
    bob.reserve(&event.tickets).await.refused(409, "SEAT_TAKEN");
    ann.post("/v1/release", &release).await.ok();
    bob.sees(&event, event.tickets[0], "AVAILABLE").await;
    bob.hold(&event.tickets).await;
    mesh.stop().await;
}

/// I4: a payment that is under way keeps its seats, however long it takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_flight_keeps_its_seats() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("In flight", 1).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets).await;
    let booking = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "PENDING");
    let redirect = booking["next_action"]["redirect_url"].as_str().unwrap();

    mesh.database.lapse_holds(&event).await;
    bob.sees(&event, event.tickets[0], "RESERVED").await;
    bob.reserve(&event.tickets).await.refused(409, "SEAT_TAKEN");
    let release = json!({"reservation_id": reservation["reservation_id"]});
    ann.post("/v1/release", &release).await.refused(400, "PAYMENT_IN_PROGRESS");

    mesh.sandbox.approve(redirect).await;
    let path = format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap());
    mesh.eventually("the booking is BOOKED", || async { ann.get(&path).await.ok()["booking"]["status"] == "BOOKED" })
        .await;
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}
