//! Stories made by hand: a good one, and for each invariant stories that break it and no other.

mod breaks;

use std::time::Duration;

use usher::{contract::booking::booking::Status, reason::Reason};
use uuid::Uuid;

use super::{check, unchanged};
use crate::story::{Answer, Booking, Call, Charge, Op, Refund, Seat, SeatStatus, State, Story};
use breaks::BREAKS;

const HOLD: Duration = Duration::from_secs(60);
const PRICE: i64 = 100;

const ANN: i64 = 1;
const BOB: i64 = 2;
const CID: i64 = 3;
const DAN: i64 = 4;
const EVE: i64 = 5;
const FAY: i64 = 6;
const GUS: i64 = 7;
const HOUSE: i64 = 90;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A call that took 10 ms.
fn call(user: i64, begun_ms: u64, op: Op, answer: Answer) -> Call {
    Call { user, op, begun: ms(begun_ms), ended: ms(begun_ms + 10), answer }
}

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A reserve that is answered; the hold begins in the middle of it.
fn reserve(user: i64, begun_ms: u64, reservation: u128, tickets: &[i64]) -> Call {
    let op = Op::Reserve { tickets: tickets.to_vec(), request: Some(format!("reserve-{reservation}")) };
    let amount = PRICE * i64::try_from(tickets.len()).unwrap();
    let until = ms(begun_ms + 5) + HOLD;
    call(
        user,
        begun_ms,
        op,
        Answer::Reserved { reservation: id(reservation), tickets: tickets.to_vec(), amount, until },
    )
}

fn book(user: i64, begun_ms: u64, reservation: u128, request: &str, answer: Answer) -> Call {
    call(user, begun_ms, Op::Book { reservation: id(reservation), request: Some(request.to_owned()) }, answer)
}

fn stands(booking: u128, status: Status, tickets: &[i64]) -> Answer {
    let amount = PRICE * i64::try_from(tickets.len()).unwrap();
    Answer::Booking { booking: id(booking), status, tickets: tickets.to_vec(), amount }
}

fn seat(ticket: i64, user: i64, reservation: u128, until_ms: u64, booking: Option<u128>) -> Seat {
    Seat {
        ticket,
        status: if booking.is_some() { SeatStatus::Booked } else { SeatStatus::Reserved },
        user: Some(user),
        reservation: Some(id(reservation)),
        until: Some(ms(until_ms) + HOLD),
        booking: booking.map(id),
    }
}

/// A seat that nobody held: the house sold it, or moved a guest there.
fn sold(ticket: i64, user: Option<i64>, booking: u128) -> Seat {
    let status = SeatStatus::Booked;
    Seat { ticket, status, user, reservation: None, until: None, booking: Some(id(booking)) }
}

const fn blocked(ticket: i64) -> Seat {
    Seat { status: SeatStatus::Blocked, ..free(ticket) }
}

fn give_back(user: i64, begun_ms: u64, booking: u128, tickets: &[i64], request: &str, answer: Answer) -> Call {
    let request = Some(request.to_owned());
    call(user, begun_ms, Op::Cancel { booking: id(booking), tickets: tickets.to_vec(), request }, answer)
}

fn given_back(refund: i64, left: &[i64]) -> Answer {
    Answer::GivenBack { refund, fee: 0, left: left.to_vec() }
}

fn refund(booking: u128, tickets: &[i64]) -> Refund {
    let amount = PRICE * i64::try_from(tickets.len()).unwrap();
    Refund { booking: id(booking), tickets: tickets.to_vec(), amount, fee: 0 }
}

const fn free(ticket: i64) -> Seat {
    Seat { ticket, status: SeatStatus::Available, user: None, reservation: None, until: None, booking: None }
}

/// One that was paid for, of the reservation whose number is ten less.
fn booking(n: u128, user: i64, tickets: &[i64], status: &str) -> Booking {
    let amount = PRICE * i64::try_from(tickets.len()).unwrap();
    Booking {
        id: id(n),
        user: Some(user),
        reservation: Some(id(n - 10)),
        tickets: tickets.to_vec(),
        amount,
        status: status.to_owned(),
    }
}

fn charge(booking: u128, taken: i64, returned: i64) -> Charge {
    Charge { intent: format!("pi_{booking}"), event: Some(7), booking: Some(id(booking)), taken, returned }
}

/// Ann books two seats, after a call that nobody answered; Bob's card is declined, and he keeps his hold; Cid gives his
/// up, and Dan takes it; Eve hears nothing of the seats that she got. Fay is given the best two, books them, gives one back
/// and is moved; Gus books one and gives it back. The house sells a seat, keeps two back and puts one of them on sale again.
fn good() -> Story {
    let unheard = || Answer::Unknown("the connection broke".to_owned());
    let best = Op::ReserveBest { seats: 2, request: Some("fay".to_owned()) };
    let house = |begun, op, answer| call(HOUSE, begun, op, answer);
    let sell = Op::Sell { tickets: vec![12], request: Some("sale".to_owned()) };
    let calls = vec![
        reserve(ANN, 0, 11, &[1, 2]),
        reserve(BOB, 0, 12, &[3]),
        reserve(CID, 0, 13, &[4]),
        book(ANN, 100, 11, "ann", unheard()),
        book(BOB, 100, 12, "bob", Answer::Refused(Reason::PaymentDeclined)),
        call(CID, 100, Op::Release { reservation: id(13) }, Answer::Released { tickets: vec![4] }),
        book(ANN, 200, 11, "ann", stands(21, Status::Pending, &[1, 2])),
        book(BOB, 200, 12, "bob", Answer::Refused(Reason::PaymentDeclined)),
        reserve(DAN, 200, 14, &[4]),
        call(EVE, 200, Op::Reserve { tickets: vec![5, 6], request: None }, unheard()),
        book(ANN, 300, 11, "ann", stands(21, Status::Booked, &[1, 2])),
        call(ANN, 400, Op::Look { booking: id(21) }, stands(21, Status::Booked, &[1, 2])),
        call(BOB, 400, Op::Reserve { tickets: vec![1], request: None }, Answer::Refused(Reason::SeatTaken)),
        call(FAY, 500, best, reserve(FAY, 500, 16, &[8, 9]).answer),
        book(FAY, 550, 16, "fay", stands(26, Status::Booked, &[8, 9])),
        give_back(FAY, 650, 26, &[9], "fay-back", given_back(PRICE, &[8])),
        house(700, Op::Move { booking: id(26), from: 8, to: 10 }, stands(26, Status::Booked, &[10])),
        reserve(GUS, 500, 17, &[11]),
        book(GUS, 550, 17, "gus", stands(27, Status::Booked, &[11])),
        give_back(GUS, 600, 27, &[], "gus-back", given_back(PRICE, &[11])),
        house(600, sell, stands(31, Status::Booked, &[12])),
        house(750, Op::Block { tickets: vec![13, 14] }, Answer::Changed { seats: 2 }),
        house(780, Op::Unblock { tickets: vec![14] }, Answer::Changed { seats: 1 }),
    ];
    let seats = vec![
        seat(1, ANN, 11, 5, Some(21)),
        seat(2, ANN, 11, 5, Some(21)),
        seat(3, BOB, 12, 5, None),
        seat(4, DAN, 14, 205, None),
        seat(5, EVE, 15, 205, None),
        seat(6, EVE, 15, 205, None),
        free(7),
        free(8),
        free(9),
        sold(10, Some(FAY), 26),
        free(11),
        sold(12, None, 31),
        blocked(13),
        free(14),
    ];
    let bookings = vec![
        booking(21, ANN, &[1, 2], "BOOKED"),
        booking(22, BOB, &[3], "FAILED"),
        Booking { amount: 2 * PRICE, ..booking(26, FAY, &[10], "BOOKED") },
        booking(27, GUS, &[11], "REFUNDED"),
        Booking { user: None, reservation: None, ..booking(31, HOUSE, &[12], "BOOKED") },
    ];
    let refunds = vec![refund(26, &[9]), refund(27, &[11])];
    let charges =
        vec![charge(21, 2 * PRICE, 0), charge(22, 0, 0), charge(26, 2 * PRICE, PRICE), charge(27, PRICE, PRICE)];
    Story { hold: HOLD, calls, end: State { seats, bookings, refunds, charges }, end_at: ms(5_000) }
}

#[test]
fn a_good_story_is_found_good() {
    assert_eq!(check(&good()), []);
}

#[test]
fn each_break_is_told_by_its_name_and_no_other() {
    for (invariant, what, damage) in BREAKS {
        let mut story = good();
        damage(&mut story);
        let found = check(&story);
        assert!(!found.is_empty(), "{invariant} is broken and nothing is found: {what}");
        assert!(found.iter().all(|violation| violation.invariant == invariant), "{invariant}, {what}: {found:#?}");
    }
}

#[test]
fn every_invariant_has_a_break() {
    for invariant in ["I1", "I2", "I3", "I4", "I5", "I6", "I7"] {
        assert!(BREAKS.iter().any(|(name, ..)| *name == invariant), "{invariant}");
    }
}

#[test]
fn what_an_unknown_outcome_explains_is_nothing_wrong() {
    // A release that nobody answered may have freed the seat for somebody else …
    let mut story = good();
    let unheard = Answer::Unknown("hung up".to_owned());
    story.calls.push(call(DAN, 600, Op::Release { reservation: id(14) }, unheard.clone()));
    story.calls.push(reserve(EVE, 700, 19, &[4]));
    story.end.seats[3] = seat(4, EVE, 19, 705, None);
    assert_eq!(check(&story), []);
    // … or not; and a reserve that nobody answered may have come to nothing.
    let mut story = good();
    story.calls.push(call(DAN, 600, Op::Release { reservation: id(14) }, unheard));
    story.end.seats[4] = free(5);
    story.end.seats[5] = free(6);
    assert_eq!(check(&story), []);
}

#[test]
fn who_asked_to_give_back_and_heard_nothing_may_have_done_it() {
    let unheard = Answer::Unknown("hung up".to_owned());
    let mut story = good();
    story.calls.push(give_back(ANN, 900, 21, &[], "ann-back", unheard.clone()));
    assert_eq!(check(&story), [], "or not");
    story.end.bookings[0].status = "REFUNDED".to_owned();
    story.end.refunds.push(refund(21, &[1, 2]));
    story.end.charges[0].returned = 2 * PRICE;
    story.end.seats[0] = seat(1, EVE, 19, 1_005, None);
    story.end.seats[1] = free(2);
    story.calls.push(reserve(EVE, 1_000, 19, &[1]));
    assert_eq!(check(&story), [], "and the seats are anybody's");

    let mut story = good();
    story.calls.push(call(HOUSE, 900, Op::Move { booking: id(21), from: 1, to: 7 }, unheard));
    assert_eq!(check(&story), [], "the guest stays");
    story.end.bookings[0].tickets = vec![2, 7];
    story.end.seats[0] = free(1);
    story.end.seats[6] = sold(7, Some(ANN), 21);
    assert_eq!(check(&story), [], "or goes");
}

#[test]
fn a_hold_that_lapsed_is_anybodys() {
    let mut story = good();
    let later = 205 + 60_000 + 1_000;
    story.calls.push(reserve(EVE, later, 19, &[4]));
    story.end.seats[3] = seat(4, EVE, 19, later + 5, None);
    story.end_at = ms(later + 100);
    assert_eq!(check(&story), []);
}

#[test]
fn callbacks_that_come_again_change_nothing() {
    let before = good().end;
    assert_eq!(unchanged(&before, &before), []);
    let mut after = before.clone();
    after.charges[0].returned = PRICE;
    let found = unchanged(&before, &after);
    assert!(found.len() == 1 && found[0].invariant == "I5", "{found:?}");
}
