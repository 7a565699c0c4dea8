//! The best seats, for many who ask at once.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde_json::{Value, json};

use super::{best, numbers, on_sale};
use crate::harness::{Event, Mesh};

/// A house of a hundred seats: ten rows of four and six.
const HUNDRED: [&str; 10] = ["oooo|oooooo"; 10];

/// Who was promised which seats; nobody a seat that somebody else was, and every group side by side.
fn promised(event: &Event, heard: &[(i64, usize, Value)]) -> BTreeMap<usize, i64> {
    let mut owners = BTreeMap::new();
    for (user, quantity, reservation) in heard {
        let seats = numbers(event, reservation);
        assert_eq!(seats.len(), *quantity);
        // The two blocks of a row.
        let block = |seat: usize| (seat / 10, seat % 10 < 4);
        let together = seats.windows(2).all(|pair| pair[1] == pair[0] + 1 && block(pair[0]) == block(pair[1]));
        assert!(together, "{user} was promised {seats:?}");
        for seat in seats {
            assert_eq!(owners.insert(seat, *user), None, "I1: seat {seat} was promised twice");
        }
    }
    owners
}

async fn rows_agree(mesh: &Mesh, event: &Event, promised: &BTreeMap<usize, i64>) {
    for (seat, row) in mesh.database.rows(event).await.iter().enumerate() {
        assert_eq!(row.reserved_by, promised.get(&seat).copied(), "seat {seat}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_groups_for_a_hundred_seats() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Rush", &[("Stalls", &HUNDRED)]).await;
    let asked = (0..60).map(|n| {
        let (client, quantity, event) = (mesh.customer_number(n), 2 + usize::try_from(n).unwrap() % 3, event.clone());
        tokio::spawn(async move { (client.user_id, quantity, best(&client, &event, quantity, json!({})).await) })
    });
    let (mut won, mut lost) = (Vec::new(), BTreeSet::new());
    for asked in join_all(asked).await {
        let (user, quantity, answer) = asked.unwrap();
        match answer.reason() {
            "OK" => won.push((user, quantity, answer.ok()["reservation"].clone())),
            "NOT_ENOUGH_SEATS" => drop(lost.insert(quantity)),
            other => panic!("{user} was told {other}: {:#}", answer.body),
        }
    }
    let owners = promised(&event, &won);
    rows_agree(&mesh, &event, &owners).await;
    // Whoever lost, lost for a reason: not so many seats are together any more.
    for quantity in lost {
        let refused = best(&mesh.customer_number(99), &event, quantity, json!({})).await;
        refused.refused(400, "NOT_ENOUGH_SEATS");
    }
    assert!(owners.len() >= 90, "only {} of 100 seats are held", owners.len());
    mesh.audit().await;
    mesh.stop().await;
}

/// Seats that are named and seats that are chosen come from the same house, at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_choose_and_those_who_let_choose_share_a_house() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let event = on_sale(&admin, "Both", &[("Stalls", &HUNDRED)]).await;
    // Thirty pairs are chosen, and fifteen named, by two people each: there is room for all.
    let asked = (0..60).map(|n| {
        let (client, event) = (mesh.customer_number(n), event.clone());
        let pair = usize::try_from(n).unwrap() % 30 * 2;
        tokio::spawn(async move {
            let answer = match n % 2 {
                0 => best(&client, &event, 2, json!({})).await,
                _ => client.reserve(&event.tickets[pair..pair + 2]).await,
            };
            (n, client.user_id, answer)
        })
    });
    let mut won = Vec::new();
    for asked in join_all(asked).await {
        let (n, user, answer) = asked.unwrap();
        match (answer.reason(), n % 2) {
            ("OK", _) => won.push((user, 2, answer.ok()["reservation"].clone())),
            ("SEAT_TAKEN", 1) => {}
            (other, _) => panic!("{user} was told {other}: {:#}", answer.body),
        }
    }
    let owners = promised(&event, &won);
    rows_agree(&mesh, &event, &owners).await;
    mesh.audit().await;
    mesh.stop().await;
}
