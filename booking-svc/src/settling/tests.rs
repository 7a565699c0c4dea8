//! What was heard together comes to the same as what was heard one after the other.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::booking::Channel;

const EVENT: i64 = 7;

fn event() -> EventId {
    EventId::new(EVENT).unwrap()
}

fn at() -> Timestamp {
    DateTime::from_timestamp(1_000_000, 0).unwrap()
}

fn ticket(seat: i64) -> TicketId {
    TicketId::new(EVENT << 20 | seat).unwrap()
}

fn booking(id: u128, status: Status, seats: &[i64]) -> Booking {
    Booking {
        event: event(),
        id: Uuid::from_u128(id),
        user_id: Some(1),
        reservation: None,
        ticket_ids: seats.iter().map(|&seat| ticket(seat).get()).collect(),
        amount: 500,
        currency: "EUR".to_owned(),
        status,
        channel: Channel::Online,
        failure: None,
        created_at: at(),
    }
}

/// Held, and paid for by `booking` where there is one.
fn held(seat: i64, paying: Option<u128>) -> Seat {
    let paying = paying.map(Uuid::from_u128);
    let hold = Hold { user_id: 1, reservation: Uuid::nil(), until: at(), price: 500, paying };
    Seat { ticket: ticket(seat), price: 900, standing: Standing::Held(hold) }
}

fn said(booking: u128, news: Option<News>, status: &str) -> Said {
    let answer = Answer { intent: Some(format!("pi_{booking}")), status: Some(status.to_owned()), ..Answer::default() };
    let (booking, attempt) = (Uuid::from_u128(booking), Uuid::from_u128(booking + 100));
    Said { event: event(), booking, attempt, news, answer, callback: Some(format!("evt_{status}")) }
}

fn facts(bookings: Vec<Booking>, seats: Vec<Seat>) -> Facts {
    let numbers = seats.iter().map(|seat| (seat.ticket, format!("A{}", seat.ticket.index()))).collect();
    Facts { bookings: bookings.into_iter().map(|booking| (booking.id, booking)).collect(), seats, numbers, now: at() }
}

#[test]
fn a_paid_booking_is_shown_whole_at_once() {
    let facts = facts(vec![booking(1, Status::Pending, &[1, 2])], vec![held(1, Some(1)), held(2, Some(1))]);
    let (settled, writes) = decide(&[said(1, Some(News::Paid), "succeeded")], facts);
    let view = settled[0].clone().unwrap().booked.unwrap();
    assert_eq!((view.booking.status, view.intent.as_deref(), view.refunded), (Status::Booked, Some("pi_1"), 0));
    assert_eq!(view.seats, [(ticket(1).get(), "A1".to_owned()), (ticket(2).get(), "A2".to_owned())]);
    assert!(writes.seats.values().all(|standing| matches!(standing, Standing::Booked { price: 500, .. })));
}

/// INVARIANT I2.
#[test]
fn money_without_all_of_its_seats_goes_back_and_touches_no_seat_of_others() {
    let facts = facts(vec![booking(1, Status::Pending, &[1, 2])], vec![held(1, Some(1)), held(2, Some(9))]);
    let (settled, writes) = decide(&[said(1, Some(News::Paid), "succeeded")], facts);
    assert_eq!(settled[0].as_ref().map(|settled| settled.status), Some(Status::Refunding));
    assert_eq!(writes.seats.keys().collect::<Vec<_>>(), [&ticket(1)]);
    let refund = writes.refunds.values().next().unwrap();
    assert_eq!((refund.quote.refund, refund.due, refund.attempt), (500, true, Some(Uuid::from_u128(101))));
}

#[test]
fn a_seat_whose_row_is_gone_is_not_owned() {
    let facts = facts(vec![booking(1, Status::Pending, &[1, 2])], vec![held(1, Some(1))]);
    let (settled, _) = decide(&[said(1, Some(News::Paid), "succeeded")], facts);
    assert_eq!(settled[0].as_ref().map(|settled| settled.status), Some(Status::Refunding));
}

#[test]
fn news_of_no_booking_writes_nothing() {
    let (settled, writes) = decide(&[said(1, Some(News::Paid), "succeeded")], facts(Vec::new(), Vec::new()));
    assert!(settled[0].is_none() && writes.answers.is_empty() && writes.callbacks.is_empty());
}

fn any_said() -> impl Strategy<Value = Said> {
    let news = prop_oneof![
        Just((Some(News::Paid), "succeeded")),
        Just((Some(News::Unpaid("card_declined".to_owned())), "requires_payment_method")),
        Just((None, "requires_action")),
    ];
    (1_u128..4, news).prop_map(|(booking, (news, status))| said(booking, news, status))
}

/// What the rows are after `writes`.
fn written(before: &Facts, writes: &Writes) -> Facts {
    let mut after = before.clone();
    for ((_, id), (status, failure)) in &writes.bookings {
        let booking = after.bookings.get_mut(id).unwrap();
        (booking.status, booking.failure) = (*status, failure.clone());
    }
    for seat in &mut after.seats {
        seat.standing = writes.seats.get(&seat.ticket).cloned().unwrap_or_else(|| seat.standing.clone());
    }
    after
}

proptest! {
    /// INVARIANT I5: whoever hears of the same payments in one batch or one by one comes to the same rows.
    #[test]
    fn together_or_apart_is_the_same(heard in prop::collection::vec(any_said(), 0..8), lost in any::<bool>()) {
        let bookings = (1..4).map(|id| booking(id, Status::Pending, &[i64::try_from(id).unwrap()])).collect();
        let seats = (1..4).map(|seat| held(seat, (!lost || seat != 2).then(|| u128::try_from(seat).unwrap()))).collect();
        let start = facts(bookings, seats);
        let (settled, writes) = decide(&heard, start.clone());
        let (mut apart, mut answers, mut refunds) = (start.clone(), BTreeMap::new(), BTreeSet::new());
        for (said, together) in heard.iter().zip(settled) {
            let (alone, step) = decide(std::slice::from_ref(said), apart.clone());
            prop_assert_eq!(&alone[0], &together);
            for (attempt, answer) in &step.answers {
                let known: Answer = answers.remove(attempt).unwrap_or_default();
                answers.insert(*attempt, known.then(answer));
            }
            refunds.extend(step.refunds.keys().copied());
            apart = written(&apart, &step);
        }
        let together = written(&start, &writes);
        prop_assert_eq!(together.seats, apart.seats);
        prop_assert_eq!(together.bookings, apart.bookings);
        prop_assert_eq!(writes.answers, answers);
        prop_assert_eq!(writes.callbacks, heard.into_iter().filter_map(|said| said.callback).collect());
        prop_assert_eq!(writes.refunds.into_keys().collect::<Vec<_>>(), refunds.into_iter().collect::<Vec<_>>());
    }
}
