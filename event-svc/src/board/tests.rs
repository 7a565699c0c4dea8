use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use usher::id::EventId;

use super::*;
use crate::{
    event::DEFAULT_CANCEL_POLICY,
    seat::{FREE, RESERVED, Standing},
};

pub(crate) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn standing(held_until: Option<i64>) -> Standing {
    let status = if held_until.is_some() { RESERVED } else { FREE };
    let taken_price = held_until.map(|_| 70);
    Standing { status, held_until: held_until.map(at), has_booking: false, taken_price }
}

pub(crate) fn change(ticket_id: i64, held_until: Option<i64>, seconds: i64) -> Change {
    Change { ticket_id, standing: standing(held_until), at: at(seconds) }
}

fn seat(ticket_id: i64) -> Seat {
    Seat {
        ticket_id,
        number: format!("A{ticket_id}"),
        section: String::new(),
        row: "A".to_owned(),
        x: 0.0,
        y: 0.0,
        kind: "STANDARD".to_owned(),
        price: 100,
        standing: standing(None),
        changed_at: at(0),
    }
}

pub(crate) fn map(tickets: std::ops::Range<i64>) -> SeatMap {
    let event = Event {
        id: EventId::new(1).unwrap(),
        name: String::new(),
        description: String::new(),
        category: String::new(),
        start_time: at(9_999),
        cdn_link: String::new(),
        currency: "GBP".to_owned(),
        price_from: 100,
        cancel_policy: DEFAULT_CANCEL_POLICY,
        waiting_room: None,
        theater_id: 1,
        theater_name: String::new(),
        city: String::new(),
        time_zone: "UTC".to_owned(),
        screen_id: 1,
        screen_name: String::new(),
    };
    SeatMap { event, seats: tickets.map(seat).collect(), read_at: at(0) }
}

#[test]
fn a_change_is_shown_once_and_old_news_never() {
    let mut board = Board::new(map(1..4));
    assert_eq!(board.apply(&[change(2, Some(100), 5)], at(5)), [1]);
    assert_eq!(board.apply(&[change(2, Some(100), 5)], at(5)), [0; 0], "told twice");
    assert_eq!(board.apply(&[change(2, None, 4)], at(6)), [0; 0], "older than what is known");
    assert_eq!(board.apply(&[change(9, None, 7)], at(7)), [0; 0], "no seat of this board");
    assert_eq!(board.remaining(), 2);
    assert_eq!(board.get(1).unwrap().1, Shown { availability: Availability::Reserved, price: 70 });
}

#[test]
fn a_row_that_is_behind_a_change_does_not_undo_it() {
    let mut board = Board::new(map(1..3));
    board.apply(&[change(1, Some(100), 5)], at(5));
    assert_eq!(board.merge(map(1..3), at(6)), [0; 0], "the replica is behind");
    let mut read = map(1..3);
    (read.seats[0].changed_at, read.seats[1].price) = (at(7), 120);
    assert_eq!(board.merge(read, at(8)), [0, 1], "freed since, and repriced");
}

#[test]
fn added_seats_are_shown_and_none_gets_lost() {
    let mut board = Board::new(map(2..4));
    assert_eq!(board.merge(map(1..3), at(1)), [0]);
    assert_eq!(board.all().map(|(seat, _)| seat.ticket_id).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_hold_lapses_unless_it_is_being_paid() {
    let mut board = Board::new(map(1..4));
    let mut paying = change(3, Some(50), 5);
    paying.standing.has_booking = true;
    board.apply(&[change(1, Some(60), 5), change(2, Some(50), 5), paying], at(5));
    assert_eq!(board.next_lapse(), Some(at(50)));
    assert_eq!(board.lapse(at(50)), [1]);
    assert_eq!(board.next_lapse(), Some(at(60)));
    assert_eq!(board.lapse(at(60)), [0]);
    assert_eq!((board.next_lapse(), board.remaining()), (None, 2));
}

proptest! {
    /// Whatever the order of the news, and whenever rows are read between them: the last word on each seat counts.
    #[test]
    fn the_order_of_news_does_not_matter(
        sent in proptest::collection::vec((1..5_i64, any::<bool>()), 0..30).prop_shuffle(),
        read_after in 0..30_usize,
        seed in any::<u64>(),
    ) {
        let history: Vec<_> = (1..).zip(&sent).map(|(n, &(ticket, held))| change(ticket, held.then_some(9_000), n)).collect();
        let mut truth = Board::new(map(1..5));
        truth.apply(&history, at(50));
        let rows = SeatMap { seats: truth.seats.clone(), ..map(1..5) };

        let mut shuffled = history.clone();
        shuffled.sort_by_key(|change| change.at.timestamp().cast_unsigned().wrapping_mul(seed | 1));
        let mut board = Board::new(map(1..5));
        for (n, change) in shuffled.iter().enumerate() {
            if n == read_after {
                board.merge(rows.clone(), at(50));
            }
            board.apply(&[*change], at(50) + TimeDelta::seconds(1));
        }
        prop_assert_eq!(board.shown, truth.shown);
    }
}
