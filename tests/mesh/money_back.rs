//! Money that does not go the usual way: charges and refunds that nobody hears of for a day, and refunds that the provider
//! can't pay out. INVARIANT I2, I3.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{API_KEY, Client, Event, Mesh, PRICE, Process, WAITING_ROOM_SECRET, WEBHOOK_SECRET};

/// A reconciler that looks all the time.
const RESTLESS: [(&str, &str); 2] = [("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")];

async fn booked(customer: &Client, tickets: &[i64], card: &str) -> Value {
    let reservation = customer.hold(tickets).await;
    let booking = customer.book(&reservation, card).await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    booking
}

fn give_back(booking: &Value, tickets: &[i64]) -> Value {
    json!({"booking_id": booking["booking_id"], "ticket_ids": tickets})
}

fn settle(booking: &Value) -> Value {
    json!({"booking_id": booking["booking_id"], "reason": "in cash, at the desk"})
}

async fn find(customer: &Client, booking: &Value) -> Value {
    let id = booking["booking_id"].as_str().unwrap();
    customer.get(&format!("/v1/booking/{id}")).await.ok()["booking"].clone()
}

/// How a booking stands, what goes back of it and what of that has failed.
fn owed(booking: &Value) -> [&str; 3] {
    ["status", "refunded_amount", "refund_failed_amount"].map(|field| booking[field].as_str().unwrap())
}

async fn stand(mesh: &Mesh, event: &Event, statuses: &[&str]) {
    let what = format!("{statuses:?}");
    mesh.eventually(&what, || async { mesh.database.bookings(event).await == statuses }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_at_the_provider_is_owed_until_the_house_settles_it() {
    let mesh = Mesh::start_with(&RESTLESS).await;
    let (admin, event) = mesh.on_sale("Closed account", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_refundFail").await;
    let all = (2 * PRICE).to_string();

    let cancelled = ann.post("/v1/cancel", &give_back(&booking, &[])).await.ok();
    assert_eq!(cancelled["refund_amount"], all.as_str());
    stand(&mesh, &event, &["REFUNDING"]).await;
    assert_eq!(owed(&find(&ann, &booking).await), ["REFUNDING", &all, &all]);
    assert_eq!(mesh.sandbox.taken().await, 2 * PRICE, "the money is here again");
    mesh.audit().await;

    // Doubled and out of order: nothing happens twice, and nobody tells the provider again.
    mesh.sandbox.redeliver().await;
    mesh.eventually("all callbacks are done", || async {
        let (stored, done) = mesh.database.callbacks().await;
        stored == done
    })
    .await;
    assert_eq!(owed(&find(&ann, &booking).await), ["REFUNDING", &all, &all]);
    assert_eq!(mesh.sandbox.ledger().await["refunds"].as_array().unwrap().len(), 1);

    ann.post("/v1/boxoffice/refund", &settle(&booking)).await.refused(403, "FORBIDDEN");
    let settled = admin.post("/v1/boxoffice/refund", &settle(&booking)).await.ok();
    assert_eq!(settled["settled_amount"], all.as_str());
    assert_eq!(owed(&settled["booking"]), ["REFUNDED", &all, "0"]);
    let again = admin.post("/v1/boxoffice/refund", &settle(&booking)).await.ok();
    assert_eq!(again["settled_amount"], "0");
    let log = mesh.database.box_office(&event).await;
    assert_eq!(log, [("SETTLE".to_owned(), "in cash, at the desk".to_owned())]);

    // The provider's other word for the same failure, late: what the house settled stays settled.
    let failed = mesh.sandbox.failed_refund().await;
    let late = json!({"id": "evt_late", "type": "charge.refund.updated", "data": {"object": failed}});
    mesh.callback(&late).await.ok();
    assert_eq!(owed(&find(&ann, &booking).await), ["REFUNDED", &all, "0"]);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_refund_of_some_seats_leaves_the_others_booked() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("In part", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_refundFail").await;
    let part = PRICE.to_string();
    ann.post("/v1/cancel", &give_back(&booking, &event.tickets[..1])).await.ok();
    mesh.eventually("the refund has failed", || async {
        owed(&find(&ann, &booking).await) == ["BOOKED", &part, &part]
    })
    .await;
    let settled = admin.post("/v1/boxoffice/refund", &settle(&booking)).await.ok();
    assert_eq!(owed(&settled["booking"]), ["BOOKED", &part, "0"]);
    assert_eq!(settled["booking"]["ticket_ids"], json!([event.tickets[1].to_string()]));
    mesh.audit().await;
    mesh.stop().await;
}

/// The provider forgets idempotency keys after a day: asking again could charge twice, so the payment is searched for.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_nobody_heard_of_for_a_day_is_found() {
    let mesh = Mesh::start_with(&RESTLESS).await;
    let (_, event) = mesh.on_sale("Lost answer", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    // Every charge is done, and its answer and its callback are lost: only looking tells.
    mesh.sandbox.faults(&json!({"drop_after_acting": true, "lose_webhooks": true})).await;
    let pending = ann.book(&reservation, "pm_card_visa").await.ok();
    assert_eq!(pending["booking"]["status"], "PENDING");
    mesh.database.age_by_a_day(&event).await;
    stand(&mesh, &event, &["BOOKED"]).await;
    assert_eq!(mesh.sandbox.ledger().await["intents"].as_array().unwrap().len(), 1);
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_never_reached_the_provider_fails_after_a_day_and_takes_nothing() {
    let mesh = Mesh::start_with(&RESTLESS).await;
    let (_, event) = mesh.on_sale("Never charged", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    mesh.sandbox.faults(&json!({"answer_500": true})).await;
    let pending = ann.book(&reservation, "pm_card_visa").await.ok();
    assert_eq!(pending["booking"]["status"], "PENDING");
    mesh.database.age_by_a_day(&event).await;
    mesh.sandbox.faults(&json!({})).await;
    stand(&mesh, &event, &["FAILED"]).await;
    let found = find(&ann, &pending["booking"]).await;
    assert_eq!(found["failure"], "never_charged");
    assert_eq!(mesh.sandbox.taken().await, 0);
    // The hour of the hold is not over: it can be paid for anew.
    booked(&ann, &event.tickets, "pm_card_visa").await;
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_nobody_heard_of_for_a_day_is_found_and_not_given_twice() {
    let mesh = Mesh::start_with(&RESTLESS).await;
    let (_, event) = mesh.on_sale("Lost refund", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_visa").await;
    mesh.sandbox.faults(&json!({"drop_after_acting": true})).await;
    ann.post("/v1/cancel", &give_back(&booking, &[])).await.ok();
    assert_eq!(mesh.database.bookings(&event).await, ["REFUNDING"]);
    mesh.database.age_by_a_day(&event).await;
    stand(&mesh, &event, &["REFUNDED"]).await;
    assert_eq!(mesh.sandbox.ledger().await["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(mesh.sandbox.taken().await, 0);
    mesh.audit().await;
    mesh.stop().await;
}

/// A refund whose answer the version before lost: it told the provider nothing but payment and amount.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_version_before_asked_for_is_not_given_twice() {
    // The reconciler leaves it alone until it is told that its time has come.
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "100"), ("reconcile-after-ms", "600000")]).await;
    let (_, event) = mesh.on_sale("Upgraded", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_visa").await;
    mesh.sandbox.faults(&json!({"answer_500": 1})).await;
    ann.post("/v1/cancel", &give_back(&booking, &event.tickets[..1])).await.ok();
    let intent = booking["payment_intent_id"].as_str().unwrap();
    mesh.sandbox.refund(intent, PRICE, mesh.database.refund_under_way(&event).await.unwrap()).await;
    // Somebody gives as much back by hand, for a reason of their own: that is not this refund.
    mesh.sandbox.refund(intent, PRICE, Uuid::new_v4()).await;
    mesh.database.age_by_a_day(&event).await;
    mesh.eventually("nothing is owed", || async { mesh.database.refund_under_way(&event).await.is_none() }).await;
    assert_eq!(mesh.sandbox.ledger().await["refunds"].as_array().unwrap().len(), 2);
    mesh.audit().await;
    mesh.stop().await;
}

/// A booking-svc process of its own on the mesh's data, whose reconciler looks all the time.
fn restless(mesh: &Mesh) -> Process {
    let of = |name| mesh.services.iter().find(|(service, _)| *service == name).unwrap().1.as_str();
    let told = [
        ("DATABASE_URL", &*mesh.database.primary()),
        ("REDIS_URL", &mesh.redis),
        ("SEAT_FEED", "mesh"),
        ("WAITING_ROOM_SECRETS", WAITING_ROOM_SECRET),
        ("ACCOUNT_URL", of("account")),
        ("TICKET_SIGNING_KEY_FILE", &mesh.ticket_key_file()),
        ("PAYMENT_URL", mesh.sandbox.url()),
        ("PAYMENT_API_KEY", API_KEY),
        ("PAYMENT_WEBHOOK_SECRETS", WEBHOOK_SECRET),
        ("RECONCILE_EVERY_MS", "100"),
        ("RECONCILE_AFTER_MS", "200"),
    ];
    Process::start("booking-svc", &told)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_person_is_counted_until_it_is_done() {
    // Only the process that is asked looks after anything.
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "3600000")]).await;
    let (admin, event) = mesh.on_sale("Counted", 2).await;
    let ann = mesh.customer("ann").await;
    let closed = booked(&ann, &event.tickets[..1], "pm_card_refundFail").await;
    ann.post("/v1/cancel", &give_back(&closed, &[])).await.ok();
    let poor = booked(&ann, &event.tickets[1..], "pm_card_visa").await;
    mesh.sandbox.faults(&json!({"answer_500": true})).await;
    ann.post("/v1/cancel", &give_back(&poor, &[])).await.ok();
    stand(&mesh, &event, &["REFUNDING", "REFUNDING"]).await;

    let process = restless(&mesh);
    // One failed; the other has only waited for a moment, until a day has passed.
    process.until("booking_refunds_stuck", &[], 1.0).await;
    mesh.database.age_by_a_day(&event).await;
    process.until("booking_refunds_stuck", &[], 2.0).await;
    admin.post("/v1/boxoffice/refund", &settle(&closed)).await.ok();
    process.until("booking_refunds_stuck", &[], 1.0).await;
    mesh.sandbox.faults(&json!({})).await;
    process.until("booking_refunds_stuck", &[], 0.0).await;
    assert_eq!(mesh.database.bookings(&event).await, ["REFUNDED", "REFUNDED"]);
    mesh.audit().await;
    mesh.stop().await;
}
