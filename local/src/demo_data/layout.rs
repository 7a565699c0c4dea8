//! Seats from a seating plan: where each is, what it is called, what it is like and in which price zone. Pure geometry,
//! in seat widths; the focal point, which the best seats are nearest to, is at (0, 0) and the audience above it.

/// From seat to seat along a row.
const SEAT_PITCH: f32 = 1.1;
/// From row to row.
const ROW_PITCH: f32 = 1.8;
/// What an aisle adds between two seats.
const AISLE: f32 = 1.4;
/// From box to box along a wall.
const BOX_PITCH: f32 = 3.0;
/// What a seat with a restricted view costs, in percent of its neighbours' price.
const RESTRICTED_PERCENT: u32 = 60;

/// What a seat is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A seat.
    Standard,
    /// A place for a wheelchair.
    Wheelchair,
    /// The seat beside it.
    Companion,
    /// A seat from where not all can be seen.
    RestrictedView,
}

impl Kind {
    /// The table's word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Wheelchair => "WHEELCHAIR",
            Self::Companion => "COMPANION",
            Self::RestrictedView => "RESTRICTED_VIEW",
        }
    }
}

/// One seat.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seat {
    /// Its number; no two on a screen have the same.
    pub(super) number: String,
    /// The part of the house.
    pub(super) section: &'static str,
    /// The row's letters, or the box's name.
    pub(super) row: String,
    /// To the right of the focal point, as the audience sees it.
    pub(super) x: f32,
    /// Away from the focal point.
    pub(super) y: f32,
    /// What it is like.
    pub(super) kind: Kind,
    /// Its price in percent of the work's.
    pub(super) percent: u32,
}

/// The plan of a room.
#[derive(Debug)]
pub(super) struct Plan {
    /// The plan's name.
    pub(super) name: &'static str,
    /// Big houses have no rows I and O, which look like 1 and 0.
    pub(super) plain_letters: bool,
    /// Its rows.
    pub(super) blocks: &'static [Block],
    /// Its boxes.
    pub(super) boxes: &'static [Boxes],
}

/// Rows of seats, one behind the other.
#[derive(Debug)]
pub(super) struct Block {
    /// The part of the house; more than one block may belong to it.
    pub(super) section: &'static str,
    /// What seat numbers begin with; empty where the house has one section.
    pub(super) prefix: &'static str,
    /// How many rows.
    pub(super) rows: u16,
    /// Seats of the first row.
    pub(super) first: u16,
    /// Seats that each row has more than the one before.
    pub(super) growth: u16,
    /// Parts between aisles.
    pub(super) parts: u16,
    /// From the focal point to the first row.
    pub(super) start: f32,
    /// Straight rows: `None`. Curved ones: how far behind the focal point the centre of their arcs lies.
    pub(super) curve: Option<f32>,
    /// Degrees by which the block is turned round the focal point: 180 is behind the stage.
    pub(super) turn: f32,
    /// Price zones: rows up to the number (from 1) cost the percentage. The last one takes all rows behind.
    pub(super) zones: &'static [(u16, u32)],
    /// Rows (from 1) whose ends are wheelchair places with a companion's seat each.
    pub(super) wheelchair: &'static [u16],
    /// From which row (from 1) on the outermost seats have a restricted view, and how many at each end.
    pub(super) restricted: Option<(u16, u16)>,
}

/// Two lines of boxes along the walls.
#[derive(Debug)]
pub(super) struct Boxes {
    /// The part of the house.
    pub(super) section: &'static str,
    /// What seat numbers begin with.
    pub(super) prefix: &'static str,
    /// Boxes on each side.
    pub(super) per_side: u16,
    /// Seats abreast; the row behind them has as many, with a restricted view.
    pub(super) abreast: u16,
    /// From the middle to the front seats.
    pub(super) x: f32,
    /// From the focal point to the first box.
    pub(super) start: f32,
    /// Price of the front seats.
    pub(super) percent: u32,
}

/// The plan's seats, in the order in which they are counted.
pub(super) fn seats(plan: &Plan) -> Vec<Seat> {
    let blocks = plan.blocks.iter().flat_map(|block| {
        let before = rows_before(plan, block);
        (0..block.rows).flat_map(move |row| row_seats(block, row, &letters(before + row, plan.plain_letters)))
    });
    blocks.chain(plan.boxes.iter().flat_map(box_seats)).collect()
}

/// Rows of the same name's earlier blocks: letters go on from block to block.
fn rows_before(plan: &Plan, block: &Block) -> u16 {
    let earlier = plan.blocks.iter().take_while(|other| !std::ptr::eq(*other, block));
    earlier.filter(|other| other.prefix == block.prefix).map(|other| other.rows).sum()
}

fn row_seats(block: &Block, row: u16, letters: &str) -> Vec<Seat> {
    let count = block.first + block.growth * row;
    let width = offset(block, count, count - 1);
    let radius = block.start + ROW_PITCH * f32::from(row);
    let seat = |index: u16| {
        let along = offset(block, count, index) - width / 2.0;
        let (x, y) = turned(place(block.curve, radius, along), block.turn);
        let kind = kind(block, row, count, index);
        let percent = zone(block, row);
        let percent = if kind == Kind::RestrictedView { percent * RESTRICTED_PERCENT / 100 } else { percent };
        let number = format!("{} {letters}{}", block.prefix, index + 1).trim_start().to_owned();
        Seat { number, section: block.section, row: letters.to_owned(), x, y, kind, percent }
    };
    (0..count).map(seat).collect()
}

/// How far the seat `index` of a row of `count` is from the row's first.
fn offset(block: &Block, count: u16, index: u16) -> f32 {
    SEAT_PITCH * f32::from(index) + AISLE * f32::from(index * block.parts / count)
}

fn place(curve: Option<f32>, radius: f32, along: f32) -> (f32, f32) {
    let Some(behind) = curve else { return (along, radius) };
    let angle = along / (radius + behind);
    ((radius + behind) * angle.sin(), (radius + behind) * angle.cos() - behind)
}

fn turned((x, y): (f32, f32), degrees: f32) -> (f32, f32) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (x * cos + y * sin, y * cos - x * sin)
}

fn kind(block: &Block, row: u16, count: u16, index: u16) -> Kind {
    let from_end = index.min(count - 1 - index);
    let restricted = block.restricted.is_some_and(|(from, ends)| row + 1 >= from && from_end < ends);
    match (block.wheelchair.contains(&(row + 1)), from_end) {
        (true, 0) => Kind::Wheelchair,
        (true, 1) => Kind::Companion,
        _ if restricted => Kind::RestrictedView,
        _ => Kind::Standard,
    }
}

fn zone(block: &Block, row: u16) -> u32 {
    let zone = block.zones.iter().find(|(up_to, _)| row < *up_to).or_else(|| block.zones.last());
    zone.map_or(100, |(_, percent)| *percent)
}

fn box_seats(boxes: &'static Boxes) -> impl Iterator<Item = Seat> {
    // Odd boxes on the left, even ones on the right, counted from the stage.
    (0..boxes.per_side * 2).flat_map(move |index| {
        let side = if index % 2 == 0 { -1.0 } else { 1.0 };
        let y = boxes.start + f32::from(index / 2) * (BOX_PITCH + SEAT_PITCH * f32::from(boxes.abreast - 2));
        (0..boxes.abreast * 2).map(move |seat| {
            let behind = seat >= boxes.abreast;
            let name = format!("{} {}", boxes.prefix, index + 1);
            Seat {
                number: format!("{name}-{}", seat + 1),
                section: boxes.section,
                row: name,
                x: side * (boxes.x + if behind { SEAT_PITCH } else { 0.0 }),
                y: y + SEAT_PITCH * f32::from(seat % boxes.abreast),
                kind: if behind { Kind::RestrictedView } else { Kind::Standard },
                percent: if behind { boxes.percent * RESTRICTED_PERCENT / 100 } else { boxes.percent },
            }
        })
    })
}

/// The name of the row `index`, from 0: A to Z, then AA, BB and so on.
fn letters(index: u16, plain: bool) -> String {
    let alphabet: Vec<char> = ('A'..='Z').filter(|letter| !plain || !matches!(letter, 'I' | 'O')).collect();
    let (round, letter) = (usize::from(index) / alphabet.len(), usize::from(index) % alphabet.len());
    alphabet.iter().skip(letter).take(1).flat_map(|letter| std::iter::repeat_n(*letter, round + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Block = Block {
        section: "Stalls",
        prefix: "STALLS",
        rows: 3,
        first: 8,
        growth: 2,
        parts: 2,
        start: 5.0,
        curve: None,
        turn: 0.0,
        zones: &[(1, 80), (2, 120)],
        wheelchair: &[2],
        restricted: Some((3, 1)),
    };

    #[test]
    fn rows_of_big_houses_skip_what_looks_like_a_digit() {
        let names: Vec<_> = [0, 7, 8, 13, 23, 24, 25].map(|row| letters(row, true)).into();
        assert_eq!(names, ["A", "H", "J", "P", "Z", "AA", "BB"]);
        assert_eq!((letters(8, false), letters(26, false)), ("I".to_owned(), "AA".to_owned()));
    }

    #[test]
    fn a_row_is_centred_and_parted_by_its_aisle() {
        let row = row_seats(&BLOCK, 0, "A");
        assert_eq!((row.len(), row[0].number.as_str(), row[7].number.as_str()), (8, "STALLS A1", "STALLS A8"));
        assert!((row[0].x + row[7].x).abs() < 0.001);
        assert!((row[4].x - row[3].x - SEAT_PITCH - AISLE).abs() < 0.001);
    }

    #[test]
    fn zones_kinds_and_prices_follow_the_plan() {
        let rows = [row_seats(&BLOCK, 0, "A"), row_seats(&BLOCK, 1, "B"), row_seats(&BLOCK, 2, "C")];
        assert_eq!(rows.each_ref().map(|row| row[4].percent), [80, 120, 120]);
        assert_eq!(
            (rows[1][0].kind, rows[1][1].kind, rows[1][2].kind),
            (Kind::Wheelchair, Kind::Companion, Kind::Standard)
        );
        assert_eq!((rows[2][0].kind, rows[2][0].percent), (Kind::RestrictedView, 72));
    }

    #[test]
    fn a_block_turned_half_round_is_behind_the_stage() {
        let (x, y) = turned((1.0, 5.0), 180.0);
        assert!((x + 1.0).abs() < 0.001 && (y + 5.0).abs() < 0.001);
        let (x, y) = turned((0.0, 5.0), 90.0);
        assert!((x - 5.0).abs() < 0.001 && y.abs() < 0.001);
    }
}
