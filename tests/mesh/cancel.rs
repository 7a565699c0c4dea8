//! Giving bookings back: on the event's terms, once, with the money's way to its end.

use serde_json::{Value, json};

use crate::harness::{Client, Event, Mesh, PRICE, in_days};

async fn booked(mesh: &Mesh, customer: &Client, tickets: &[i64]) -> Value {
    let reservation = customer.hold(tickets).await;
    let booking = customer.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    assert!(mesh.sandbox.taken().await >= PRICE);
    booking
}

fn cancel(booking: &Value) -> Value {
    json!({"booking_id": booking["booking_id"]})
}

async fn set_policy(admin: &Client, event: &Event, minutes_before: i64, fee_percent: i64) {
    let policy = json!({"minutes_before": minutes_before, "fee_percent": fee_percent});
    let body = json!({"event_id": event.id, "cancel_policy": policy});
    let changed = admin.post("/v1/update/event", &body).await.ok();
    assert_eq!(changed["event"]["cancel_policy"], policy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_given_back_frees_its_seats_at_once_and_its_money() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Given back", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let booking = booked(&mesh, &ann, &event.tickets[..2]).await;
    bob.post("/v1/cancel", &cancel(&booking)).await.refused(404, "UNKNOWN_BOOKING");

    let cancelled = ann.post("/v1/cancel", &cancel(&booking)).await.ok();
    assert_eq!(cancelled["refund_amount"], (2 * PRICE).to_string());
    assert_eq!(cancelled["fee"], "0");
    assert_eq!(cancelled["booking"]["status"], "REFUNDED");
    assert_eq!(cancelled["booking"]["refunded_amount"], (2 * PRICE).to_string());
    assert_eq!(mesh.sandbox.taken().await, 0);
    bob.sees(&event, event.tickets[0], "AVAILABLE").await;
    ann.post("/v1/cancel", &cancel(&booking)).await.refused(400, "NOT_BOOKED");

    booked(&mesh, &bob, &event.tickets[..2]).await;
    let stale = json!({"token": booking["admissions"][0]["token"]});
    admin.post("/v1/checkin", &stale).await.refused(400, "NOT_BOOKED");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_seats_are_given_back_less_the_fee_and_the_others_stay() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("In part", 4).await;
    set_policy(&admin, &event, 30, 15).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&mesh, &ann, &event.tickets[..3]).await;
    let fee = PRICE * 15 / 100;

    let part = json!({"booking_id": booking["booking_id"], "ticket_ids": [event.tickets[1]], "request_id": "c-1"});
    let cancelled = ann.post("/v1/cancel", &part).await.ok();
    assert_eq!(cancelled["refund_amount"], (PRICE - fee).to_string());
    assert_eq!(cancelled["fee"], fee.to_string());
    assert_eq!(cancelled["booking"]["status"], "BOOKED");
    let kept = [event.tickets[0].to_string(), event.tickets[2].to_string()];
    assert_eq!(cancelled["booking"]["ticket_ids"], json!(kept));
    assert_eq!(ann.post("/v1/cancel", &part).await.ok(), cancelled, "I5: the same answer, and nothing twice");
    let other = json!({"booking_id": booking["booking_id"], "ticket_ids": [event.tickets[0]], "request_id": "c-1"});
    ann.post("/v1/cancel", &other).await.refused(400, "REQUEST_ID_REUSED");
    let gone = json!({"booking_id": booking["booking_id"], "ticket_ids": [event.tickets[1]]});
    ann.post("/v1/cancel", &gone).await.refused(400, "NOT_BOOKED");
    assert_eq!(mesh.sandbox.taken().await, 3 * PRICE - (PRICE - fee));
    mesh.audit().await;

    let rest = ann.post("/v1/cancel", &cancel(&booking)).await.ok();
    assert_eq!(rest["booking"]["status"], "REFUNDED");
    assert_eq!(mesh.sandbox.taken().await, 3 * fee, "parts cost what the whole does");
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_terms_bind_customers_and_not_the_house() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Too late", 3).await;
    // The event is tomorrow.
    set_policy(&admin, &event, 60 * 48, 50).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&mesh, &ann, &event.tickets).await;
    let refused = ann.post("/v1/cancel", &cancel(&booking)).await.refused(400, "CANCELLATION_CLOSED");
    assert!(refused.metadata("closed_at") < in_days(0).as_str());
    ann.sees(&event, event.tickets[0], "BOOKED").await;
    assert_eq!(mesh.sandbox.taken().await, 3 * PRICE);

    let admitted = json!({"token": booking["admissions"][0]["token"]});
    admin.post("/v1/checkin", &admitted).await.ok();
    let whole = json!({"booking_id": booking["booking_id"], "reason": "the show is off"});
    admin.post("/v1/cancel", &whole).await.refused(400, "ALREADY_ADMITTED");
    let others = json!({"booking_id": booking["booking_id"], "ticket_ids": &event.tickets[1..], "reason": "ill"});
    let cancelled = admin.post("/v1/cancel", &others).await.ok();
    assert_eq!(cancelled["refund_amount"], (2 * PRICE).to_string(), "without a fee, at any time");
    mesh.audit().await;
    mesh.stop().await;
}

/// I2: what the provider can't take now is not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_provider_refuses_is_tried_until_it_takes_it() {
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")]).await;
    let (_, event) = mesh.on_sale("Provider down", 1).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let booking = booked(&mesh, &ann, &event.tickets).await;
    mesh.sandbox.faults(&json!({"answer_500": true})).await;
    let cancelled = ann.post("/v1/cancel", &cancel(&booking)).await.ok();
    assert_eq!(cancelled["booking"]["status"], "REFUNDING");
    bob.sees(&event, event.tickets[0], "AVAILABLE").await;
    mesh.audit().await;

    // Given back, but the answer is lost: asking again gives nothing twice.
    mesh.sandbox.faults(&json!({"drop_after_acting": 1})).await;
    mesh.eventually("the money is back", || async { mesh.database.bookings(&event).await == ["REFUNDED"] }).await;
    assert_eq!(mesh.sandbox.taken().await, 0);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_give_the_same_booking_back_at_once_are_paid_once() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Twice at once", 4).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&mesh, &ann, &event.tickets).await;
    let answers = futures::future::join_all((0..8).map(|n| {
        let part = json!({"booking_id": booking["booking_id"], "ticket_ids": [event.tickets[n % 4]]});
        let ann = ann.clone();
        async move { ann.post("/v1/cancel", &part).await }
    }))
    .await;
    let given: Vec<_> = answers.iter().filter(|answer| answer.reason() == "OK").collect();
    assert_eq!(given.len(), 4, "each seat once: {answers:?}");
    assert!(answers.iter().all(|answer| ["OK", "NOT_BOOKED"].contains(&answer.reason())));
    mesh.eventually("the money is back", || async { mesh.database.bookings(&event).await == ["REFUNDED"] }).await;
    assert_eq!(mesh.sandbox.taken().await, 0);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_id_gives_one_booking_back_also_at_once() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("One id", 10).await;
    let ann = mesh.customer("ann").await;
    let mut given = 0;
    for pair in event.tickets.chunks(2) {
        let (first, second) = (booked(&mesh, &ann, &pair[..1]).await, booked(&mesh, &ann, &pair[1..]).await);
        let request_id = format!("c-{}", pair[0]);
        let wish = |booking: &Value| json!({"booking_id": booking["booking_id"], "request_id": request_id});
        let (first, second) = (wish(&first), wish(&second));
        let answers = futures::join!(ann.post("/v1/cancel", &first), ann.post("/v1/cancel", &second));
        let mut told = [answers.0.reason(), answers.1.reason()];
        told.sort_unstable();
        assert_eq!(told, ["OK", "REQUEST_ID_REUSED"]);
        given += PRICE;
    }
    mesh.eventually("the money is back", || async { mesh.sandbox.taken().await == 10 * PRICE - given }).await;
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_callback_gives_nothing_back_that_the_house_keeps() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("All kept", 1).await;
    set_policy(&admin, &event, 30, 100).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&mesh, &ann, &event.tickets).await;
    let cancelled = ann.post("/v1/cancel", &cancel(&booking)).await.ok();
    assert_eq!(cancelled["booking"]["status"], "CANCELLED");
    assert_eq!((&cancelled["refund_amount"], &cancelled["fee"]), (&json!("0"), &json!(PRICE.to_string())));
    let intent = mesh.sandbox.ledger().await["intents"][0].clone();
    let late = json!({"id": "evt_late", "type": "payment_intent.succeeded", "data": {"object": intent}});
    mesh.callback(&late).await.ok();
    assert_eq!(mesh.database.bookings(&event).await, ["CANCELLED"]);
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_cancellations_are_refused_and_change_nothing() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Bad", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&mesh, &ann, &event.tickets).await;
    let before = mesh.database.fingerprint().await;
    for id in ["", "bkg_x", "rsv_aaaa", "bkg_4444444444444444444444444444444444444444"] {
        ann.post("/v1/cancel", &json!({"booking_id": id})).await.refused(404, "UNKNOWN_BOOKING");
    }
    mesh.guest().post("/v1/cancel", &cancel(&booking)).await.refused(401, "UNAUTHENTICATED");
    let with = |tickets: Value| json!({"booking_id": booking["booking_id"], "ticket_ids": tickets});
    let twice = with(json!([event.tickets[0], event.tickets[0]]));
    ann.post("/v1/cancel", &twice).await.refused(400, "INVALID_ARGUMENT").naming("ticket_ids");
    ann.post("/v1/cancel", &with(json!([(event.id + 1) << 20 | 1]))).await.refused(400, "NOT_BOOKED");
    for policy in [json!({"minutes_before": -1}), json!({"fee_percent": 101})] {
        let body = json!({"event_id": event.id, "cancel_policy": policy});
        admin.post("/v1/update/event", &body).await.refused(400, "INVALID_ARGUMENT");
    }
    assert_eq!(mesh.database.fingerprint().await, before);
    mesh.stop().await;
}
