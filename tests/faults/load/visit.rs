//! One customer's visit: chooses seats, and then pays, gives up or leaves, as chance has it. Whoever hears nothing asks
//! again, as real clients do.

use std::time::Duration;

use rand::{Rng as _, seq::IndexedRandom as _};
use tokio::time::sleep;
use usher::{
    contract::booking::{Booking, Reservation, booking::Status, sell_at_door_request::Payment},
    reason::Reason,
};
use uuid::Uuid;

use super::client::{Client, Heard};

/// How many of the tickets everybody wants.
const WANTED: usize = 24;
/// The most seats that a customer takes.
const SEATS_MAX: usize = 4;
/// How often a request that nobody answered is sent in all.
const TRIES_MAX: u32 = 4;
/// How many cards a customer has.
const CARDS_MAX: u32 = 3;
/// How often a customer looks whether a payment is through.
const LOOKS_MAX: u32 = 5;
/// How long a customer may take at the bank, in milliseconds: beyond a short hold, and beyond the time to pay.
const DAWDLE_MS_MAX: u64 = 2_500;
/// How long a client that heard nothing waits before it asks again, in milliseconds.
const PAUSE_MS_MAX: u64 = 120;

/// Plays a visit of whoever `client` is now.
pub async fn play(client: &mut Client, tickets: &[i64]) {
    let wishes = client.chance.random_range(1..=2);
    for _ in 0..wishes {
        let tickets = choose(client, tickets);
        let Some(held) = reserve(client, &tickets).await else { continue };
        match client.chance.random_range(0..100) {
            0..60 => pay(client, &held).await,
            60..88 => give_up(client, &held).await,
            _ => {}
        }
        return;
    }
}

/// Plays a deed of the house, and perhaps what follows from it.
pub async fn play_house(client: &mut Client, tickets: &[i64]) {
    let seats = choose(client, tickets);
    match client.chance.random_range(0..10) {
        0..4 => sell(client, &seats, tickets).await,
        4..7 => {
            if let Heard::Yes(_) = client.block(&seats, true).await {
                pause(client).await;
                if client.chance.random_bool(0.8) {
                    client.block(&seats, false).await;
                }
            }
        }
        _ => {
            if let Some((booking, from)) = client.somebodys_booking().filter(|(_, from)| *from != seats[0]) {
                client.move_guest(&booking, from, seats[0]).await;
            }
        }
    }
    pause(client).await;
}

async fn sell(client: &mut Client, seats: &[i64], tickets: &[i64]) {
    let request = Uuid::from_u128(client.chance.random()).to_string();
    let payment = if client.chance.random_bool(0.7) { Payment::Cash } else { Payment::Complimentary };
    let mut sold = client.sell(seats, payment, &request).await;
    for _ in 1..TRIES_MAX {
        let Heard::Nothing = sold else { break };
        pause(client).await;
        sold = client.sell(seats, payment, &request).await;
    }
    let Heard::Yes(booking) = sold else { return };
    if client.chance.random_bool(0.2) {
        client.sell(seats, payment, &request).await;
    }
    match client.chance.random_range(0..3) {
        0 => give_back(client, &booking).await,
        1 => {
            let to = choose(client, tickets)[0];
            if to != seats[0] {
                client.move_guest(&booking.booking_id, seats[0], to).await;
            }
        }
        _ => {}
    }
}

/// Whether a customer gets this seat now and, if it shall be kept, has it booked at once; else it is given up again.
pub async fn buys(client: &mut Client, ticket: i64, keep: bool) -> bool {
    let Heard::Yes(held) = client.reserve(&[ticket], None).await else { return false };
    if !keep {
        return matches!(client.release(&held.reservation_id).await, Heard::Yes(_));
    }
    let booked = client.book(&held.reservation_id, "pm_card_visa", None).await;
    matches!(booked, Heard::Yes(booking) if booking.status() == Status::Booked)
}

/// Neighbours, mostly where everybody wants to sit.
fn choose(client: &mut Client, tickets: &[i64]) -> Vec<i64> {
    let seats = client.chance.random_range(1..=SEATS_MAX);
    let among = if client.chance.random_bool(0.5) { WANTED } else { tickets.len() };
    let first = client.chance.random_range(0..=among - seats);
    tickets[first..first + seats].to_vec()
}

async fn reserve(client: &mut Client, tickets: &[i64]) -> Option<Reservation> {
    let request = request_id(client);
    // Some leave it to the house where they sit.
    let is_best = client.chance.random_bool(0.25);
    for _ in 0..TRIES_MAX {
        match wish(client, tickets, is_best, request.as_deref()).await {
            Heard::Yes(held) => {
                if client.chance.random_bool(0.2) {
                    wish(client, tickets, is_best, request.as_deref()).await;
                }
                return Some(held);
            }
            Heard::No(_) => return None,
            Heard::Nothing => pause(client).await,
        }
        if client.chance.random_bool(0.2) {
            return None;
        }
    }
    None
}

async fn wish(client: &mut Client, tickets: &[i64], is_best: bool, request: Option<&str>) -> Heard<Reservation> {
    match is_best {
        true => client.reserve_best(event(tickets), tickets.len(), request).await,
        false => client.reserve(tickets, request).await,
    }
}

/// A ticket's id carries its event.
fn event(tickets: &[i64]) -> i64 {
    tickets[0] >> 20
}

async fn give_up(client: &mut Client, held: &Reservation) {
    for _ in 0..TRIES_MAX {
        match client.release(&held.reservation_id).await {
            Heard::Nothing => pause(client).await,
            Heard::Yes(_) | Heard::No(_) => return,
        }
    }
}

async fn pay(client: &mut Client, held: &Reservation) {
    for _ in 0..CARDS_MAX {
        let card = *["pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired"]
            .choose(&mut client.chance)
            .unwrap();
        let request = request_id(client);
        match try_card(client, held, card, request.as_deref()).await {
            Heard::Yes(booking) => {
                follow(client, booking, || (held, card, request.as_deref())).await;
                return;
            }
            // Another card, or none.
            Heard::No(Reason::PaymentDeclined) if client.chance.random_bool(0.7) => {}
            Heard::No(_) | Heard::Nothing => return,
        }
    }
}

async fn try_card(client: &mut Client, held: &Reservation, card: &str, request: Option<&str>) -> Heard<Booking> {
    for _ in 0..TRIES_MAX {
        match client.book(&held.reservation_id, card, request).await {
            Heard::Nothing => pause(client).await,
            Heard::No(Reason::PaymentDeclined) if client.chance.random_bool(0.2) => {}
            heard => return heard,
        }
        if client.chance.random_bool(0.2) {
            break;
        }
    }
    Heard::Nothing
}

/// What comes after the first answer to Book.
async fn follow<'a>(
    client: &mut Client,
    booking: Booking,
    again: impl Fn() -> (&'a Reservation, &'a str, Option<&'a str>),
) {
    let mut status = booking.status();
    if let Some(action) = &booking.next_action {
        let outcome = ["approve", "approve", "fail", "leave"].choose(&mut client.chance).unwrap();
        if client.chance.random_bool(0.4) {
            sleep(Duration::from_millis(client.chance.random_range(0..DAWDLE_MS_MAX))).await;
        }
        if *outcome != "leave" {
            client.sandbox.check(&action.redirect_url, outcome).await;
        }
    }
    for _ in 0..LOOKS_MAX {
        if status != Status::Pending || client.chance.random_bool(0.2) {
            break;
        }
        pause(client).await;
        if let Heard::Yes(found) = client.look(&booking.booking_id).await {
            status = found.status();
        }
    }
    if status == Status::Booked {
        client.shows(&booking);
        if client.chance.random_bool(0.4) {
            give_back(client, &booking).await;
        }
    }
    if client.chance.random_bool(0.3) {
        let (held, card, request) = again();
        client.book(&held.reservation_id, card, request).await;
    }
    if status == Status::Booked && client.chance.random_bool(0.3) {
        client.look(&booking.booking_id).await;
    }
}

/// Gives a booking back, or the first of its seats and perhaps the rest later.
async fn give_back(client: &mut Client, booking: &Booking) {
    let parts: &[&[i64]] = match booking.ticket_ids.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && client.chance.random_bool(0.5) => {
            &[std::slice::from_ref(first), rest]
        }
        _ => &[&[]],
    };
    for part in parts {
        let request = request_id(client);
        for _ in 0..TRIES_MAX {
            match client.cancel(&booking.booking_id, part, request.as_deref()).await {
                Heard::Nothing => pause(client).await,
                Heard::Yes(_) if client.chance.random_bool(0.2) => {
                    client.cancel(&booking.booking_id, part, request.as_deref()).await;
                    break;
                }
                Heard::Yes(_) | Heard::No(_) => break,
            }
        }
        if client.chance.random_bool(0.5) {
            break;
        }
    }
}

/// Most clients name their requests, so that they can repeat them.
fn request_id(client: &mut Client) -> Option<String> {
    client.chance.random_bool(0.8).then(|| Uuid::from_u128(client.chance.random()).to_string())
}

async fn pause(client: &mut Client) {
    sleep(Duration::from_millis(client.chance.random_range(0..PAUSE_MS_MAX))).await;
}
