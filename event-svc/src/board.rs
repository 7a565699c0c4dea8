//! An event's seats as they are shown, kept up to date by changes that may come late, twice or out of order. Answers what
//! looks different after each. Pure.

use crate::{
    seat::{Availability, Change, Seat, Shown, Timestamp},
    view::{Event, SeatMap},
};

/// The seats of one event, and how each is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    event: Event,
    /// Ascending by ticket.
    seats: Vec<Seat>,
    /// As many, in the same order.
    shown: Vec<Shown>,
}

/// Places of seats on a board.
pub type Places = Vec<usize>;

impl Board {
    /// The seats as they were read, shown as of then.
    pub fn new(map: SeatMap) -> Self {
        let SeatMap { event, seats, read_at } = map;
        let shown = seats.iter().map(|seat| seat.shown(read_at)).collect();
        Self { event, seats, shown }
    }

    /// What is said about the event.
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// How many seats there are.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// How many seats can be reserved.
    pub fn remaining(&self) -> usize {
        self.shown.iter().filter(|shown| shown.availability == Availability::Available).count()
    }

    /// Every seat as it is shown.
    pub fn all(&self) -> impl Iterator<Item = (&Seat, Shown)> {
        self.seats.iter().zip(self.shown.iter().copied())
    }

    /// The seats at `places` as they are shown.
    pub fn at(&self, places: &[usize]) -> impl Iterator<Item = (&Seat, Shown)> {
        places.iter().filter_map(|&place| Some((self.seats.get(place)?, *self.shown.get(place)?)))
    }

    /// Takes changes in; answers which seats look different. One that is no later than what is known of its seat is old
    /// news; one of a seat that is not known is told again by the edit that added it.
    pub fn apply(&mut self, changes: &[Change], now: Timestamp) -> Places {
        let mut touched = Vec::new();
        for change in changes {
            let Ok(place) = self.find(change.ticket_id) else { continue };
            let seat = &mut self.seats[place];
            // A row that has the change was written at its time or later.
            if change.at > seat.changed_at {
                seat.standing = change.standing;
                seat.changed_at = change.at;
                touched.push(place);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        self.show(touched, now)
    }

    /// Takes in what was read anew; answers which seats look different. What is known to be later than a row stays: the
    /// row may be a replica's, or was read before the change.
    pub fn merge(&mut self, read: SeatMap, now: Timestamp) -> Places {
        self.event = read.event;
        let mut is_new = Vec::new();
        for mut row in read.seats {
            match self.find(row.ticket_id) {
                Ok(place) => {
                    let known = &mut self.seats[place];
                    if known.changed_at > row.changed_at {
                        (row.standing, row.changed_at) = (known.standing, known.changed_at);
                    }
                    *known = row;
                }
                Err(place) => {
                    is_new.push(row.ticket_id);
                    self.shown.insert(place, row.shown(now));
                    self.seats.insert(place, row);
                }
            }
        }
        let mut places = self.show((0..self.seats.len()).collect(), now);
        places.extend(is_new.into_iter().filter_map(|ticket| self.find(ticket).ok()));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Lets holds lapse; answers which seats look different.
    pub fn lapse(&mut self, now: Timestamp) -> Places {
        self.show((0..self.seats.len()).collect(), now)
    }

    /// When the next hold lapses that is shown as one.
    pub fn next_lapse(&self) -> Option<Timestamp> {
        let held = self.all().filter(|(_, shown)| shown.availability == Availability::Reserved);
        held.filter_map(|(seat, _)| seat.lapses_at()).min()
    }

    fn find(&self, ticket_id: i64) -> Result<usize, usize> {
        self.seats.binary_search_by_key(&ticket_id, |seat| seat.ticket_id)
    }

    /// Shows the seats at `places` as they stand at `now`; answers those that look different.
    fn show(&mut self, mut places: Places, now: Timestamp) -> Places {
        places.retain(|&place| {
            let shown = self.seats[place].shown(now);
            std::mem::replace(&mut self.shown[place], shown) != shown
        });
        places
    }
}

#[cfg(test)]
pub(crate) mod tests;
