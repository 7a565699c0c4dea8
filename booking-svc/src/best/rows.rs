//! Which seats are neighbours, read off the layout. Knows neither prices nor who sits where.
//!
//! A row is the seats of one section and row label; where there is no label, those of one section and one `y`. Along
//! it, two seats are neighbours unless the gap between them is clearly wider than the row's usual one: an aisle, or the
//! way from a box's front seats to its back ones. Seats without coordinates are neighbours in the layout's order.

use std::collections::HashMap;

use super::{Kind, Place};

/// A gap so many times as wide as the usual one is no seat's but an aisle. Below √2, so that seats diagonal to each
/// other, in a box of two rows, are no neighbours; far above what a curved row's rounding does.
const AISLE: f64 = 1.35;
/// The gap that a quarter of them are no wider than is the usual one: a row may have more aisles than neighbours.
const USUAL_OF: usize = 4;
/// A row of fewer seats may have none but aisles: it is measured by its section's rows.
const TELLING_SEATS: usize = 4;

/// A house's layout.
pub(super) struct Plan<'p> {
    /// Its sections, in the layout's order.
    pub sections: Vec<&'p str>,
    /// Its seats, as far as they are for everybody.
    pub stretches: Vec<Stretch>,
    /// What is usual from seat to seat; 0 where the layout has no coordinates.
    pub pitch: f64,
}

/// Seats side by side, with nothing between them: neither an aisle nor a wheelchair's place.
pub(super) struct Stretch {
    /// Which of the sections.
    pub section: usize,
    /// The seats by their number among the places, in the order in which they stand.
    pub seats: Vec<usize>,
}

/// The seats of a row in the order in which they stand.
struct Line {
    section: usize,
    seats: Vec<usize>,
    /// From each to the next.
    gaps: Vec<f64>,
    /// The usual one of them.
    usual: f64,
}

/// Reads the layout of `places`, which are in its order.
pub(super) fn plan(places: &[Place]) -> Plan<'_> {
    let (sections, rows) = rows(places);
    let lines: Vec<_> = rows.into_iter().map(|(section, seats)| line(places, section, seats)).collect();
    let mut measured = vec![(Vec::new(), Vec::new()); sections.len()];
    for line in lines.iter().filter(|line| !line.gaps.is_empty()) {
        let (telling, short) = &mut measured[line.section];
        let rows = if line.seats.len() >= TELLING_SEATS { telling } else { short };
        rows.push(line.usual);
    }
    let measured = measured.into_iter().map(|(telling, short)| usual(if telling.is_empty() { short } else { telling }));
    let of_section: Vec<_> = measured.collect();
    let stretches = lines.iter().flat_map(|line| {
        let usual = if line.seats.len() < TELLING_SEATS { of_section[line.section] } else { line.usual };
        cut(places, line, usual * AISLE)
    });
    let stretches = stretches.collect();
    let pitch = usual(lines.iter().filter(|line| !line.gaps.is_empty()).map(|line| line.usual).collect());
    Plan { sections, stretches, pitch }
}

/// The sections, and per row its section and its seats in the layout's order.
fn rows(places: &[Place]) -> (Vec<&str>, Vec<(usize, Vec<usize>)>) {
    let (mut sections, mut section_of) = (Vec::new(), HashMap::new());
    let (mut rows, mut row_of) = (Vec::<(usize, Vec<usize>)>::new(), HashMap::new());
    // Adding zero makes one of the two zeros.
    let y = |place: &Place| if place.row.is_empty() { (place.y + 0.0).to_bits() } else { 0 };
    let mut first = 0;
    // Layouts count row by row: most rows are looked up once.
    for seats in places.chunk_by(|a, b| a.row == b.row && a.section == b.section && y(a) == y(b)) {
        let place = &seats[0];
        let section = *section_of.entry(place.section.as_str()).or_insert_with(|| {
            sections.push(place.section.as_str());
            sections.len() - 1
        });
        let row = *row_of.entry((section, place.row.as_str(), y(place))).or_insert_with(|| {
            rows.push((section, Vec::new()));
            rows.len() - 1
        });
        rows[row].1.extend(first..first + seats.len());
        first += seats.len();
    }
    (sections, rows)
}

/// Puts a row's seats into the order in which they stand: the layout's own, or that along the row where more seats are
/// neighbours so. A layout may count its odd seats first, or sort them as text.
fn line(places: &[Place], section: usize, seats: Vec<usize>) -> Line {
    let gaps = gaps(places, &seats);
    let along = along(places, &seats);
    let along_gaps = self::gaps(places, &along);
    let usual = usual(gaps.clone()).min(usual(along_gaps.clone()));
    let neighbours = |gaps: &[f64]| gaps.iter().filter(|gap| **gap <= usual * AISLE).count();
    if neighbours(&along_gaps) > neighbours(&gaps) {
        return Line { section, seats: along, gaps: along_gaps, usual };
    }
    Line { section, seats, gaps, usual }
}

/// The seats as they follow each other along the line between the row's ends. The ends of an arc of less than half a
/// circle are its two seats that are farthest apart, whatever way the arc is turned.
fn along(places: &[Place], seats: &[usize]) -> Vec<usize> {
    let farthest = |from: usize| {
        let squared = |seat: usize| (vector(places, from, seat).0).powi(2) + (vector(places, from, seat).1).powi(2);
        seats.iter().copied().max_by(|&a, &b| squared(a).total_cmp(&squared(b)))
    };
    let mut along = seats.to_vec();
    let Some(end) = seats.first().and_then(|&first| farthest(first)) else { return along };
    let (dx, dy) = vector(places, end, farthest(end).unwrap_or(end));
    let way = |seat: usize| {
        let (x, y) = vector(places, end, seat);
        x * dx + y * dy
    };
    along.sort_by(|&a, &b| way(a).total_cmp(&way(b)));
    along
}

/// Cuts a row at its aisles, and at the places that are not for everybody.
fn cut(places: &[Place], line: &Line, widest: f64) -> Vec<Stretch> {
    let mut stretches: Vec<Vec<usize>> = vec![Vec::new()];
    let behind = std::iter::once(0.0).chain(line.gaps.iter().copied());
    for (&seat, gap) in line.seats.iter().zip(behind) {
        let on_request = places[seat].kind == Kind::OnRequest;
        if gap > widest || on_request {
            stretches.push(Vec::new());
        }
        if let Some(stretch) = stretches.last_mut().filter(|_| !on_request) {
            stretch.push(seat);
        }
    }
    let seated = stretches.into_iter().filter(|seats| !seats.is_empty());
    seated.map(|seats| Stretch { section: line.section, seats }).collect()
}

fn gaps(places: &[Place], seats: &[usize]) -> Vec<f64> {
    let gap = |pair: &[usize]| {
        let (x, y) = vector(places, pair[0], pair[1]);
        x.hypot(y)
    };
    seats.windows(2).map(gap).collect()
}

fn vector(places: &[Place], from: usize, to: usize) -> (f64, f64) {
    let (from, to) = (&places[from], &places[to]);
    (f64::from(to.x) - f64::from(from.x), f64::from(to.y) - f64::from(from.y))
}

/// The usual one of `gaps`; 0 of none.
fn usual(mut gaps: Vec<f64>) -> f64 {
    if gaps.is_empty() {
        return 0.0;
    }
    let usual = (gaps.len() - 1) / USUAL_OF;
    *gaps.select_nth_unstable_by(usual, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use usher::id::EventId;

    use super::*;

    fn places(seats: &[(&str, f32, f32)]) -> Vec<Place> {
        let event = EventId::new(7).unwrap();
        let place = |(n, &(row, x, y)): (i64, &(&str, f32, f32))| Place {
            ticket: event.ticket(n).unwrap(),
            section: "Stalls".to_owned(),
            row: row.to_owned(),
            x,
            y,
            kind: Kind::Standard,
            price: 100,
            free: true,
        };
        (1..).zip(seats).map(place).collect()
    }

    fn stretches(places: &[Place]) -> Vec<Vec<usize>> {
        plan(places).stretches.into_iter().map(|stretch| stretch.seats).collect()
    }

    /// A row on an arc round the focal point, `middle` degrees off, with an aisle of 2.5 after `before_aisle` seats.
    fn arc(seats: u16, before_aisle: u16, middle: f32) -> Vec<(&'static str, f32, f32)> {
        const RADIUS: f32 = 20.0;
        let along = |n: u16| 1.1 * f32::from(n) + if n < before_aisle { 0.0 } else { 1.4 };
        let angle = |n: u16| middle.to_radians() + (along(n) - along(seats - 1) / 2.0) / RADIUS;
        (0..seats).map(|n| ("A", RADIUS * angle(n).sin(), RADIUS * angle(n).cos())).collect()
    }

    #[test]
    fn an_aisle_parts_a_row_however_the_row_is_turned_and_curved() {
        for middle in [0.0, 45.0, 90.0, -101.0, 180.0] {
            let row = places(&arc(12, 5, middle));
            assert_eq!(stretches(&row), [(0..5).collect::<Vec<_>>(), (5..12).collect()], "{middle} degrees");
        }
    }

    #[test]
    fn rows_counted_odd_first_or_sorted_as_text_are_put_in_order() {
        let odd_first = [7.0, 5.0, 3.0, 1.0, 2.0, 4.0, 6.0, 8.0].map(|x| ("A", x, 0.0));
        assert_eq!(stretches(&places(&odd_first)), [[3, 4, 2, 5, 1, 6, 0, 7]]);
        let as_text = [1.0, 10.0, 11.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0].map(|x| ("A", x, 0.0));
        assert_eq!(stretches(&places(&as_text)), [[2, 1, 10, 9, 8, 7, 6, 5, 4, 3, 0]]);
    }

    #[test]
    fn the_back_seats_of_a_box_are_no_neighbours_of_its_front_seats() {
        let two = |name, y: f32| [(name, 0.0, y), (name, 0.0, y + 1.1), (name, 1.1, y), (name, 1.1, y + 1.1)];
        assert_eq!(
            stretches(&places(&[two("BOX 1", 0.0), two("BOX 2", 3.0)].concat())),
            [[0, 1], [2, 3], [4, 5], [6, 7]]
        );
        let three = [0.0, 1.1].map(|x| [0.0, 1.1, 2.2].map(|y| ("BOX", x, y))).concat();
        assert_eq!(stretches(&places(&three)), [[0, 1, 2], [3, 4, 5]]);
    }

    #[test]
    fn without_labels_the_seats_of_one_y_are_a_row() {
        let grid = [0.0, 1.0].map(|y| [0.0, 1.0, 2.0].map(|x| ("", x, y))).concat();
        assert_eq!(stretches(&places(&grid)), [[0, 1, 2], [3, 4, 5]]);
    }

    #[test]
    fn without_coordinates_the_layouts_order_is_the_rows() {
        let bare = [("A", 0.0, 0.0), ("A", 0.0, 0.0), ("B", 0.0, 0.0), ("B", 0.0, 0.0), ("B", 0.0, 0.0)];
        let places = places(&bare);
        assert_eq!(stretches(&places), [vec![0, 1], vec![2, 3, 4]]);
        assert!(plan(&places).pitch.abs() < f64::EPSILON);
    }

    #[test]
    fn a_short_row_is_measured_by_its_sections_rows() {
        let across_an_aisle = [("B", 0.0, 1.0), ("B", 3.0, 1.0)];
        let all = [[0.0, 1.0, 2.0, 3.0].map(|x| ("A", x, 0.0)).as_slice(), &across_an_aisle].concat();
        assert_eq!(stretches(&places(&all)), [vec![0, 1, 2, 3], vec![4], vec![5]]);
    }

    #[test]
    fn a_wheelchairs_place_parts_a_row_and_belongs_to_no_stretch() {
        let mut places = places(&[0.0, 1.0, 2.0, 3.0, 4.0].map(|x| ("A", x, 0.0)));
        places[2].kind = Kind::OnRequest;
        assert_eq!(stretches(&places), [[0, 1], [3, 4]]);
    }
}
