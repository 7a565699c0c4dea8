//! Requests that are sent again, and how much one user holds. I5.

use futures::future::join_all;
use serde_json::json;

use crate::harness::{Mesh, Row};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_good_for_one_request() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Reused", 4).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reserve = |ticket: usize| json!({"ticket_id": event.tickets[ticket], "request_id": "r-1"});
    let first = ann.post("/v1/reserve", &reserve(0)).await.ok();
    ann.post("/v1/reserve", &reserve(1)).await.refused(400, "REQUEST_ID_REUSED");
    ann.sees(&event, event.tickets[1], "AVAILABLE").await;
    assert_eq!(ann.post("/v1/reserve", &reserve(0)).await.ok(), first);
    bob.post("/v1/reserve", &reserve(1)).await.ok();

    let book =
        |card: &str| json!({"ticket_id": event.tickets[0], "card_info": {"payment_method": card}, "request_id": "b-1"});
    let booked = ann.post("/v1/book", &book("pm_card_visa")).await.ok();
    ann.post("/v1/book", &book("pm_card_mastercard")).await.refused(400, "REQUEST_ID_REUSED");
    assert_eq!(ann.post("/v1/book", &book("pm_card_visa")).await.ok()["booking"], booked["booking"]);
    assert_eq!(ann.post("/v1/reserve", &reserve(0)).await.ok(), first, "also once the seat is booked");
    mesh.stop().await;
}

/// A request that was answered and comes again late takes nothing a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_copy_of_a_reserve_takes_nothing_again() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Late copy", 2).await;
    let ann = mesh.customer("ann").await;
    let reserve = |n: usize| json!({"ticket_id": event.tickets[n], "request_id": format!("r-{n}")});
    let released = ann.post("/v1/reserve", &reserve(0)).await.ok();
    ann.post("/v1/release", &json!({"reservation_id": released["reservation"]["reservation_id"]})).await.ok();
    ann.post("/v1/reserve", &reserve(0)).await.refused(400, "HOLD_EXPIRED");
    ann.post("/v1/reserve", &reserve(1)).await.ok();
    mesh.database.lapse_holds(&event).await;
    ann.post("/v1/reserve", &reserve(1)).await.refused(400, "HOLD_EXPIRED");
    let rows = mesh.database.rows(&event).await;
    assert_eq!(rows[0].status, Row::AVAILABLE);
    let fresh = json!({"ticket_ids": event.tickets, "request_id": "r-2"});
    ann.post("/v1/reserve", &fresh).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_more_seats_of_an_event_than_the_house_allows() {
    let mesh = Mesh::start_with(&[("held-seats-max", "4")]).await;
    let (_, event) = mesh.on_sale("Hoard", 30).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let first = ann.hold(&event.tickets[..3]).await;
    let refused = ann.reserve(&event.tickets[3..5]).await.refused(400, "HOLD_LIMIT");
    assert_eq!((refused.metadata("held"), refused.metadata("max")), ("3", "4"));
    let second = ann.hold(&event.tickets[3..4]).await;

    // What is booked or given up is no longer held.
    ann.book(&first, "pm_card_visa").await.ok();
    ann.post("/v1/release", &json!({"reservation_id": second["reservation_id"]})).await.ok();
    ann.hold(&event.tickets[4..8]).await;
    mesh.database.lapse_holds(&event).await;
    ann.hold(&event.tickets[8..12]).await;

    // The same user from everywhere at once.
    let wishes = event.tickets[12..28].iter().map(|&ticket| {
        let bob = bob.clone();
        tokio::spawn(async move { bob.reserve(&[ticket]).await })
    });
    let answers = join_all(wishes).await;
    let held = answers.iter().filter(|answer| answer.as_ref().unwrap().reason() == "OK").count();
    let limited = answers.iter().filter(|answer| answer.as_ref().unwrap().reason() == "HOLD_LIMIT").count();
    assert_eq!((held, limited), (4, 12));
    mesh.audit().await;
    mesh.stop().await;
}
