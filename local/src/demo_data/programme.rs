//! Which works a screen plays in a week. Each genre's works go round all the places there are for them, so that every
//! work is played somewhere within two months.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate};

use super::{
    chance,
    theaters::{Screen, Theater},
    works::{Genre, Work},
};

/// Chosen once; another number is another programme.
const SEED: u64 = 2_026;

/// What plays where.
#[derive(Debug)]
pub(super) struct Programme<'a> {
    /// Each genre's works, in the order in which they come round.
    works: HashMap<Genre, Vec<&'a Work>>,
    /// How many works of the genre are played in a week.
    places: HashMap<Genre, usize>,
    /// Each screen's places: the genre, and the place's number within it.
    screens: HashMap<u64, Vec<(Genre, usize)>>,
}

impl<'a> Programme<'a> {
    /// The programme of all `theaters`.
    pub(super) fn new(works: &'a [Work], theaters: &[Theater]) -> Self {
        let mut programme = Self { works: HashMap::new(), places: HashMap::new(), screens: HashMap::new() };
        for work in works {
            programme.works.entry(work.genre).or_default().push(work);
        }
        for works in programme.works.values_mut() {
            chance::shuffle(works, SEED);
        }
        for (theater, screen) in theaters.iter().flat_map(|theater| theater.screens.iter().map(move |s| (theater, s))) {
            let places = screen.programme.iter().map(|genre| {
                let count = programme.places.entry(*genre).or_default();
                *count += 1;
                (*genre, *count - 1)
            });
            programme.screens.insert(theater.seed(screen), places.collect());
        }
        programme
    }

    /// What the screen plays in the week (Monday to Sunday) of `date`.
    pub(super) fn week_of(&self, theater: &Theater, screen: &Screen, date: NaiveDate) -> Vec<&'a Work> {
        let week = week(date);
        let places = self.screens.get(&theater.seed(screen)).map(Vec::as_slice).unwrap_or_default();
        let work = |(genre, place): &(Genre, usize)| {
            let (works, places) = (self.works.get(genre)?, self.places.get(genre)?);
            works.get((week * places + place) % works.len()).copied()
        };
        places.iter().filter_map(work).collect()
    }
}

/// The number of the week of `date`: weeks begin on Mondays.
pub(super) fn week(date: NaiveDate) -> usize {
    // Day 1 of the count was a Monday.
    usize::try_from((date.num_days_from_ce() - 1).div_euclid(7)).unwrap_or_default()
}
