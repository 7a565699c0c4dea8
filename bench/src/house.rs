//! Which events there are, with how many seats each. Knows no database.

use std::ops::RangeInclusive;

use crate::{
    config::{Config, SEATS_PER_EVENT},
    seats::{Contended, Seats},
};

/// How many hot events there are: each row that sells one out has its own.
const HOT_EVENTS: i64 = 2;
/// Seats of a hot event.
const HOT_SEATS: u32 = 20_000;
/// Seats that most wishes of the contended row are for.
pub const FEW_SEATS: u32 = 50;
/// Seats of the event that is looked at.
const VIEWED_SEATS: u32 = 3_000;

/// Events with the same number of seats each.
#[derive(Debug, Clone)]
pub struct Block {
    /// Their ids.
    pub events: RangeInclusive<i64>,
    /// Seats of each.
    pub seats: u32,
}

/// All events.
#[derive(Debug, Clone)]
pub struct House {
    /// Those that wishes are spread over.
    pub spread: Block,
    /// Those that are sold out one by one.
    pub hot: Block,
    /// The one with few seats that are contended for.
    pub few: Block,
    /// Those that are looked at and watched: the first over gRPC, the last over server-sent events.
    pub viewed: Block,
    seed: u64,
}

impl House {
    /// The house that `config` asks for.
    pub fn new(config: &Config) -> Self {
        let spread = i64::from(config.events);
        let (hot, few) = (spread + 1, spread + 1 + HOT_EVENTS);
        Self {
            spread: Block { events: 1..=spread, seats: SEATS_PER_EVENT },
            hot: Block { events: hot..=few - 1, seats: HOT_SEATS },
            few: Block { events: few..=few, seats: FEW_SEATS },
            viewed: Block { events: few + 1..=few + 2, seats: VIEWED_SEATS },
            seed: config.seed,
        }
    }

    /// Everything there is.
    pub const fn blocks(&self) -> [&Block; 4] {
        [&self.spread, &self.hot, &self.few, &self.viewed]
    }

    /// The events of which each seat is granted at most once in a round, so that their holds can be counted.
    pub fn counted(&self) -> RangeInclusive<i64> {
        *self.spread.events.start()..=*self.hot.events.end()
    }

    /// The seats that wishes are spread over.
    pub fn spread_seats(&self) -> Seats {
        Seats::new(self.spread.events.clone(), self.spread.seats, self.seed)
    }

    /// The seats of the hot event with this number, from 0.
    pub fn hot_seats(&self, number: i64) -> Seats {
        let event = self.hot.events.start() + number;
        Seats::new(event..=event, self.hot.seats, self.seed)
    }

    /// Wishes most of which are for the few seats.
    pub fn contended(&self) -> Contended {
        Contended::new(*self.few.events.start(), self.few.seats, self.seed)
    }
}

impl Block {
    /// How many seats it has.
    pub fn total(&self) -> usize {
        let events = usize::try_from(self.events.end() - self.events.start() + 1).unwrap_or_default();
        events * self.seats as usize
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_million_seats_are_the_usual_and_no_event_is_of_two_blocks() {
        let house = House::new(&Config::parse_from(["bench"]));
        assert_eq!(house.spread.total(), 1_000_000);
        assert_eq!((house.spread.events.end() + 1, house.hot.events.end() + 1), (1_001, 1_003));
        assert_eq!((*house.hot.events.start(), house.few.events.clone()), (1_001, 1_003..=1_003));
        assert_eq!(house.hot_seats(1).left(), 20_000);
    }
}
