//! The named seating plans, from a cinema of 84 seats to an arena of nearly 3,000. What a plan means is in
//! [`layout`](super::layout).

mod cinemas;
mod halls;
mod houses;
mod studios;

use super::layout::{Block, Plan};

/// Straight rows of one price: the plans say where their blocks differ.
const ROWS: Block = Block {
    section: "Stalls",
    prefix: "",
    rows: 1,
    first: 8,
    growth: 0,
    parts: 1,
    start: 6.0,
    curve: None,
    turn: 0.0,
    zones: &[(u16::MAX, 100)],
    wheelchair: &[],
    restricted: None,
};

/// Curved rows of a big house: the plans say where their blocks differ.
const CURVED: Block = Block {
    section: "Stalls",
    prefix: "STALLS",
    rows: 1,
    first: 20,
    growth: 0,
    parts: 2,
    start: 7.0,
    curve: Some(30.0),
    turn: 0.0,
    zones: &[(3, 90), (12, 130), (u16::MAX, 110)],
    wheelchair: &[],
    restricted: None,
};

/// The plan of this name.
pub(super) fn find(name: &str) -> Option<&'static Plan> {
    all().find(|plan| plan.name == name)
}

fn all() -> impl Iterator<Item = &'static Plan> {
    static PLANS: [&[Plan]; 4] = [&cinemas::PLANS, &studios::PLANS, &houses::PLANS, &halls::PLANS];
    PLANS.iter().flat_map(|plans| plans.iter())
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::demo_data::{
        layout::{Kind, Seat, seats},
        theaters,
    };

    fn used() -> Vec<(&'static str, Vec<Seat>)> {
        let theaters = theaters::all().unwrap();
        let names = theaters.iter().flat_map(|theater| &theater.screens).map(|screen| screen.layout.as_str());
        let plans = names.collect::<HashSet<_>>().into_iter().map(|name| find(name).unwrap());
        plans.map(|plan| (plan.name, seats(plan))).collect()
    }

    #[test]
    fn rooms_have_80_to_3000_seats() {
        let mut sizes: Vec<_> = used().iter().map(|(name, seats)| (seats.len(), *name)).collect();
        sizes.sort_unstable();
        println!("{sizes:?}");
        assert!(sizes.iter().all(|(size, _)| (80..=3_000).contains(size)), "{sizes:?}");
        assert!(sizes.first().unwrap().0 < 90 && sizes.last().unwrap().0 > 2_900, "{sizes:?}");
    }

    #[test]
    fn every_plan_is_used() {
        assert_eq!(used().len(), all().count());
    }

    #[test]
    fn no_number_comes_twice_and_each_fits_the_table() {
        for (name, seats) in used() {
            let numbers: HashSet<_> = seats.iter().map(|seat| &seat.number).collect();
            assert_eq!(numbers.len(), seats.len(), "{name}");
            assert!(seats.iter().all(|seat| (2..=40).contains(&seat.number.len())), "{name}");
        }
    }

    #[test]
    fn no_two_seats_overlap() {
        for (name, seats) in used() {
            // Seats nearer than one width are in the same or a neighbouring cell of that size.
            let mut cells: HashMap<(i64, i64), Vec<&Seat>> = HashMap::new();
            #[expect(clippy::cast_possible_truncation, reason = "a room is a few hundred seats wide")]
            let cell = |seat: &Seat| (seat.x.floor() as i64, seat.y.floor() as i64);
            for seat in &seats {
                let (x, y) = cell(seat);
                let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
                for other in near.filter_map(|cell| cells.get(&cell)).flatten() {
                    let distance = (seat.x - other.x).hypot(seat.y - other.y);
                    assert!(distance >= 1.0, "{name}: {} and {} are {distance} apart", seat.number, other.number);
                }
                cells.entry((x, y)).or_default().push(seat);
            }
        }
    }

    #[test]
    fn every_room_has_wheelchair_places_with_a_companion_each_and_price_zones() {
        for (name, seats) in used() {
            let count = |kind| seats.iter().filter(|seat| seat.kind == kind).count();
            assert!(count(Kind::Wheelchair) >= 2, "{name}");
            assert_eq!(count(Kind::Wheelchair), count(Kind::Companion), "{name}");
            assert!(seats.iter().map(|seat| seat.percent).collect::<HashSet<_>>().len() >= 2, "{name}");
        }
    }
}
