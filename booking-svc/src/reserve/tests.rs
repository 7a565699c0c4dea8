//! The rules of Reserve, by example and against arbitrary wishes.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

const EVENT: i64 = 7;
const HOUR: TimeDelta = TimeDelta::hours(1);

fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
}

fn ticket(seat: i64) -> TicketId {
    TicketId::new(EVENT << 20 | seat).unwrap()
}

fn free(seat: i64) -> Seat {
    Seat { ticket: ticket(seat), price: 100 * seat, standing: Standing::Free }
}

fn held(seat: i64, user_id: i64, reservation: u128, until: Timestamp) -> Seat {
    let hold = Hold { user_id, reservation: Uuid::from_u128(reservation), until, price: 100 * seat, paying: None };
    Seat { standing: Standing::Held(hold), ..free(seat) }
}

fn wish(user_id: i64, reservation: u128, seats: &[i64]) -> Wish {
    let ids: Vec<_> = seats.iter().map(|&seat| ticket(seat).get()).collect();
    Wish { user_id, tickets: Tickets::new(&ids, 10).unwrap(), reservation: Uuid::from_u128(reservation) }
}

fn on_sale(now: Timestamp) -> HashMap<EventId, Event> {
    let event = Event { start_time: at(1_000_000), currency: "EUR".to_owned(), now };
    HashMap::from([(EventId::new(EVENT).unwrap(), event)])
}

fn ask(wishes: &[Wish], seats: Vec<Seat>, now: Timestamp) -> (Vec<Result<Reservation, Error>>, Vec<Taken>) {
    decide(wishes, seats, &on_sale(now), HOUR)
}

#[test]
fn free_seats_are_held_for_an_hour_at_their_price() {
    let (answers, taken) = ask(&[wish(1, 11, &[1, 2])], vec![free(1), free(2)], at(0));
    let reservation = answers[0].as_ref().unwrap();
    assert_eq!((reservation.amount, reservation.until), (300, at(3_600)));
    assert_eq!(taken.len(), 2);
}

#[test]
fn the_first_wish_wins_and_the_second_takes_nothing() {
    let wishes = [wish(1, 11, &[2]), wish(2, 22, &[1, 2])];
    let (answers, taken) = ask(&wishes, vec![free(1), free(2)], at(0));
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(Error::SeatTaken(seat, false)) if seat == ticket(2)));
    assert_eq!(taken.iter().map(|taken| taken.ticket).collect::<Vec<_>>(), [ticket(2)]);
}

#[test]
fn a_hold_lasts_exactly_its_hour() {
    let seats = vec![held(1, 1, 11, at(3_600))];
    assert!(ask(&[wish(2, 22, &[1])], seats.clone(), at(3_599)).0[0].is_err());
    assert!(ask(&[wish(2, 22, &[1])], seats, at(3_600)).0[0].is_ok());
}

#[test]
fn a_hold_whose_payment_is_in_flight_does_not_lapse() {
    let mut seat = held(1, 1, 11, at(3_600));
    if let Standing::Held(hold) = &mut seat.standing {
        hold.paying = Some(Uuid::from_u128(9));
    }
    let (answers, _) = ask(&[wish(2, 22, &[1])], vec![seat], at(9_999));
    assert!(matches!(answers[0], Err(Error::SeatTaken(..))));
}

#[test]
fn a_repeated_wish_gets_the_same_answer_and_no_more_time() {
    let (answers, taken) = ask(&[wish(1, 11, &[1])], vec![held(1, 1, 11, at(3_600))], at(1_800));
    assert_eq!(answers[0].as_ref().unwrap().until, at(3_600));
    assert_eq!(taken, []);
}

#[test]
fn a_repeated_wish_whose_hold_lapsed_is_told_so() {
    let (answers, taken) = ask(&[wish(1, 11, &[1])], vec![held(1, 1, 11, at(3_600))], at(4_000));
    assert!(matches!(answers[0], Err(Error::HoldExpired(_))));
    assert_eq!(taken, []);
}

#[test]
fn the_holder_gets_the_standing_hold_of_the_same_seats_but_not_a_part_of_it() {
    let seats = vec![held(1, 1, 11, at(3_600)), free(2)];
    let (answers, taken) = ask(&[wish(1, 12, &[1]), wish(1, 13, &[1, 2])], seats, at(0));
    assert_eq!(answers[0].as_ref().unwrap().id, Uuid::from_u128(11));
    assert!(matches!(answers[1], Err(Error::SeatTaken(_, true))));
    assert_eq!(taken, []);
}

#[test]
fn what_is_unknown_blocked_or_under_way_is_refused() {
    let blocked = Seat { standing: Standing::Blocked, ..free(1) };
    let (answers, _) = ask(&[wish(1, 11, &[1]), wish(1, 12, &[3])], vec![blocked], at(0));
    assert!(matches!(answers[0], Err(Error::SeatTaken(..))));
    assert!(matches!(answers[1], Err(Error::UnknownTicket(seat)) if seat == ticket(3)));
    let (answers, _) = ask(&[wish(1, 11, &[1])], vec![free(1)], at(1_000_000));
    assert!(matches!(answers[0], Err(Error::EventStarted(_))));
    let (answers, _) = decide(&[wish(1, 11, &[1])], vec![], &HashMap::new(), HOUR);
    assert!(matches!(answers[0], Err(Error::UnknownEvent(_))));
}

proptest! {
    /// INVARIANT I1, I6, whatever the wishes: a seat has one taker, and a wish has all of its seats or none.
    #[test]
    fn each_seat_has_one_taker_and_each_wish_all_or_none(
        wanted in prop::collection::vec((1i64..5, prop::collection::hash_set(1i64..12, 1..5)), 1..40),
        standing in prop::collection::vec(prop::option::of((1i64..5, -10i64..10)), 11),
    ) {
        let seats: Vec<_> = (1i64..).zip(standing).map(|(seat, holder)| match holder {
            Some((user, until)) => held(seat, user, 1_000 + u128::try_from(seat).unwrap(), at(until)),
            None => free(seat),
        }).collect();
        let wishes: Vec<_> = (0u128..).zip(&wanted)
            .map(|(n, (user, seats))| wish(*user, n, &seats.iter().copied().collect::<Vec<_>>()))
            .collect();
        let (answers, taken) = ask(&wishes, seats.clone(), at(0));
        let mut owners = HashMap::new();
        for row in &taken {
            let live = seats.iter().any(|seat| seat.ticket == row.ticket && !seat.is_free(at(0)));
            prop_assert!(!live, "a live hold was taken");
            prop_assert_eq!(owners.insert(row.ticket, row.hold.reservation), None);
        }
        for (wish, answer) in wishes.iter().zip(&answers) {
            let got = taken.iter().filter(|row| row.hold.reservation == wish.reservation).count();
            let fresh = answer.as_ref().is_ok_and(|reservation| reservation.id == wish.reservation);
            prop_assert_eq!(got, if fresh { wish.tickets.ids().len() } else { 0 });
        }
    }
}
