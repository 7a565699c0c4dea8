//! The provider's side: cards that are declined, callbacks that come twice, forged, or never.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Mesh, PRICE, Row};

/// I3.
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_charges_nothing_and_keeps_the_seat() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Declined", 2).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets).await;
    for (card, code) in [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ] {
        let refused = ann.book(&reservation, card).await.refused(400, "PAYMENT_DECLINED");
        assert_eq!(refused.metadata("decline_code"), code);
        assert_eq!(refused.metadata("held_until")[..16], reservation["expires_at"].as_str().unwrap()[..16]);
    }
    assert_eq!(mesh.sandbox.taken().await, 0);
    let rows = mesh.database.rows(&event).await;
    assert!(rows.iter().all(|row| row.status == Row::RESERVED && row.reserved_by == Some(ann.user_id)), "{rows:?}");
    bob.reserve(&event.tickets).await.refused(409, "SEAT_TAKEN");

    // Each try is an attempt of its own, so that the provider doesn't take it for the one before.
    let booked = ann.book(&reservation, "pm_card_visa").await.ok();
    assert_eq!(booked["booking"]["status"], "BOOKED");
    assert_eq!(mesh.sandbox.taken().await, 2 * PRICE);
    assert_eq!(mesh.database.bookings(&event).await, ["FAILED", "FAILED", "BOOKED"]);
    mesh.audit().await;
    mesh.stop().await;
}

/// I5.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_again_changes_nothing() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Doubled", 1).await;
    let ann = mesh.customer("ann").await;
    mesh.sandbox.faults(&json!({"duplicate_webhooks": 100})).await;
    let reservation = ann.hold(&event.tickets).await;
    ann.book(&reservation, "pm_card_visa").await.ok();
    mesh.eventually("a callback is stored and done", || async {
        let (stored, done) = mesh.database.callbacks().await;
        stored > 0 && stored == done
    })
    .await;
    let (rows, callbacks) = (mesh.database.rows(&event).await, mesh.database.callbacks().await);
    mesh.sandbox.redeliver().await;
    mesh.sandbox.redeliver().await;
    assert_eq!(mesh.database.rows(&event).await, rows);
    assert_eq!(mesh.database.callbacks().await, callbacks, "the same event is stored once");
    assert_eq!(mesh.database.bookings(&event).await, ["BOOKED"]);
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_callback_is_refused() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Forged", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    let pending = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    let before = mesh.database.callbacks().await;
    let forged = json!({
        "id": "evt_forged", "type": "payment_intent.succeeded",
        "data": {"object": {"id": pending["payment_intent_id"], "status": "succeeded", "amount_received": PRICE}},
    });
    let signatures = [None, Some("t=1,v1=00"), Some("nonsense"), Some("t=99999999999,v1=aa"), Some("")];
    for signature in signatures {
        let mut request = mesh.guest().request(Method::POST, "/v1/payment/callback").json(&forged);
        if let Some(signature) = signature {
            request = request.header("stripe-signature", signature);
        }
        mesh.guest().send(request).await.refused(401, "UNAUTHENTICATED");
    }
    assert_eq!(mesh.database.callbacks().await, before, "a forged callback is not even stored");
    assert_eq!(mesh.database.bookings(&event).await, ["PENDING"]);
    mesh.stop().await;
}

/// I2: a callback that is lost is made good by asking.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_never_comes_is_not_missed() {
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")]).await;
    let (_, event) = mesh.on_sale("Lost", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    let booking = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    mesh.sandbox.faults(&json!({"lose_webhooks": 1000})).await;
    mesh.sandbox.approve(booking["next_action"]["redirect_url"].as_str().unwrap()).await;
    mesh.eventually("the reconciler finds the money", || async { mesh.database.bookings(&event).await == ["BOOKED"] })
        .await;
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

/// I2: the answer is lost after the money was taken; asking again with the same key does not take it twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_the_charge_is_not_a_second_charge() {
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")]).await;
    let (_, event) = mesh.on_sale("Dropped", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    mesh.sandbox.faults(&json!({"drop_after_acting": 1, "lose_webhooks": 1000})).await;
    let answer = ann.book(&reservation, "pm_card_visa").await.ok();
    assert!(["PENDING", "BOOKED"].contains(&answer["booking"]["status"].as_str().unwrap()), "{answer:#}");
    mesh.eventually("the booking is BOOKED", || async { mesh.database.bookings(&event).await == ["BOOKED"] }).await;
    assert_eq!(mesh.sandbox.taken().await, PRICE, "I2: charged once");
    mesh.audit().await;
    mesh.stop().await;
}
