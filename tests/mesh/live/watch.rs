//! What watchers see, whoever changes a seat in whatever way.

use serde_json::json;
use tonic::Code;
use usher::contract::event::ticket::Status::{Available, Booked, Reserved};

use crate::harness::{Mesh, PRICE, Setting, Watch};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_does_another_sees() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Watched", 4).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    assert_eq!((bob.snapshots, bob.seats.len()), (1, 4));
    let both = &event.tickets[..2];

    let hold = ann.hold(both).await;
    bob.until(both, Reserved).await;
    ann.post("/v1/release", &json!({"reservation_id": hold["reservation_id"]})).await.ok();
    bob.until(both, Available).await;

    let hold = ann.hold(both).await;
    let booking = ann.book(&hold, "pm_card_visa").await.ok()["booking"].clone();
    bob.until(both, Booked).await;
    ann.post("/v1/cancel", &json!({"booking_id": booking["booking_id"]})).await.ok();
    bob.until(both, Available).await;

    let block = |unblock: bool| json!({"ticket_ids": both, "unblock": unblock, "reason": "press"});
    admin.post("/v1/boxoffice/block", &block(false)).await.ok();
    bob.until(both, Reserved).await;
    admin.post("/v1/boxoffice/block", &block(true)).await.ok();
    bob.until(both, Available).await;

    let sale = json!({"ticket_ids": [event.tickets[0]], "payment": "CASH"});
    let sold = admin.post("/v1/boxoffice/sell", &sale).await.ok()["booking"].clone();
    bob.until(&event.tickets[..1], Booked).await;
    let moving = json!({
        "booking_id": sold["booking_id"], "from_ticket_id": event.tickets[0], "to_ticket_id": event.tickets[3],
        "reason": "broken chair",
    });
    admin.post("/v1/boxoffice/reseat", &moving).await.ok();
    bob.until(&event.tickets[3..], Booked).await;
    bob.until(&event.tickets[..1], Available).await;
    assert_eq!(bob.snapshots, 1, "nobody fell behind");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_leaves_the_hold_for_all_to_see() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Declined", 1).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    let hold = ann.hold(&event.tickets).await;
    ann.book(&hold, "pm_card_chargeDeclined").await.refused(400, "PAYMENT_DECLINED");
    bob.until(&event.tickets, Reserved).await;
    mesh.database.lapse_holds(&event).await;
    bob.until(&event.tickets, Available).await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_and_seats_that_are_edited_are_seen() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Edited", 2).await;
    let mut bob = Watch::begin(&mesh, &event).await;
    let list = json!([{"seat_no": "A1", "price": 2 * PRICE}, {"seat_no": "Z1", "price": 700}]);
    admin.post("/v1/update/ticket", &json!({"event_id": event.id, "ticket_list": list})).await.ok();
    bob.until_so(|bob| {
        let price = |number: &str| bob.seats.values().find(|seat| seat.seat_number == number).map(|seat| seat.price);
        price("A1") == Some(2 * PRICE) && price("Z1") == Some(700) && bob.seats.len() == 3
    })
    .await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_lapses_is_seen_though_nobody_writes() {
    let recheck = [("event-recheck-ms", "600000")];
    let setting = Setting { booking: &[("hold-seconds", "2")], event: &recheck, ..Setting::default() };
    let mesh = Mesh::start_as(setting).await;
    let (_, event) = mesh.on_sale("Lapsing", 2).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    let held = ann.hold(&event.tickets).await;
    bob.until(&event.tickets, Reserved).await;
    bob.until(&event.tickets, Available).await;
    assert!(mesh.database.rows(&event).await.iter().all(|row| row.status == 1), "the rows are as they were");
    ann.book(&held, "pm_card_visa").await.refused(400, "HOLD_EXPIRED");
    mesh.stop().await;
}

/// I4: what is being paid for does not lapse, and nobody is told that it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_being_paid_is_not_seen_to_lapse() {
    let mesh = Mesh::start_with(&[("hold-seconds", "2")]).await;
    let (_, event) = mesh.on_sale("Paying", 2).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    let (paying, other) = (&event.tickets[..1], &event.tickets[1..]);
    let hold = ann.hold(paying).await;
    let booking = ann.book(&hold, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "PENDING");
    ann.hold(other).await;
    bob.until(&event.tickets, Reserved).await;
    bob.until(other, Available).await;
    assert_eq!(bob.status(paying[0]), Reserved, "its time was over before the other's");
    mesh.sandbox.approve(booking["next_action"]["redirect_url"].as_str().unwrap()).await;
    bob.until(paying, Booked).await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_what_was_missed() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Missed", 3).await;
    let ann = mesh.customer("ann").await;
    let mut bob = Watch::begin(&mesh, &event).await;
    ann.hold(&event.tickets[..1]).await;
    bob.until(&event.tickets[..1], Reserved).await;
    let (left_at, seen_before) = (bob.version, bob.seats.clone());
    drop(bob);
    ann.hold(&event.tickets[1..2]).await;
    let mut again = Watch::resume(&mesh, &event, left_at).await;
    again.seats = seen_before.into_iter().chain(again.seats.clone()).collect();
    again.until(&event.tickets[1..2], Reserved).await;
    assert_eq!((again.snapshots, again.version), (0, left_at + 1));

    let elsewhere = Watch::resume(&mesh, &event, left_at - 500).await;
    assert_eq!((elsewhere.snapshots, elsewhere.seats.len()), (1, 3), "what is not at hand comes whole");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_lives_and_ends_in_order() {
    let setting = Setting { event: &[("watch-heartbeat-ms", "100"), ("watch-seconds-max", "2")], ..Setting::default() };
    let mesh = Mesh::start_as(setting).await;
    let (_, event) = mesh.on_sale("Quiet", 1).await;
    let mut bob = Watch::begin(&mesh, &event).await;
    let (mut beats, version) = (0, bob.version);
    let ended = loop {
        match bob.next().await {
            Ok(beat) => {
                assert_eq!((beat.version, beat.tickets.len(), beat.snapshot), (version, 0, false));
                beats += 1;
            }
            Err(status) => break status,
        }
    };
    assert!(beats > 1, "{beats}");
    assert_eq!(ended.code(), Code::Unavailable, "{ended:?}");

    let mut until_the_end = Watch::begin(&mesh, &event).await;
    let end = tokio::spawn(async move {
        loop {
            if let Err(status) = until_the_end.next().await {
                return status;
            }
        }
    });
    mesh.stop().await;
    assert_eq!(end.await.unwrap().code(), Code::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_can_t_be_watched() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("There", 1).await;
    for (path, status, reason) in [
        ("/v1/event/999/seats".to_owned(), 404, "UNKNOWN_EVENT"),
        ("/v1/event/0/seats".to_owned(), 400, "INVALID_ARGUMENT"),
        (format!("/v1/event/{}/seats?after_version=-1", event.id), 400, "INVALID_ARGUMENT"),
    ] {
        mesh.guest().get(&path).await.refused(status, reason);
    }
    mesh.stop().await;
}
