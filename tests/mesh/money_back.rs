//! Money that does not go the usual way: charges and refunds that nobody hears of for a day, and refunds that the provider
//! can't pay out. INVARIANT I2, I3.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{API_KEY, Client, Event, Mesh, PRICE, Process, WAITING_ROOM_SECRET, WEBHOOK_SECRET};

/// A reconciler that looks all the time.
const RESTLESS: [(&str, &str); 2] = [("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")];
/// One that leaves everything alone until it is said that its time has come.
const PATIENT: [(&str, &str); 2] = [("reconcile-every-ms", "100"), ("reconcile-after-ms", "600000")];

async fn booked(customer: &Client, tickets: &[i64], card: &str) -> Value {
    let reservation = customer.hold(tickets).await;
    let booking = customer.book(&reservation, card).await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    booking
}

fn give_back(booking: &Value, tickets: &[i64]) -> Value {
    json!({"booking_id": booking["booking_id"], "ticket_ids": tickets})
}

fn settle(booking: &Value, amount: i64) -> Value {
    json!({"booking_id": booking["booking_id"], "amount": amount, "reason": "in cash, at the desk"})
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

    ann.post("/v1/boxoffice/refund", &settle(&booking, 2 * PRICE)).await.refused(403, "FORBIDDEN");
    admin.post("/v1/boxoffice/refund", &settle(&booking, PRICE)).await.refused(400, "INVALID_ARGUMENT");
    let settled = admin.post("/v1/boxoffice/refund", &settle(&booking, 2 * PRICE)).await.ok();
    assert_eq!(owed(&settled["booking"]), ["REFUNDED", &all, "0"]);
    // Two desks can't both have paid.
    admin.post("/v1/boxoffice/refund", &settle(&booking, 2 * PRICE)).await.refused(400, "INVALID_ARGUMENT");
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
    let settled = admin.post("/v1/boxoffice/refund", &settle(&booking, PRICE)).await.ok();
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
    mesh.database.age(&event).await;
    stand(&mesh, &event, &["BOOKED"]).await;
    assert_eq!(mesh.sandbox.ledger().await["intents"].as_array().unwrap().len(), 1);
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_never_reached_the_provider_fails_after_a_day_and_takes_nothing() {
    let mesh = Mesh::start_with(&PATIENT).await;
    let (_, event) = mesh.on_sale("Never charged", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    mesh.sandbox.faults(&json!({"answer_500": true})).await;
    let pending = ann.book(&reservation, "pm_card_visa").await.ok();
    assert_eq!(pending["booking"]["status"], "PENDING");
    mesh.sandbox.faults(&json!({})).await;
    mesh.database.age(&event).await;
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
    let mesh = Mesh::start_with(&PATIENT).await;
    let (_, event) = mesh.on_sale("Lost refund", 3).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_visa").await;
    // Two of the same amount, and the answers of both are lost.
    mesh.sandbox.faults(&json!({"drop_after_acting": true})).await;
    for ticket in &event.tickets[..2] {
        ann.post("/v1/cancel", &give_back(&booking, &[*ticket])).await.ok();
    }
    assert_eq!(mesh.database.refunds_under_way(&event).await.len(), 2);
    mesh.sandbox.faults(&json!({"forget_keys": true})).await;
    mesh.database.age(&event).await;
    mesh.eventually("nothing is owed", || async { mesh.database.refunds_under_way(&event).await.is_empty() }).await;
    assert_eq!(mesh.sandbox.ledger().await["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

/// A refund whose answer the version before lost: it told the provider nothing but payment and amount.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_version_before_asked_for_is_not_given_twice() {
    let mesh = Mesh::start_with(&PATIENT).await;
    let (_, event) = mesh.on_sale("Upgraded", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets, "pm_card_visa").await;
    mesh.sandbox.faults(&json!({"answer_500": 1})).await;
    ann.post("/v1/cancel", &give_back(&booking, &event.tickets[..1])).await.ok();
    let intent = booking["payment_intent_id"].as_str().unwrap();
    mesh.sandbox.refund(intent, PRICE, mesh.database.refunds_under_way(&event).await[0]).await;
    // Somebody gives as much back by hand, for a reason of their own: that is not this refund.
    mesh.sandbox.refund(intent, PRICE, Uuid::new_v4()).await;
    mesh.database.age(&event).await;
    mesh.eventually("nothing is owed", || async { mesh.database.refunds_under_way(&event).await.is_empty() }).await;
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
    mesh.database.age(&event).await;
    process.until("booking_refunds_stuck", &[], 2.0).await;
    admin.post("/v1/boxoffice/refund", &settle(&closed, PRICE)).await.ok();
    process.until("booking_refunds_stuck", &[], 1.0).await;
    // What the provider goes on refusing can be given another way as well; it is not asked any more then.
    assert_eq!(owed(&find(&ann, &poor).await)[2], PRICE.to_string());
    admin.post("/v1/boxoffice/refund", &settle(&poor, PRICE)).await.ok();
    process.until("booking_refunds_stuck", &[], 0.0).await;
    assert_eq!(mesh.sandbox.taken().await, 2 * PRICE);
    assert_eq!(mesh.database.bookings(&event).await, ["REFUNDED", "REFUNDED"]);
    mesh.audit().await;
    mesh.stop().await;
}
