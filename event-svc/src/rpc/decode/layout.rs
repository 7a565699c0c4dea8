//! A theatre with its screens and layouts, as a request describes it.

use std::collections::HashSet;

use usher::contract::event::{LayoutSeat as LayoutSeatMessage, Screen, UpdateTheaterRequest};

use super::{check_price, text};
use crate::{
    error::Error,
    seat::{Kind, LayoutSeat, SEAT_NUMBER_CHARS_MAX, SEATS_MAX},
    text::Violations,
    theater::{ScreenEdit, TheaterEdit},
};

const NAME_CHARS_MAX: usize = 200;
const ADDRESS_CHARS_MAX: usize = 500;
const LABEL_CHARS_MAX: usize = 40;
const SCREENS_MAX: usize = 64;
/// Far beyond any house, and exact in the column's type.
const PLACE_MAX: f32 = 100_000.0;

/// What a request says about a theatre.
pub fn theater(body: UpdateTheaterRequest) -> Result<TheaterEdit, Error> {
    if body.theater_id < 0 {
        return Err(Error::UnknownTheater(body.theater_id));
    }
    let mut wrong = Violations::default();
    let theater_id = Some(body.theater_id).filter(|id| *id != 0);
    let theater_name = match theater_id {
        None => wrong.name("theater_name", &body.theater_name, NAME_CHARS_MAX),
        Some(_) => wrong.line("theater_name", &body.theater_name, NAME_CHARS_MAX),
    };
    let city = wrong.line("city", &body.city, NAME_CHARS_MAX);
    let address = wrong.line("address", &body.address, ADDRESS_CHARS_MAX);
    let time_zone = wrong.line("time_zone", &body.time_zone, NAME_CHARS_MAX);
    wrong.check(body.screens.len() <= SCREENS_MAX, "screens", &format!("at most {SCREENS_MAX} in one request"));
    let mut names = HashSet::new();
    let mut screens = Vec::with_capacity(body.screens.len());
    for (n, message) in body.screens.into_iter().take(SCREENS_MAX).enumerate() {
        let field = format!("screens[{n}]");
        let edit = screen(&mut wrong, &field, message);
        let twice = edit.screen_name.as_ref().is_some_and(|name| !names.insert(name.clone()));
        wrong.check(!twice, &format!("{field}.screen_name"), "is named twice");
        screens.push(edit);
    }
    wrong.refuse()?;
    Ok(TheaterEdit {
        theater_id,
        theater_name: text(theater_name),
        city: text(city),
        address: text(address),
        time_zone: text(time_zone),
        screens,
    })
}

fn screen(wrong: &mut Violations, field: &str, message: Screen) -> ScreenEdit {
    let name_field = format!("{field}.screen_name");
    wrong.check(message.screen_id >= 0, &format!("{field}.screen_id"), "must be a screen's id, or 0 for a new one");
    let screen_id = Some(message.screen_id).filter(|id| *id != 0);
    let name = match screen_id {
        None => wrong.name(&name_field, &message.screen_name, NAME_CHARS_MAX),
        Some(_) => wrong.line(&name_field, &message.screen_name, NAME_CHARS_MAX),
    };
    check_place(wrong, &format!("{field}.focal_x"), message.focal_x);
    check_place(wrong, &format!("{field}.focal_y"), message.focal_y);
    let count = message.seats.len();
    wrong.check(count <= SEATS_MAX, &format!("{field}.seats"), &format!("at most {SEATS_MAX} seats"));
    let mut numbers = HashSet::new();
    let numbered = (1..).zip(message.seats.into_iter().take(SEATS_MAX));
    let seats = numbered.map(|(index, message)| {
        let field = format!("{field}.seats[{}]", index - 1);
        let seat = seat(wrong, &field, index, &message);
        wrong.check(numbers.insert(seat.seat_number.clone()), &format!("{field}.seat_no"), "is named twice");
        seat
    });
    let seats = seats.collect();
    ScreenEdit { screen_id, screen_name: text(name), focal: (message.focal_x, message.focal_y), seats }
}

fn seat(wrong: &mut Violations, field: &str, index: i32, message: &LayoutSeatMessage) -> LayoutSeat {
    let of = |name: &str| format!("{field}.{name}");
    let kind = Kind::parse(&message.kind);
    wrong.check(kind.is_some(), &of("kind"), "must be STANDARD, WHEELCHAIR, COMPANION or RESTRICTED_VIEW");
    check_place(wrong, &of("x"), message.x);
    check_place(wrong, &of("y"), message.y);
    if let Some(price) = message.price {
        check_price(wrong, &of("price"), price);
    }
    LayoutSeat {
        index,
        seat_number: wrong.name(&of("seat_no"), &message.seat_no, SEAT_NUMBER_CHARS_MAX),
        section: wrong.line(&of("section"), &message.section, LABEL_CHARS_MAX),
        row: wrong.line(&of("row"), &message.row, LABEL_CHARS_MAX),
        x: message.x,
        y: message.y,
        kind: kind.unwrap_or(Kind::Standard).as_str().to_owned(),
        price: message.price,
    }
}

fn check_place(wrong: &mut Violations, field: &str, place: f32) {
    // False for what is no number, too.
    wrong.check(place.abs() <= PLACE_MAX, field, &format!("must be a number from -{PLACE_MAX} to {PLACE_MAX}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(seats: Vec<LayoutSeatMessage>) -> UpdateTheaterRequest {
        let screen = Screen { screen_name: "One".to_owned(), seats, ..Screen::default() };
        UpdateTheaterRequest { theater_name: "Odeon".to_owned(), screens: vec![screen], ..Default::default() }
    }

    fn seat(seat_no: &str) -> LayoutSeatMessage {
        LayoutSeatMessage { seat_no: seat_no.to_owned(), ..Default::default() }
    }

    #[test]
    fn seats_are_numbered_in_their_order() {
        let edit = theater(request(vec![seat("B2"), seat("A1")])).unwrap();
        let seats: Vec<_> = edit.screens[0].seats.iter().map(|seat| (seat.index, seat.seat_number.as_str())).collect();
        assert_eq!(seats, [(1, "B2"), (2, "A1")]);
    }

    #[test]
    fn every_bad_seat_is_named() {
        let odd = LayoutSeatMessage { kind: "SOFA".to_owned(), x: f32::NAN, price: Some(-5), ..seat("A2") };
        let told = theater(request(vec![seat("A1"), odd, seat("A1")])).unwrap_err().to_string();
        for field in ["seats[1].kind", "seats[1].x", "seats[1].price", "seats[2].seat_no"] {
            assert!(told.contains(&format!("screens[0].{field}")), "{field}: {told}");
        }
    }

    #[test]
    fn a_new_theatre_has_a_name_and_an_old_one_keeps_its_own() {
        assert!(theater(UpdateTheaterRequest::default()).is_err());
        let edit = theater(UpdateTheaterRequest { theater_id: 7, ..Default::default() }).unwrap();
        assert_eq!((edit.theater_id, edit.theater_name), (Some(7), None));
    }
}
