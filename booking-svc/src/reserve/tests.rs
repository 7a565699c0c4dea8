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
    let (tickets, reservation) = (Tickets::new(&ids, 10).unwrap(), Uuid::from_u128(reservation));
    Wish { user_id, tickets, reservation, pass_until: None }
}

fn on_sale(now: Timestamp) -> HashMap<EventId, Event> {
    let event = Event { start_time: at(1_000_000), currency: "EUR".to_owned(), wants_pass: false, now };
    HashMap::from([(EventId::new(EVENT).unwrap(), event)])
}

const RULES: Rules = Rules { hold_for: HOUR, held_seats_max: 10 };

fn ask(wishes: &[Wish], seats: Vec<Seat>, now: Timestamp) -> (Vec<Result<Reservation, Error>>, Vec<Taken>) {
    decide(wishes, Facts { seats, events: on_sale(now), earlier: HashMap::new() }, RULES)
}

/// User 1's first reservation: id 11, of `seats`, of which `held` are still held.
fn remembered(seats: &[i64], held: usize) -> Earlier {
    let ticket_ids: Vec<_> = seats.iter().map(|&seat| ticket(seat).get()).collect();
    Earlier { nth: 0, id: Uuid::from_u128(11), ticket_ids, amount: 100, until: at(3_600), held }
}

fn ask_again(
    wish: &Wish,
    earlier: Vec<Earlier>,
    seats: Vec<Seat>,
    now: Timestamp,
) -> (Result<Reservation, Error>, Vec<Taken>) {
    let earlier = HashMap::from([((EventId::new(EVENT).unwrap(), wish.user_id), earlier)]);
    let (mut answers, taken) =
        decide(std::slice::from_ref(wish), Facts { seats, events: on_sale(now), earlier }, RULES);
    (answers.remove(0), taken)
}

#[test]
fn where_there_is_a_waiting_room_a_pass_is_wanted_that_is_still_good() {
    let event = Event { start_time: at(1_000_000), currency: "EUR".to_owned(), wants_pass: true, now: at(10) };
    let ask = |pass_until| {
        let wish = Wish { pass_until, ..wish(1, 11, &[1]) };
        let events = HashMap::from([(EventId::new(EVENT).unwrap(), event.clone())]);
        let facts = Facts { seats: vec![free(1)], events, earlier: HashMap::new() };
        decide(&[wish], facts, RULES).0.remove(0)
    };
    assert!(matches!(ask(None), Err(Error::PassRequired(_))));
    assert!(matches!(ask(Some(at(10))), Err(Error::PassRequired(_))));
    assert!(ask(Some(at(11))).is_ok());
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
    let seats = vec![held(1, 1, 11, at(3_600))];
    let (answer, taken) = ask_again(&wish(1, 11, &[1]), vec![remembered(&[1], 1)], seats, at(1_800));
    assert_eq!(answer.unwrap().until, at(3_600));
    assert_eq!(taken, []);
}

#[test]
fn a_repeated_wish_gets_the_same_answer_once_its_seats_are_booked() {
    let mut seat = held(1, 1, 11, at(3_600));
    if let Standing::Held(hold) = seat.standing.clone() {
        seat.standing = Standing::Booked { booking: Uuid::from_u128(9), hold: Some(hold), price: 100 };
    }
    let (answer, _) = ask_again(&wish(1, 11, &[1]), vec![remembered(&[1], 0)], vec![seat], at(9_999));
    assert_eq!(answer.unwrap().id, Uuid::from_u128(11));
}

#[test]
fn a_repeated_wish_takes_nothing_again_once_its_hold_lapsed_or_was_released() {
    for (seat, now) in [(held(1, 1, 11, at(3_600)), 4_000), (free(1), 1_800), (held(1, 2, 22, at(9_999)), 4_000)] {
        let (answer, taken) = ask_again(&wish(1, 11, &[1]), vec![remembered(&[1], 0)], vec![seat], at(now));
        assert!(matches!(answer, Err(Error::HoldExpired(_))));
        assert_eq!(taken, []);
    }
}

#[test]
fn a_request_id_is_good_for_one_request() {
    let (answer, taken) = ask_again(&wish(1, 11, &[2]), vec![remembered(&[1], 1)], vec![free(2)], at(0));
    assert!(matches!(answer, Err(Error::RequestIdReused)));
    assert_eq!(taken, []);
}

#[test]
fn the_same_request_twice_in_one_batch_is_granted_once() {
    let (answers, taken) =
        ask(&[wish(1, 11, &[1]), wish(1, 11, &[1]), wish(1, 11, &[2])], vec![free(1), free(2)], at(0));
    assert_eq!(answers[0].as_ref().unwrap(), answers[1].as_ref().unwrap());
    assert!(matches!(answers[2], Err(Error::RequestIdReused)));
    assert_eq!(taken.len(), 1);
}

#[test]
fn nobody_holds_more_seats_of_an_event_than_the_house_allows() {
    let seats: Vec<_> = (1..=12).map(free).collect();
    let (answer, taken) = ask_again(&wish(1, 12, &[1, 2]), vec![remembered(&[20], 9)], seats.clone(), at(0));
    assert!(matches!(answer, Err(Error::HoldLimit { held: 9, max: 10 })));
    assert_eq!(taken, []);
    assert!(ask_again(&wish(1, 12, &[1]), vec![remembered(&[20], 9)], seats.clone(), at(0)).0.is_ok());
    let (answers, taken) = ask(&[wish(1, 11, &[1, 2, 3, 4, 5, 6]), wish(1, 12, &[7, 8, 9, 10, 11])], seats, at(0));
    assert!(matches!(answers[1], Err(Error::HoldLimit { held: 6, max: 10 })), "also within one batch");
    assert_eq!(taken.len(), 6);
}

#[test]
fn each_reservation_of_a_user_has_a_number_of_its_own() {
    let (_, taken) =
        ask(&[wish(1, 11, &[1]), wish(1, 12, &[2]), wish(2, 22, &[3])], vec![free(1), free(2), free(3)], at(0));
    assert_eq!(taken.iter().map(|row| row.nth).collect::<Vec<_>>(), [0, 1, 0]);
    let earlier = Earlier { nth: 4, ..remembered(&[20], 0) };
    let (_, taken) = ask_again(&wish(1, 12, &[1]), vec![earlier], vec![free(1)], at(0));
    assert_eq!(taken[0].nth, 5);
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
    let (answers, _) = decide(&[wish(1, 11, &[1])], Facts::default(), RULES);
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
