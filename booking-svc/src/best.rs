//! Which seats are the best for a wish: together in one row, near to the focal point, and leaving no single seat over
//! where that can be helped. Pure: it sees a house at one moment, and not who asks. What it chooses is a proposal, to
//! be reserved by the rules of Reserve.
//!
//! Seats are ranked by their distance to the screen's focal point, a restricted view counting as a longer way. A group
//! sits a little farther off where that spares the house an orphan: a single free seat between taken ones, which hardly
//! anybody buys. The lowest ticket decides between equals. Wheelchair places and the seats beside them are never
//! chosen: who needs them names them in Reserve.

mod rows;
mod split;

use std::{fmt, iter, ops::Range};

use usher::id::TicketId;

/// What leaving an orphan weighs: everybody of the group sits up to so many seats farther off, some three rows, to
/// spare the house one. More would send people to the back where a seat or two decide.
const ORPHAN_SEATS: i64 = 5;
/// What a restricted view weighs: a full view up to so many seats farther off is better.
const RESTRICTED_SEATS: i64 = 20;
/// Distances are counted in this part of the layout's unit, so that equal ones are equal.
const PARTS_OF_A_UNIT: f64 = 1_000.0;

/// What a seat is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A seat like any other.
    Standard,
    /// Sees less.
    RestrictedView,
    /// A wheelchair's place, or the seat beside one: only for those who name it.
    OnRequest,
}

/// One seat of a house.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its ticket. Tickets ascend in the layout's order.
    pub ticket: TicketId,
    /// The part of the house.
    pub section: String,
    /// The row; may be empty.
    pub row: String,
    /// Place to the right.
    pub x: f32,
    /// Place away from the stage.
    pub y: f32,
    /// What it is like.
    pub kind: Kind,
    /// What it costs now, in minor units.
    pub price: i64,
    /// Whether anybody may take it now.
    pub free: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many seats; at least one.
    pub quantity: usize,
    /// The most that each may cost, in minor units; `None` is any price.
    pub max_price: Option<i64>,
    /// The part of the house; `None` is anywhere.
    pub section: Option<String>,
    /// Whether the group may be taken apart where no row has enough together.
    pub allow_split: bool,
}

/// Why nothing could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// The house has no such section, but these.
    UnknownSection(Vec<String>),
    /// Too few seats that fit are free, or too few together.
    NotEnough(Shortage),
}

/// What there is instead of what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// What was wanted.
    pub wanted: Wanted,
    /// How many seats that fit are free.
    pub available: usize,
    /// The most of them that are together.
    pub longest_run: usize,
}

/// A house at one moment, read for choosing.
#[derive(Debug)]
pub struct House {
    sections: Vec<String>,
    /// Stretch by stretch, neighbours side by side.
    seats: Vec<Seat>,
    /// Seats with nothing between them, each with its section.
    stretches: Vec<(usize, Range<usize>)>,
    /// What leaving an orphan adds to everybody's way.
    orphan: i64,
}

#[derive(Debug)]
struct Seat {
    ticket: TicketId,
    at: (f64, f64),
    price: i64,
    free: bool,
    /// How far off it counts.
    away: i64,
}

/// Free seats that fit, side by side, among all free seats side by side.
#[derive(Debug)]
struct Run {
    free: Range<usize>,
    fitting: Range<usize>,
}

/// A choice, and what it weighs: the sum of everybody's way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Choice {
    cost: i64,
    seats: Range<usize>,
}

impl House {
    /// Reads the layout. `focal` is the point that the best seats are nearest to.
    #[must_use]
    pub fn new(mut places: Vec<Place>, focal: (f32, f32)) -> Self {
        places.sort_unstable_by_key(|place| place.ticket);
        let plan = rows::plan(&places);
        // Where there are no coordinates, orphans alone decide.
        let pitch = parts(plan.pitch).max(1);
        let (mut seats, mut stretches) = (Vec::with_capacity(places.len()), Vec::with_capacity(plan.stretches.len()));
        for stretch in &plan.stretches {
            let first = seats.len();
            seats.extend(stretch.seats.iter().map(|&n| seat(&places[n], focal, pitch)));
            stretches.push((stretch.section, first..seats.len()));
        }
        let sections = plan.sections.into_iter().map(ToOwned::to_owned).collect();
        Self { sections, seats, stretches, orphan: ORPHAN_SEATS * pitch }
    }

    /// Chooses the best seats, and counts them as taken from then on.
    pub fn take(&mut self, wanted: &Wanted) -> Result<Vec<TicketId>, Unmet> {
        let chosen = self.choose(wanted)?;
        let mut tickets = Vec::with_capacity(wanted.quantity);
        for seats in chosen {
            for seat in &mut self.seats[seats] {
                seat.free = false;
                tickets.push(seat.ticket);
            }
        }
        tickets.sort_unstable();
        Ok(tickets)
    }

    fn choose(&self, wanted: &Wanted) -> Result<Vec<Range<usize>>, Unmet> {
        let runs = self.runs(wanted)?;
        if let Some(together) = self.ranked(&runs, wanted.quantity).reduce(|a, b| self.better(a, b)) {
            return Ok(vec![together.seats]);
        }
        let groups = wanted.allow_split.then(|| split::groups(self, &runs, wanted.quantity)).flatten();
        groups.ok_or_else(|| {
            let lengths = || runs.iter().map(|run| run.fitting.len());
            let (available, longest_run) = (lengths().sum(), lengths().max().unwrap_or(0));
            Unmet::NotEnough(Shortage { wanted: wanted.clone(), available, longest_run })
        })
    }

    /// The free seats that fit.
    fn runs(&self, wanted: &Wanted) -> Result<Vec<Run>, Unmet> {
        let section = wanted.section.as_ref().map(|named| {
            let section = self.sections.iter().position(|section| section == named);
            section.ok_or_else(|| Unmet::UnknownSection(self.sections.clone()))
        });
        let section = section.transpose()?;
        let mut runs = Vec::new();
        for (_, stretch) in self.stretches.iter().filter(|(of, _)| section.is_none_or(|section| section == *of)) {
            for free in stretches_where(stretch.clone(), |seat| self.seats[seat].free) {
                let fits = |seat: usize| wanted.max_price.is_none_or(|max| self.seats[seat].price <= max);
                runs.extend(stretches_where(free.clone(), fits).map(|fitting| Run { free: free.clone(), fitting }));
            }
        }
        Ok(runs)
    }

    /// Every way to sit `quantity` people together in one of the `runs`.
    fn ranked(&self, runs: &[Run], quantity: usize) -> impl Iterator<Item = Choice> {
        let places = runs.iter().flat_map(move |run| {
            let last = (run.fitting.end + 1).saturating_sub(quantity);
            (run.fitting.start..last).map(move |first| (&run.free, first..first + quantity))
        });
        places.map(|(free, seats)| {
            let left_over = [seats.start - free.start, free.end - seats.end];
            let orphans: i64 = left_over.into_iter().map(|seats| i64::from(seats == 1)).sum();
            let cost = self.seats[seats.clone()].iter().map(|seat| seat.away + self.orphan * orphans).sum();
            Choice { cost, seats }
        })
    }

    fn better(&self, a: Choice, b: Choice) -> Choice {
        if self.rank(&b) < self.rank(&a) { b } else { a }
    }

    fn rank(&self, choice: &Choice) -> (i64, Option<TicketId>) {
        (choice.cost, self.seats[choice.seats.clone()].iter().map(|seat| seat.ticket).min())
    }
}

fn seat(place: &Place, focal: (f32, f32), pitch: i64) -> Seat {
    let at = (f64::from(place.x), f64::from(place.y));
    let away = parts((at.0 - f64::from(focal.0)).hypot(at.1 - f64::from(focal.1)));
    let hidden = if place.kind == Kind::RestrictedView { RESTRICTED_SEATS * pitch } else { 0 };
    Seat { ticket: place.ticket, at, price: place.price, free: place.free, away: away + hidden }
}

#[expect(clippy::cast_possible_truncation, reason = "a layout's coordinates are bounded to 100,000 units")]
fn parts(distance: f64) -> i64 {
    (distance * PARTS_OF_A_UNIT).round() as i64
}

/// The longest parts of `within` in which every seat `holds`.
fn stretches_where(within: Range<usize>, holds: impl Fn(usize) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = within.start;
    iter::from_fn(move || {
        let start = (at..within.end).find(|&seat| holds(seat))?;
        at = (start..within.end).find(|&seat| !holds(seat)).unwrap_or(within.end);
        Some(start..at)
    })
}

impl fmt::Display for Shortage {
    /// What there is, and what would help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted: Wanted { quantity, max_price, section, .. }, available, longest_run } = self;
        let together = available >= quantity;
        match available {
            0 => write!(f, "no seat is free")?,
            _ if together => write!(f, "no {quantity} free seats are together, at most {longest_run} of {available}")?,
            _ => write!(f, "{available} seats are free, not {quantity}")?,
        }
        if let Some(section) = section {
            write!(f, " in section {section:?}")?;
        }
        if let Some(price) = max_price {
            write!(f, " at up to {price} each")?;
        }
        let helps = [
            (together, "allow_split"),
            (*available > 0, "fewer seats"),
            (section.is_some(), "another section"),
            (max_price.is_some(), "a higher max_price"),
        ];
        let mut joint = ": try ";
        for (_, help) in helps.into_iter().filter(|(would, _)| *would) {
            write!(f, "{joint}{help}")?;
            joint = " or ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
