//! Orders that come together see each other.

use chrono::DateTime;

use super::*;
use crate::tickets::Tickets;

const EVENT: i64 = 7;

fn event() -> EventId {
    EventId::new(EVENT).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
}

fn ticket(seat: i64) -> TicketId {
    TicketId::new(EVENT << 20 | seat).unwrap()
}

fn held(seat: i64, user_id: i64, price: i64) -> Seat {
    let hold = Hold { user_id, reservation: Uuid::nil(), until: at(60), price, paying: None };
    Seat { ticket: ticket(seat), price, standing: Standing::Held(hold) }
}

fn opening(user_id: i64, seats: &[i64], request_id: Option<&str>, method: Option<&str>) -> Opening {
    let ids: Vec<_> = seats.iter().map(|&seat| ticket(seat).get()).collect();
    Opening::new(Order {
        user_id,
        tickets: Tickets::new(&ids, 10).unwrap(),
        reservation: None,
        payment_method: method.map(ToOwned::to_owned),
        request_id: request_id.map(ToOwned::to_owned),
    })
}

fn ask(openings: &[Opening], seats: Vec<Seat>) -> (Vec<Result<Opened, Error>>, Vec<Begun>) {
    let now = Event { start_time: at(1_000), currency: "EUR".to_owned(), wants_pass: true, now: at(0) };
    let facts = Facts { seats, events: HashMap::from([(event(), now)]), before: HashMap::new() };
    decide(openings, facts, TimeDelta::seconds(20))
}

const CARD: Option<&str> = Some("pm_card_visa");

#[test]
fn a_hold_is_charged_once_however_many_pay_for_it_at_the_same_time() {
    let twice = [opening(1, &[1, 2], None, CARD), opening(1, &[1, 2], None, CARD)];
    let (answers, begun) = ask(&twice, vec![held(1, 1, 500), held(2, 1, 700)]);
    let [first, second] = [&answers[0], &answers[1]].map(|answer| answer.as_ref().unwrap());
    assert_eq!(first.charge.as_ref().map(|charge| charge.amount), Some(1_200));
    // INVARIANT I5: the second joins the payment that the first began.
    assert_eq!((second.id, &second.charge, begun.len()), (first.id, &None, 1));
    assert_eq!(begun[0].check_at, at(20));
}

#[test]
fn a_request_id_that_comes_twice_opens_once_and_is_refused_for_something_else() {
    let all = [opening(1, &[1], Some("r"), CARD), opening(1, &[1], Some("r"), CARD), opening(1, &[2], Some("r"), CARD)];
    let (answers, begun) = ask(&all, vec![held(1, 1, 500), held(2, 1, 700)]);
    assert!(answers[1].as_ref().is_ok_and(|opened| opened.charge.is_none() && opened.id == all[0].id));
    assert!(matches!(answers[2], Err(Error::RequestIdReused)));
    assert_eq!(begun.len(), 1);
}

#[test]
fn what_costs_nothing_is_booked_at_once_and_a_second_order_is_told() {
    let twice = [opening(1, &[1], None, None), opening(1, &[1], None, None)];
    let (answers, begun) = ask(&twice, vec![held(1, 1, 0)]);
    assert!(answers[0].as_ref().is_ok_and(|opened| opened.charge.is_none()));
    assert!(matches!(answers[1], Err(Error::AlreadyBooked(_))));
    assert_eq!((begun[0].booking.status, &begun[0].payment), (Status::Booked, &None));
}

#[test]
fn one_order_that_is_refused_takes_nothing_from_the_others() {
    let all = [opening(1, &[1], None, None), opening(2, &[2], None, CARD), opening(3, &[2], None, CARD)];
    let (answers, begun) = ask(&all, vec![held(1, 1, 500), held(2, 2, 500)]);
    assert!(answers[0].is_err(), "nothing to pay with");
    assert!(answers[1].is_ok());
    assert!(matches!(answers[2], Err(Error::NotReserved(_))));
    assert_eq!(begun.len(), 1);
}
