//! The choice of the best seats, by example.

mod arbitrary;

use usher::id::EventId;

use super::*;

const PITCH: f32 = 1.0;
const AISLE: f32 = 2.5;
const ROW_DEPTH: f32 = 1.8;

fn ticket(n: usize) -> TicketId {
    EventId::new(7).unwrap().ticket(i64::try_from(n).unwrap()).unwrap()
}

/// The layout's numbers of the seats chosen, from 1.
fn numbers(chosen: &[TicketId]) -> Vec<i64> {
    chosen.iter().map(|ticket| ticket.index()).collect()
}

/// Rows as they are written down: `o` a free seat, `x` a taken one, `$` a free one that costs more, `r` a free one with
/// a restricted view, `w` a free wheelchair's place, `|` an aisle. The focal point is before the middle of the first.
fn house<R: AsRef<str>>(rows: &[R]) -> House {
    House::new(places("Stalls", rows, 0), (5.0, -3.0))
}

fn places<R: AsRef<str>>(section: &str, rows: &[R], before: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut y = 0.0;
    for row in rows {
        let mut x = 0.0;
        for mark in row.as_ref().chars() {
            if mark == '|' {
                x += AISLE - PITCH;
                continue;
            }
            let kind = match mark {
                'r' => Kind::RestrictedView,
                'w' => Kind::OnRequest,
                _ => Kind::Standard,
            };
            places.push(Place {
                ticket: ticket(before + places.len() + 1),
                section: section.to_owned(),
                row: format!("row at {y}"),
                x,
                y,
                kind,
                price: if mark == '$' { 900 } else { 500 },
                free: mark != 'x',
            });
            x += PITCH;
        }
        y += ROW_DEPTH;
    }
    places
}

fn want(quantity: usize) -> Wanted {
    Wanted { quantity, max_price: None, section: None, allow_split: false }
}

fn split(quantity: usize) -> Wanted {
    Wanted { allow_split: true, ..want(quantity) }
}

fn best(rows: &[&str], wanted: &Wanted) -> Vec<i64> {
    numbers(&house(rows).take(wanted).unwrap())
}

fn shortage(rows: &[&str], wanted: &Wanted) -> Shortage {
    match house(rows).take(wanted).unwrap_err() {
        Unmet::NotEnough(shortage) => shortage,
        Unmet::UnknownSection(sections) => panic!("{sections:?}"),
    }
}

#[test]
fn the_nearest_to_the_focal_point_are_the_best() {
    assert_eq!(best(&["ooooooooooo", "ooooooooooo"], &want(3)), [5, 6, 7]);
    assert_eq!(best(&["xxxxxxxxxxx", "ooooooooooo"], &want(3)), [16, 17, 18]);
}

#[test]
fn the_lowest_ticket_decides_between_equals() {
    assert_eq!(best(&["ooxxxxxxxoo"], &want(2)), [1, 2]);
    let nowhere = |n| Place { ticket: ticket(n), x: 0.0, y: 0.0, ..places("", &["o"], 0).remove(0) };
    let mut bare = House::new((1..=9).map(nowhere).collect(), (0.0, 0.0));
    assert_eq!(numbers(&bare.take(&want(4)).unwrap()), [1, 2, 3, 4]);
    assert_eq!(numbers(&bare.take(&want(3)).unwrap()), [5, 6, 7]);
}

#[test]
fn what_was_chosen_before_is_taken() {
    let mut house = house(&["ooooooooooo"]);
    let chosen: Vec<_> = (0..5).map(|_| numbers(&house.take(&want(2)).unwrap())).collect();
    let mut all = chosen.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 10, "{chosen:?}");
}

#[test]
fn no_single_seat_is_left_over_where_a_seat_or_two_decide() {
    // The middle pair of the four would leave one on either side.
    assert_eq!(best(&["xxxooooxxxx"], &want(2)), [6, 7]);
    // The row behind has room for exactly two.
    assert_eq!(best(&["xxxxoooxxxx", "xxxxooxxxxx"], &want(2)), [16, 17]);
    // One person takes the seat that is single already.
    assert_eq!(best(&["xxxxooxxxxx", "xxxxxoxxxxx"], &want(1)), [17]);
}

#[test]
fn nobody_is_sent_to_the_back_for_a_single_seat() {
    let front = "xxxxoooxxxx";
    let back = "xxxxooxxxxx";
    let full = "xxxxxxxxxxx";
    assert_eq!(best(&[front, full, full, full, full, back], &want(2)), [5, 6]);
}

#[test]
fn an_aisle_and_a_wheelchairs_place_part_neighbours() {
    assert_eq!(shortage(&["xxxoo|ooxxx"], &want(3)).longest_run, 2);
    assert_eq!(shortage(&["oowoo"], &want(3)).longest_run, 2);
    // Beside either, a seat is as single as beside a taken one.
    assert_eq!(best(&["xxooo|xxxxx"], &want(2)), [4, 5]);
}

#[test]
fn a_wheelchairs_place_is_for_those_who_name_it() {
    let short = shortage(&["wwww"], &want(1));
    assert_eq!((short.available, short.longest_run), (0, 0));
}

#[test]
fn a_restricted_view_is_worse_than_a_longer_way() {
    assert_eq!(best(&["xxxrrrxxxxx", "xxxxxxxxxxx", "xxxxxxxxxoo"], &want(2)), [32, 33]);
    assert_eq!(best(&["xxxrrrxxxxx"], &want(3)), [4, 5, 6]);
}

#[test]
fn dearer_seats_and_other_sections_are_left_alone() {
    assert_eq!(best(&["oo$$$$$$$oo"], &Wanted { max_price: Some(500), ..want(2) }), [1, 2]);
    let both = [places("Stalls", &["ooo"], 0), places("Circle", &["ooo"], 3)].concat();
    let mut house = House::new(both, (0.0, 0.0));
    let circle = Wanted { section: Some("Circle".to_owned()), ..want(2) };
    assert!(numbers(&house.take(&circle).unwrap()).iter().all(|n| *n > 3));
    let nowhere = Wanted { section: Some("Moon".to_owned()), ..want(2) };
    let known = vec!["Stalls".to_owned(), "Circle".to_owned()];
    assert_eq!(house.take(&nowhere), Err(Unmet::UnknownSection(known)));
}

#[test]
fn a_group_is_taken_apart_only_when_asked_and_only_when_it_must() {
    let rows = ["xooxxxxxoox", "xxxxxxxxxxx", "xxxxoooxxxx"];
    assert_eq!(best(&rows, &split(3)), [27, 28, 29], "there is room together");
    let short = shortage(&rows, &want(4));
    assert_eq!((short.available, short.longest_run), (7, 3));
    assert_eq!(best(&rows, &split(4)), [2, 3, 9, 10], "two and two, not three and one");
    assert_eq!(best(&rows, &split(5)).len(), 5);
}

#[test]
fn the_parts_of_a_group_are_few_and_near_to_each_other() {
    // Three seats and two, although singles are nearer to the focal point.
    assert_eq!(best(&["oxoxoxoxoxo", "xxxxxxxxxxx", "oooxxxxxxoo"], &split(5)), [23, 24, 25, 32, 33]);
    // Of two equal pairs, the one beside the best.
    assert_eq!(best(&["xxxxxxooxxx", "xxxxxxxxxxx", "xooxxxxxoox"], &split(4)), [7, 8, 31, 32]);
}

#[test]
fn somebody_sits_alone_only_where_it_cannot_be_helped() {
    assert_eq!(best(&["oooox|ooxxo"], &split(5)).iter().filter(|n| **n > 5).count(), 2);
    assert_eq!(best(&["oooox|oxxxo"], &split(5)).iter().filter(|n| **n > 5).count(), 1);
}

#[test]
fn a_shortage_says_what_would_help() {
    let section = Some("Stalls".to_owned());
    let said = |rows: &[&str], wanted: Wanted| shortage(rows, &wanted).to_string();
    assert_eq!(
        said(&["oo|oo"], want(3)),
        "no 3 free seats are together, at most 2 of 4: try allow_split or fewer seats"
    );
    assert_eq!(
        said(&["oo$$"], Wanted { max_price: Some(500), section, ..want(3) }),
        "2 seats are free, not 3 in section \"Stalls\" at up to 500 each: \
         try fewer seats or another section or a higher max_price"
    );
    assert_eq!(said(&["xx"], want(1)), "no seat is free");
}
