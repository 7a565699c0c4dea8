//! Stories made by hand: a good one, and for each invariant stories that break it and no other.

use std::time::Duration;

use usher::{contract::booking::booking::Status, reason::Reason};
use uuid::Uuid;

use super::{check, unchanged};
use crate::story::{Answer, Booking, Call, Charge, Op, Seat, SeatStatus, State, Story};

const HOLD: Duration = Duration::from_secs(60);
const PRICE: i64 = 100;

const ANN: i64 = 1;
const BOB: i64 = 2;
const CID: i64 = 3;
const DAN: i64 = 4;
const EVE: i64 = 5;

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

const fn free(ticket: i64) -> Seat {
    Seat { ticket, status: SeatStatus::Available, user: None, reservation: None, until: None, booking: None }
}

fn booking(n: u128, user: i64, tickets: &[i64], status: &str) -> Booking {
    let amount = PRICE * i64::try_from(tickets.len()).unwrap();
    Booking { id: id(n), user: Some(user), tickets: tickets.to_vec(), amount, status: status.to_owned() }
}

fn charge(booking: u128, taken: i64, returned: i64) -> Charge {
    Charge { intent: format!("pi_{booking}"), event: Some(7), booking: Some(id(booking)), taken, returned }
}

/// Ann books two seats, after a call that nobody answered; Bob's card is declined, and he keeps his hold; Cid gives his
/// up, and Dan takes it; Eve hears nothing of the seats that she got.
fn good() -> Story {
    let unheard = || Answer::Unknown("the connection broke".to_owned());
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
    ];
    let seats = vec![
        seat(1, ANN, 11, 5, Some(21)),
        seat(2, ANN, 11, 5, Some(21)),
        seat(3, BOB, 12, 5, None),
        seat(4, DAN, 14, 205, None),
        seat(5, EVE, 15, 205, None),
        seat(6, EVE, 15, 205, None),
        free(7),
    ];
    let bookings = vec![booking(21, ANN, &[1, 2], "BOOKED"), booking(22, BOB, &[3], "FAILED")];
    let charges = vec![charge(21, 2 * PRICE, 0), charge(22, 0, 0)];
    Story { hold: HOLD, calls, end: State { seats, bookings, charges }, end_at: ms(5_000) }
}

/// What is broken, how, and which invariant must be named. Each breaks one and no other.
type Break = (&'static str, &'static str, fn(&mut Story));

const BREAKS: [Break; 25] = [
    ("I1", "two users hold a seat at the same time", |story| {
        story.calls.push(reserve(EVE, 300, 19, &[3]));
        // Long after both holds.
        story.end_at = ms(200_000);
    }),
    ("I1", "a ticket is in two BOOKED bookings", |story| {
        story.end.bookings.push(booking(29, ANN, &[1], "BOOKED"));
        story.end.charges.push(charge(29, PRICE, 0));
        story.end.seats[0].booking = Some(id(29));
        story.calls.push(book(ANN, 600, 11, "ann-again", Answer::Unknown(String::new())));
    }),
    ("I1", "a BOOKED seat's booking is FAILED", |story| story.end.seats[2] = seat(3, BOB, 12, 5, Some(22))),
    ("I2", "money was taken for a booking that is not there", |story| story.end.charges.push(charge(99, PRICE, 0))),
    ("I2", "money was taken twice for one booking", |story| story.end.charges.push(charge(21, 2 * PRICE, 0))),
    ("I2", "a booking is BOOKED without its money", |story| story.end.charges[0].taken = 0),
    ("I2", "a booking is BOOKED though its money went back", |story| story.end.charges[0].returned = 2 * PRICE),
    ("I3", "a FAILED booking was charged", |story| story.end.charges[1].taken = PRICE),
    ("I3", "a hold does not outlive its declined payment", |story| {
        story.calls.push(book(BOB, 600, 12, "bob-2", Answer::Refused(Reason::NotReserved)));
    }),
    ("I4", "a hold is shorter than a hold is", |story| {
        let Answer::Reserved { until, .. } = &mut story.calls[8].answer else { panic!() };
        *until = HOLD / 2;
    }),
    ("I4", "a holder is told that there is no hold", |story| {
        story.calls.push(book(DAN, 600, 14, "dan", Answer::Refused(Reason::HoldExpired)));
    }),
    ("I4", "a held seat is booked by somebody else", |story| {
        story.calls.push(call(EVE, 600, Op::Look { booking: id(24) }, stands(24, Status::Booked, &[4])));
        story.calls.push(book(EVE, 500, 15, "eve", Answer::Unknown(String::new())));
        story.end.bookings.push(booking(24, EVE, &[4], "BOOKED"));
        story.end.charges.push(charge(24, PRICE, 0));
        story.end.seats[3] = seat(4, EVE, 16, 305, Some(24));
        story.calls.push(call(
            EVE,
            300,
            Op::Reserve { tickets: vec![4], request: None },
            Answer::Unknown(String::new()),
        ));
        story.end_at = ms(200_000);
    }),
    ("I4", "a payment found its seats gone", |story| {
        story.end.bookings.push(booking(24, EVE, &[6], "REFUNDED"));
        story.end.charges.push(charge(24, PRICE, PRICE));
        story.calls.push(book(EVE, 600, 15, "eve", Answer::Unknown(String::new())));
    }),
    ("I5", "the same request reserves anew", |story| {
        let mut again = reserve(DAN, 600, 14, &[4]);
        let Answer::Reserved { until, .. } = &mut again.answer else { panic!() };
        *until += ms(1);
        story.calls.push(again);
    }),
    ("I5", "the same request is refused later", |story| {
        let mut again = reserve(DAN, 600, 14, &[4]);
        again.answer = Answer::Refused(Reason::SeatTaken);
        story.calls.push(again);
    }),
    ("I5", "the same request books anew", |story| {
        story.calls.push(book(ANN, 600, 11, "ann", stands(22, Status::Pending, &[1, 2])));
    }),
    ("I5", "what was declined is booked later by the same request", |story| {
        story.end.bookings[1].status = "BOOKED".to_owned();
        story.end.seats[2] = seat(3, BOB, 12, 5, Some(22));
        story.end.charges[1].taken = PRICE;
        story.calls.push(book(BOB, 600, 12, "bob", stands(22, Status::Booked, &[3])));
    }),
    ("I5", "one request makes two bookings", |story| {
        story.end.bookings.push(booking(29, BOB, &[3], "FAILED"));
    }),
    ("I6", "half of a wish is answered as all of it", |story| {
        story.calls.push(call(
            EVE,
            600,
            Op::Reserve { tickets: vec![5, 6], request: None },
            Answer::Reserved { reservation: id(15), tickets: vec![5], amount: PRICE, until: ms(205) + HOLD },
        ));
    }),
    ("I6", "half of a wish was taken, whatever was heard of it", |story| story.end.seats[5] = free(6)),
    ("I6", "a booking lacks one of its seats", |story| story.end.seats[1] = seat(2, ANN, 11, 5, None)),
    ("I7", "an acknowledged hold is gone", |story| story.end.seats[3] = free(4)),
    ("I7", "an acknowledged booking is gone", |story| {
        story.end.bookings.remove(0);
        story.end.charges.remove(0);
        story.end.seats[0] = seat(1, ANN, 11, 5, None);
        story.end.seats[1] = seat(2, ANN, 11, 5, None);
    }),
    ("I7", "what was told to be BOOKED is PENDING again", |story| {
        story.end.bookings[0].status = "PENDING".to_owned();
        story.end.charges[0].taken = 0;
        story.end.seats[0] = seat(1, ANN, 11, 5, None);
        story.end.seats[1] = seat(2, ANN, 11, 5, None);
    }),
    ("I7", "an acknowledged release is undone", |story| {
        story.calls.retain(|call| call.user != DAN);
        story.end.seats[3] = seat(4, CID, 13, 5, None);
    }),
];

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
