//! The choice of the best seats in arbitrary houses, against what somebody sees who walks through every row.

use proptest::prelude::*;

use super::*;

/// Rows of marks, as [`house`] reads them. A seat between two aisles would be no aisle's, but a wide row's.
fn any_rows() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ox$rw]{2,12}(\\|[ox$rw]{2,9}){0,2}", 1..12)
}

fn any_max_price() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(Just(500))
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    (1usize..=10, any_max_price(), prop::option::of(prop_oneof!["Stalls", "Circle", "Moon"]), any::<bool>())
        .prop_map(|(quantity, max_price, section, allow_split)| Wanted { quantity, max_price, section, allow_split })
}

fn two_sections(stalls: &[String], circle: &[String]) -> Vec<Place> {
    let stalls = places("Stalls", stalls, 0);
    let circle = places("Circle", circle, stalls.len());
    [stalls, circle].concat()
}

/// Whether two seats are neighbours, as somebody sees who looks at the plan.
fn side_by_side(a: &Place, b: &Place) -> bool {
    (&a.section, &a.row) == (&b.section, &b.row) && ((a.x - b.x).abs() - PITCH).abs() < 0.1
}

/// The sizes of the groups that `chosen` sit in.
fn groups(places: &[Place], chosen: &[TicketId]) -> Vec<usize> {
    let chosen: Vec<_> = places.iter().filter(|place| chosen.contains(&place.ticket)).collect();
    chosen.chunk_by(|a, b| side_by_side(a, b)).map(<[_]>::len).collect()
}

/// The longest run of seats that fit, by walking the plan.
fn longest_run(places: &[Place], wanted: &Wanted) -> usize {
    let fits = |place: &Place| fits(place, wanted);
    let runs = places.chunk_by(|a, b| side_by_side(a, b) && fits(a) && fits(b));
    runs.filter(|run| fits(&run[0])).map(<[_]>::len).max().unwrap_or(0)
}

fn fits(place: &Place, wanted: &Wanted) -> bool {
    place.free
        && place.kind != Kind::OnRequest
        && wanted.max_price.is_none_or(|max| place.price <= max)
        && wanted.section.as_ref().is_none_or(|section| *section == place.section)
}

proptest! {
    #[test]
    fn what_is_chosen_is_what_was_wanted(stalls in any_rows(), circle in any_rows(), wanted in any_wanted()) {
        let places = two_sections(&stalls, &circle);
        let fitting = places.iter().filter(|place| fits(place, &wanted)).count();
        let longest = longest_run(&places, &wanted);
        match House::new(places.clone(), (5.0, -3.0)).take(&wanted) {
            Ok(chosen) => {
                prop_assert_eq!(chosen.len(), wanted.quantity);
                prop_assert!(chosen.is_sorted_by(|a, b| a < b), "each once");
                let seats = places.iter().filter(|place| chosen.contains(&place.ticket));
                prop_assert!(seats.clone().count() == chosen.len() && seats.clone().all(|place| fits(place, &wanted)));
                let groups = groups(&places, &chosen);
                prop_assert_eq!(groups.len() == 1, longest >= wanted.quantity, "together exactly where there is room");
                prop_assert!(groups.len() == 1 || wanted.allow_split, "taken apart unasked");
            }
            Err(Unmet::NotEnough(short)) => {
                prop_assert!(longest < wanted.quantity && (!wanted.allow_split || fitting < wanted.quantity));
                prop_assert_eq!((short.available, short.longest_run), (fitting, longest));
            }
            Err(Unmet::UnknownSection(sections)) => {
                prop_assert!(!sections.contains(wanted.section.as_ref().unwrap()));
            }
        }
    }

    #[test]
    fn a_group_taken_apart_has_the_fewest_parts(rows in any_rows(), quantity in 2usize..=10) {
        let places = places("Stalls", &rows, 0);
        let wanted = split(quantity);
        let fits = |place: &Place| fits(place, &wanted);
        let runs = places.chunk_by(|a, b| side_by_side(a, b) && fits(a) && fits(b)).filter(|run| fits(&run[0]));
        let mut room: Vec<_> = runs.map(<[_]>::len).collect();
        room.sort_unstable_by_key(|seats| std::cmp::Reverse(*seats));
        let Ok(chosen) = house(&rows).take(&wanted) else {
            prop_assert!(room.iter().sum::<usize>() < quantity);
            return Ok(());
        };
        let groups = groups(&places, &chosen);
        prop_assert!(room.iter().take(groups.len() - 1).sum::<usize>() < quantity, "{groups:?} of {room:?}");
        // Each part has a run that has room for two, and there are people enough: then nobody sits alone.
        if room[groups.len() - 1] >= 2 && quantity >= 2 * groups.len() {
            prop_assert!(groups.iter().all(|people| *people >= 2), "{groups:?} of {room:?}");
        }
    }

    /// The whole ranking, against one that looks at every place in every row.
    #[test]
    fn nothing_ranks_better_than_what_is_chosen(
        rows in any_rows(), quantity in 1usize..=10, max_price in any_max_price(),
    ) {
        let places = places("Stalls", &rows, 0);
        let wanted = Wanted { max_price, ..want(quantity) };
        let free = |place: &Place| fits(place, &want(1));
        let free_runs = places.chunk_by(|a, b| side_by_side(a, b) && free(a) && free(b)).filter(|run| free(&run[0]));
        let cost = |run: &[Place], at: usize| -> f32 {
            let orphans = u8::from(at == 1) + u8::from(run.len() - at - quantity == 1);
            let way = |place: &Place| {
                let hidden = if place.kind == Kind::RestrictedView { 20.0 } else { 0.0 };
                (place.x - 5.0).hypot(place.y + 3.0) + hidden + 5.0 * f32::from(orphans)
            };
            run[at..at + quantity].iter().map(way).sum()
        };
        let ways = free_runs.flat_map(|run| {
            let fitting = |at: &usize| run[*at..*at + quantity].iter().all(|place| fits(place, &wanted));
            let starts = (0..(run.len() + 1).saturating_sub(quantity)).filter(fitting);
            starts.map(|at| (cost(run, at), run[at].ticket)).collect::<Vec<_>>()
        });
        let ways: Vec<_> = ways.collect();
        let lowest = ways.iter().map(|(cost, _)| *cost).min_by(f32::total_cmp);
        match house(&rows).take(&wanted) {
            Ok(chosen) => {
                let (cost, _) = ways.iter().find(|(_, first)| *first == chosen[0]).unwrap();
                prop_assert!(*cost <= lowest.unwrap() + 0.02, "{cost} is farther than {lowest:?}");
            }
            Err(_) => prop_assert_eq!(lowest, None),
        }
    }

    #[test]
    fn the_same_house_gives_the_same_seats_whatever_the_order_it_is_read_in(
        stalls in any_rows(), circle in any_rows(), wanted in any_wanted(), turn in 0usize..100,
    ) {
        let places = two_sections(&stalls, &circle);
        let mut turned = places.clone();
        turned.rotate_left(turn % places.len().max(1));
        turned.reverse();
        let take = |places| House::new(places, (5.0, -3.0)).take(&wanted);
        prop_assert_eq!(take(places), take(turned));
    }

    #[test]
    fn every_layout_is_sold_to_its_last_group(
        seats in prop::collection::vec((-9f32..9.0, -9f32..9.0, 0u8..3, any::<bool>()), 0..60),
        quantity in 1usize..=10,
    ) {
        let place = |(n, (x, y, row, free)): (usize, (f32, f32, u8, bool))| Place {
            ticket: ticket(n + 1), x, y, free, row: "A".repeat(row.into()), ..places("", &["o"], 0).remove(0)
        };
        let groups = seats.iter().filter(|(.., free)| *free).count() / quantity;
        let mut house = House::new(seats.into_iter().enumerate().map(place).collect(), (0.0, 0.0));
        for _ in 0..groups {
            prop_assert_eq!(house.take(&split(quantity)).unwrap().len(), quantity);
        }
        prop_assert!(house.take(&split(quantity)).is_err(), "there are no seats for another group");
    }
}
