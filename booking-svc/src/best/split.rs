//! How a group is taken apart that no row has room for together: into as few parts as can be, near to each other, and
//! nobody alone where that can be helped.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use super::{Choice, House, Run, parts};

/// How many of the best places for a part are looked at.
const PLACES_MAX: usize = 128;
/// From how many of the best places for the largest part the others are sought.
const STARTS_MAX: usize = 16;

/// Seats `quantity` people in several of the `runs`, none of which has room for all; `None` where all of them together
/// have not.
pub(super) fn groups(house: &House, runs: &[Run], quantity: usize) -> Option<Vec<Range<usize>>> {
    let mut room: Vec<_> = runs.iter().map(|run| run.fitting.len()).collect();
    room.sort_unstable_by_key(|seats| Reverse(*seats));
    let sums = room.iter().scan(0, |sum, seats| {
        *sum += seats;
        Some(*sum)
    });
    let fewest = 1 + sums.take(quantity).position(|sum| sum >= quantity)?;
    let mut ways = Vec::new();
    take_apart(quantity, fewest, &room, &mut Vec::new(), &mut ways);
    let alone = |way: &Vec<usize>| way.iter().filter(|people| **people == 1).count();
    let fewest_alone = ways.iter().map(alone).min()?;
    ways.retain(|way| alone(way) == fewest_alone);

    let mut places = BTreeMap::new();
    for &people in ways.iter().flatten() {
        places.entry(people).or_insert_with(|| best_places(house, runs, people));
    }
    let starts = ways.iter().flat_map(|way| places[&way[0]].iter().take(STARTS_MAX).map(move |start| (way, start)));
    let seated = starts.filter_map(|(way, start)| seat(house, &places, way, start));
    Some(seated.min_by_key(|(cost, _)| *cost)?.1)
}

/// Every way to take `people` apart into `count` parts, the largest first, for which there is room: a run for each.
fn take_apart(people: usize, count: usize, room: &[usize], parts: &mut Vec<usize>, ways: &mut Vec<Vec<usize>>) {
    let Some((most, room)) = room.split_first().filter(|_| count > 0) else {
        if people == 0 && count == 0 {
            ways.push(parts.clone());
        }
        return;
    };
    let most = parts.last().unwrap_or(most).min(most);
    for part in (1..=people.min(*most)).rev() {
        parts.push(part);
        take_apart(people - part, count - 1, room, parts, ways);
        parts.pop();
    }
}

/// The best place for `people` in each run, the best of them first, each with its run.
fn best_places(house: &House, runs: &[Run], people: usize) -> Vec<(usize, Choice)> {
    let best = |(n, run): (usize, &Run)| {
        let best = house.ranked(std::slice::from_ref(run), people).reduce(|a, b| house.better(a, b));
        Some((n, best?))
    };
    let mut places: Vec<_> = runs.iter().enumerate().filter_map(best).collect();
    places.sort_by_cached_key(|(_, choice)| house.rank(choice));
    places.truncate(PLACES_MAX);
    places
}

/// Seats the first part at `start` and each other one where its way to the focal point and to the first is shortest.
fn seat(
    house: &House,
    places: &BTreeMap<usize, Vec<(usize, Choice)>>,
    way: &[usize],
    start: &(usize, Choice),
) -> Option<(i64, Vec<Range<usize>>)> {
    let (mut runs, mut cost, mut seats) = (vec![start.0], start.1.cost, vec![start.1.seats.clone()]);
    let middle = middle(house, &start.1.seats);
    for people in &way[1..] {
        let free = places[people].iter().filter(|(run, _)| !runs.contains(run));
        let with_way = free.map(|(run, choice)| (choice.cost + apart(house, middle, &choice.seats), *run, choice));
        let (added, run, choice) = with_way.min_by_key(|(cost, ..)| *cost)?;
        runs.push(run);
        cost += added;
        seats.push(choice.seats.clone());
    }
    Some((cost, seats))
}

/// The sum of everybody's way to the first part.
fn apart(house: &House, middle: (f64, f64), seats: &Range<usize>) -> i64 {
    let way = |(x, y): (f64, f64)| parts((x - middle.0).hypot(y - middle.1));
    house.seats[seats.clone()].iter().map(|seat| way(seat.at)).sum()
}

fn middle(house: &House, seats: &Range<usize>) -> (f64, f64) {
    let (first, last) = (house.seats[seats.start].at, house.seats[seats.end - 1].at);
    (f64::midpoint(first.0, last.0), f64::midpoint(first.1, last.1))
}
