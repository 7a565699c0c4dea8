//! What went wrong in other ticketing systems, each as a test that would see it here. The issues are named beside them.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Event, Mesh, PRICE, Row};

/// Reserves and books, as far as it gets; answers how it ended.
pub async fn buy(client: Client, ticket: i64) -> String {
    let reserve = json!({"ticket_id": ticket, "request_id": "r"});
    let reserved = insist(&client, "/v1/reserve", &reserve).await;
    if reserved.status != 200 {
        return reserved.reason().to_owned();
    }
    let book = json!({"ticket_id": ticket, "request_id": "b", "card_info": {"payment_method": "pm_card_visa"}});
    let booked = insist(&client, "/v1/book", &book).await;
    match booked.status {
        200 => booked.ok()["booking"]["status"].as_str().unwrap().to_owned(),
        _ => booked.reason().to_owned(),
    }
}

/// Asks again, as a client does that was told to come back: the request's id makes it safe.
async fn insist(client: &Client, path: &str, body: &Value) -> Answer {
    for _ in 0..100 {
        let answer = client.post(path, body).await;
        if !["UNAVAILABLE", "DEADLINE_EXCEEDED"].contains(&answer.reason()) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    client.post(path, body).await
}

/// fossasia/eventyay#1359: a lock was skipped for speed, and two buyers got the last ticket.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_ticket_goes_to_one_of_many() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Last ticket", 1).await;
    let buyers = (0..60).map(|n| tokio::spawn(buy(mesh.customer_number(n), event.tickets[0])));
    let ends: Vec<_> = join_all(buyers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(ends.iter().filter(|end| *end == "BOOKED").count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| *end == "SEAT_TAKEN").count(), 59, "{ends:?}");
    assert_eq!(mesh.sandbox.taken().await, PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

/// eventespresso/event-espresso-core#109: oversold in a rush.
#[tokio::test(flavor = "multi_thread")]
async fn a_rush_sells_what_there_is_and_charges_for_no_more() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Rush", 10).await;
    let buyers = (0..60).map(|n| {
        let ticket = event.tickets[usize::try_from(n).unwrap() % 10];
        tokio::spawn(buy(mesh.customer_number(n), ticket))
    });
    let ends: Vec<_> = join_all(buyers).await.into_iter().map(Result::unwrap).collect();
    mesh.eventually("every payment is decided", || async {
        mesh.database.bookings(&event).await.iter().all(|status| status == "BOOKED")
    })
    .await;
    assert!(ends.iter().all(|end| ["BOOKED", "PENDING", "SEAT_TAKEN"].contains(&end.as_str())), "{ends:?}");
    assert_eq!(mesh.database.bookings(&event).await.len(), 10);
    assert_eq!(mesh.sandbox.taken().await, 10 * PRICE);
    mesh.audit().await;
    mesh.stop().await;
}

/// eventespresso/event-espresso-core#2281: a session that had lapsed could still pay.
#[tokio::test(flavor = "multi_thread")]
async fn who_lets_a_hold_lapse_cannot_pay_for_it() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Lapsed", 1).await;
    let ann = mesh.customer("ann").await;
    let lapsed = ann.hold(&event.tickets).await;
    mesh.database.lapse_holds(&event).await;
    ann.book(&lapsed, "pm_card_visa").await.refused(400, "HOLD_EXPIRED");
    assert_eq!(mesh.sandbox.ledger().await["intents"], json!([]), "the provider was not even asked");
    mesh.stop().await;
}

/// liedekef/events-made-easy#496: paid 25 minutes after the hold had lapsed and the seat was sold again.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_called_off_before_its_seat_is_let_go() {
    let quick = [("reconcile-every-ms", "100"), ("reconcile-after-ms", "200"), ("payment-seconds-max", "1")];
    let mesh = Mesh::start_with(&quick).await;
    let (_, event) = mesh.on_sale("Overdue", 1).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets).await;
    let pending = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    mesh.database.lapse_holds(&event).await;
    bob.reserve(&event.tickets).await.refused(409, "SEAT_TAKEN");

    mesh.eventually("the seat is let go", || async { bob.reserve(&event.tickets).await.status == 200 }).await;
    let intents = mesh.sandbox.ledger().await["intents"].clone();
    assert_eq!(intents[0]["status"], "canceled", "whoever gets the seat, the first payment is over");
    // The bank's page still stands in Ann's browser: passing its check moves no money.
    mesh.sandbox.answer_bank(pending["next_action"]["redirect_url"].as_str().unwrap()).await;
    assert_eq!(mesh.sandbox.taken().await, 0);
    assert_eq!(mesh.database.rows(&event).await[0].reserved_by, Some(bob.user_id));
    mesh.audit().await;
    mesh.stop().await;
}

/// alfio-event/alf.io#1421: an on-sale brought the site down, and people who had paid stayed "pending".
#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_paid_stays_pending() {
    let mesh = Mesh::start_with(&[("reconcile-every-ms", "100"), ("reconcile-after-ms", "200")]).await;
    let (_, event) = mesh.on_sale("Nineteen", 19).await;
    mesh.sandbox.faults(&json!({"lose_webhooks": true, "drop_after_acting": 19})).await;
    let buyers = event.tickets.iter().zip(0..).map(|(&ticket, n)| tokio::spawn(buy(mesh.customer_number(n), ticket)));
    let ends: Vec<_> = join_all(buyers).await.into_iter().map(Result::unwrap).collect();
    assert!(ends.iter().all(|end| ["BOOKED", "PENDING"].contains(&end.as_str())), "{ends:?}");
    mesh.eventually("all nineteen have their seats", || async {
        let bookings = mesh.database.bookings(&event).await;
        bookings.len() == 19 && bookings.iter().all(|status| status == "BOOKED")
    })
    .await;
    assert_eq!(mesh.sandbox.taken().await, 19 * PRICE, "each charged once");
    mesh.audit().await;
    mesh.stop().await;
}

/// alfio-event/alf.io#1421: more people than can be served are told so at once, and when to come back.
#[tokio::test(flavor = "multi_thread")]
async fn who_finds_the_queue_full_is_told_when_to_come_back() {
    let mesh = Mesh::start_with(&[("reserve-queue-max", "1"), ("reserve-workers", "1")]).await;
    let (_, event) = mesh.on_sale("Full queue", 200).await;
    let wishes = event.tickets.iter().zip(0..).map(|(&ticket, n)| {
        let client = mesh.customer_number(n);
        tokio::spawn(async move { client.reserve(&[ticket]).await })
    });
    let answers: Vec<_> = join_all(wishes).await.into_iter().map(Result::unwrap).collect();
    let turned_away: Vec<_> = answers.iter().filter(|answer| answer.reason() == "UNAVAILABLE").collect();
    assert!(!turned_away.is_empty(), "a queue of one was never full");
    for answer in &turned_away {
        assert_eq!(answer.status, 503);
        assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
        assert!(answer.body.to_string().contains("google.rpc.RetryInfo"), "{:#}", answer.body);
    }
    let held = mesh.database.rows(&event).await.iter().filter(|row| row.status == Row::RESERVED).count();
    assert_eq!(held, answers.len() - turned_away.len(), "who was turned away holds nothing");
    mesh.stop().await;
}

/// alfio-event/alf.io#1254: a second try after a decline was refused by the provider as a reused key.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_try_is_another_payment() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Second try", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    mesh.sandbox.faults(&json!({"decline_next": "try_again_later"})).await;
    ann.book(&reservation, "pm_card_visa").await.refused(400, "PAYMENT_DECLINED");
    assert_eq!(ann.book(&reservation, "pm_card_visa").await.ok()["booking"]["status"], "BOOKED");
    let intents = mesh.sandbox.ledger().await["intents"].as_array().unwrap().len();
    assert_eq!((intents, mesh.sandbox.taken().await), (2, PRICE));
    mesh.stop().await;
}

/// alfio-event/alf.io#1159: a newer version of the provider's API stopped the sale.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_of_a_newer_version_of_the_provider_is_understood() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Newer", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    mesh.sandbox.faults(&json!({"lose_webhooks": true})).await;
    let booking = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    mesh.sandbox.answer_bank(booking["next_action"]["redirect_url"].as_str().unwrap()).await;
    assert_eq!(mesh.database.bookings(&event).await, ["PENDING"]);

    let mut intent = mesh.sandbox.ledger().await["intents"][0].clone();
    intent["a_field_of_2031"] = json!({"deep": [1, 2, {"deeper": null}]});
    let kept = |kind: &str, id: &str| {
        json!({
            "id": id, "object": "event", "type": kind, "api_version": "2031-01-01.aspen",
            "data": {"object": intent, "previous_attributes": {"x": 1}}, "context": "acct_1",
        })
    };
    for callback in [kept("payment_intent.levitated", "evt_1"), kept("payment_intent.succeeded", "evt_2")] {
        assert_eq!(mesh.callback(&callback).await.ok()["received"], true);
    }
    assert_eq!(mesh.database.bookings(&event).await, ["BOOKED"]);
    mesh.audit().await;
    mesh.stop().await;
}

/// HiEventsDev/Hi.Events#531: a callback was answered 400, and the buyer was left at "processing".
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_is_refused_once_is_taken_when_it_comes_again() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Refused once", 1).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets).await;
    let booking = ann.book(&reservation, "pm_card_authenticationRequired").await.ok()["booking"].clone();
    mesh.sandbox.faults(&json!({"bad_signature": 2})).await;
    mesh.sandbox.answer_bank(booking["next_action"]["redirect_url"].as_str().unwrap()).await;
    let path = format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap());
    mesh.eventually("the page tells the truth", || async {
        ann.get(&path).await.ok()["booking"]["status"] == "BOOKED"
    })
    .await;
    mesh.audit().await;
    mesh.stop().await;
}

/// HiEventsDev/Hi.Events#466, #790: cancelled orders never gave their places back.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_is_on_sale_again_at_once() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Places", 2).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let reservation = ann.hold(&event.tickets).await;
    let booking = ann.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    wait_for_remaining(&bob, &event, 0).await;
    ann.post("/v1/cancel", &json!({"booking_id": booking["booking_id"]})).await.ok();
    wait_for_remaining(&bob, &event, 2).await;
    bob.hold(&event.tickets).await;
    mesh.stop().await;
}

/// fossasia/open-event-server#6653: "sold out" when it was not.
#[tokio::test(flavor = "multi_thread")]
async fn a_house_full_of_lapsed_holds_is_not_sold_out() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Not sold out", 3).await;
    let ann = mesh.customer("ann").await;
    ann.hold(&event.tickets).await;
    wait_for_remaining(&ann, &event, 0).await;
    mesh.database.lapse_holds(&event).await;
    wait_for_remaining(&ann, &event, 3).await;
    let found = ann.get("/v1/search?query=sold").await.ok();
    assert_eq!(found["events"][0]["remaining_ticket_count"], 3);
    mesh.stop().await;
}

/// delimitrou/DeathStarBench hotelReservation: counts were cached, checked, and written without a lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_page_sells_nothing_twice() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Stale page", 2).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let seen: Vec<Value> = bob.seats(&event).await;
    assert!(seen.iter().all(|seat| seat["status"] == "AVAILABLE"));
    ann.hold(&event.tickets).await;
    let refused = bob.reserve(&event.tickets).await.refused(409, "SEAT_TAKEN");
    assert_eq!(refused.metadata("held_by_you"), "false");
    mesh.stop().await;
}

/// Waits until so many seats read as free: who looks is a moment behind who buys.
async fn wait_for_remaining(client: &Client, event: &Event, expected: i64) {
    for _ in 0..400 {
        let shown = client.get(&format!("/v1/event/{}", event.id)).await.ok();
        if shown["event"]["remaining_ticket_count"] == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never: {expected} seats are left");
}
