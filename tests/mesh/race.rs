//! Everybody at once. Histories are checked, not only ends: who was told what, and what the rows say of it.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Client, Event, Mesh, Row};

const CLIENTS: i64 = 200;
const SEATS: usize = 50;

/// Who was promised a ticket, by what the customers heard.
fn promises(heard: &[(i64, Value)]) -> BTreeMap<i64, i64> {
    let mut owners = BTreeMap::new();
    for (user, reservation) in heard {
        for ticket in reservation["ticket_ids"].as_array().unwrap() {
            let ticket = ticket.as_str().unwrap().parse().unwrap();
            assert_eq!(owners.insert(ticket, *user), None, "I1: ticket {ticket} was promised twice");
        }
    }
    owners
}

async fn race(mesh: &Mesh, wishes: Vec<(Client, Vec<i64>)>) -> (Vec<(i64, Value)>, Vec<Vec<i64>>) {
    let answers = join_all(wishes.into_iter().map(|(client, seats)| async move {
        let answer = tokio::spawn({
            let (client, seats) = (client.clone(), seats.clone());
            async move { client.reserve(&seats).await }
        });
        (client.user_id, seats, answer.await.unwrap())
    }))
    .await;
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    for (user, seats, answer) in answers {
        match answer.reason() {
            "OK" => won.push((user, answer.ok()["reservation"].clone())),
            "SEAT_TAKEN" => {
                assert_eq!(answer.status, 409);
                lost.push(seats);
            }
            other => panic!("{user} was told {other}: {:#}", answer.body),
        }
    }
    mesh.audit().await;
    (won, lost)
}

/// What the rows say agrees with what the customers heard.
async fn rows_agree(mesh: &Mesh, event: &Event, promised: &BTreeMap<i64, i64>) {
    for row in mesh.database.rows(event).await {
        let promised = promised.get(&row.ticket_id).copied();
        assert_eq!(row.reserved_by, promised, "ticket {}", row.ticket_id);
        assert_eq!(row.status, if promised.is_some() { Row::RESERVED } else { Row::AVAILABLE });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_for_fifty_seats() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Rush", SEATS).await;
    let wishes = (0..CLIENTS).map(|n| {
        let seat = event.tickets[usize::try_from(n).unwrap() % SEATS];
        (mesh.customer_number(n), vec![seat])
    });
    let (won, lost) = race(&mesh, wishes.collect()).await;
    let promised = promises(&won);
    assert_eq!(promised.len(), SEATS, "each seat has exactly one winner");
    assert_eq!(lost.len(), usize::try_from(CLIENTS).unwrap() - SEATS, "each loser was told so");
    rows_agree(&mesh, &event, &promised).await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn threes_that_overlap_take_all_or_none() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Threes", SEATS).await;
    let wishes = (0..CLIENTS).map(|n| {
        // Strides that differ make every pair of wishes overlap in some way, and in every order.
        let (at, stride) = (usize::try_from(n).unwrap(), usize::try_from(n).unwrap() % 7 + 1);
        let seats: Vec<_> = [2, 0, 1].iter().map(|k| event.tickets[(at * 3 + k * stride) % SEATS]).collect();
        (mesh.customer_number(n), seats)
    });
    let (won, lost) = race(&mesh, wishes.collect()).await;
    let promised = promises(&won);
    assert!(won.iter().all(|(_, reservation)| reservation["ticket_ids"].as_array().unwrap().len() == 3), "I6");
    rows_agree(&mesh, &event, &promised).await;
    // A loser lost for a reason: one of the seats went to somebody.
    let taken: BTreeSet<_> = promised.keys().copied().collect();
    assert!(lost.iter().all(|seats| seats.iter().any(|seat| taken.contains(seat))), "somebody lost free seats");
    assert_eq!(won.len() + lost.len(), usize::try_from(CLIENTS).unwrap(), "nobody is lost");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_leave_nothing_half_held() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Hang up", SEATS).await;
    let calls = (0..CLIENTS).map(|n| {
        let seats = event.tickets[usize::try_from(n).unwrap() % (SEATS - 1)..][..2].to_vec();
        let client = mesh.customer_number(n);
        tokio::spawn(async move { client.post("/v1/reserve", &json!({"ticket_ids": seats})).await })
    });
    let calls: Vec<_> = calls.collect();
    for (n, call) in calls.iter().enumerate() {
        if n % 3 == 0 {
            tokio::task::yield_now().await;
        }
        call.abort();
    }
    join_all(calls).await;
    mesh.eventually("the workers are done: a seat reserves as if nothing had been", || async {
        let rows = mesh.database.rows(&event).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        rows == mesh.database.rows(&event).await
    })
    .await;

    let mut holds: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for row in mesh.database.rows(&event).await {
        if let Some(reservation) = row.reservation_id {
            holds.entry(reservation).or_default().push(row.ticket_id);
        }
    }
    assert!(holds.values().all(|seats| seats.len() == 2 && seats[1] == seats[0] + 1), "I6: {holds:?}");
    mesh.audit().await;
    mesh.stop().await;
}
