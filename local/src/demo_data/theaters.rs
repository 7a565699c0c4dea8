//! The theatres and screens of `demo/theaters.json`: invented houses in real cities.

use serde::Deserialize;

use super::{Error, chance, plans, works::Genre};

const FILE: &str = include_str!("../../demo/theaters.json");

/// A house with several screens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Theater {
    /// Its name; with the city it says which theatre it is.
    pub(super) name: String,
    /// Where it stands.
    pub(super) city: String,
    /// Street, number and postcode.
    pub(super) address: String,
    /// IANA name; all hours are of this zone.
    pub(super) time_zone: String,
    /// ISO 4217.
    pub(super) currency: String,
    /// Minor units of its currency for a hundred of the units that works are priced in.
    pub(super) level_percent: u32,
    /// Its prices are multiples of this many minor units.
    pub(super) step: u32,
    /// Its screens; no two have the same name.
    pub(super) screens: Vec<Screen>,
}

/// A room with seats.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Screen {
    /// Its name; with the theatre it says which screen it is.
    pub(super) name: String,
    /// The seating plan's name, see [`plans`].
    pub(super) layout: String,
    /// What it plays in a week: one work for each entry.
    pub(super) programme: Vec<Genre>,
    /// A hall's evenings with a performance in a week; 0 for cinemas, which play daily.
    #[serde(default)]
    pub(super) evenings: usize,
    /// Whether a hall also plays in the afternoon at weekends.
    #[serde(default)]
    pub(super) matinees: bool,
}

impl Theater {
    /// `price` units, times `percent`, in this theatre's currency.
    pub(super) fn price(&self, price: u32, percent: u32) -> i64 {
        let exact = i64::from(price) * i64::from(self.level_percent) * i64::from(percent);
        let step = i64::from(self.step) * 10_000;
        ((exact + step / 2) / step).max(1) * i64::from(self.step)
    }

    /// A seed for what is chosen for one of its screens.
    pub(super) fn seed(&self, screen: &Screen) -> u64 {
        chance::draw(&[chance::of(&self.name), chance::of(&self.city), chance::of(&screen.name)])
    }
}

impl Screen {
    /// Whether it shows films.
    pub(super) fn is_cinema(&self) -> bool {
        self.programme.contains(&Genre::Film)
    }

    /// What a ticket for what it plays costs on the whole.
    pub(super) fn usual_price(&self) -> u32 {
        if self.is_cinema() { Genre::Film.usual_price() } else { Genre::Play.usual_price() }
    }
}

/// All theatres, in the file's order.
pub(super) fn all() -> Result<Vec<Theater>, Error> {
    let wrong = |why: String| Error::Content { file: "theaters.json", why };
    let theaters: Vec<Theater> = serde_json::from_str(FILE).map_err(|error| wrong(error.to_string()))?;
    let mut screens = theaters.iter().flat_map(|theater| &theater.screens);
    match screens.find(|screen| plans::find(&screen.layout).is_none()) {
        Some(screen) => Err(wrong(format!("no layout has the name {:?}", screen.layout))),
        None => Ok(theaters),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn twelve_houses_in_twelve_cities_have_three_to_eight_screens() {
        let theaters = all().unwrap();
        let cities: HashSet<_> = theaters.iter().map(|theater| &theater.city).collect();
        assert_eq!((theaters.len(), cities.len()), (12, 12));
        for theater in &theaters {
            let names: HashSet<_> = theater.screens.iter().map(|screen| &screen.name).collect();
            assert_eq!(names.len(), theater.screens.len(), "{}", theater.name);
            assert!((3..=8).contains(&names.len()), "{}", theater.name);
            assert!(theater.currency.len() == 3 && theater.currency.bytes().all(|byte| byte.is_ascii_uppercase()));
            assert!(!theater.address.is_empty() && theater.time_zone.contains('/'), "{}", theater.name);
        }
    }

    #[test]
    fn a_hall_has_an_evening_for_each_work_of_its_week_and_a_cinema_needs_none() {
        for screen in all().unwrap().iter().flat_map(|theater| &theater.screens) {
            match screen.is_cinema() {
                true => assert!(screen.programme.iter().all(|genre| *genre == Genre::Film), "{}", screen.name),
                false => assert!((screen.programme.len()..=6).contains(&screen.evenings), "{}", screen.name),
            }
        }
    }

    #[test]
    fn prices_are_round_in_each_currency() {
        let theaters = all().unwrap();
        let price = |city: &str| theaters.iter().find(|theater| theater.city == city).unwrap().price(1_050, 100);
        assert_eq!((price("Paris"), price("London"), price("Tōkyō"), price("Stockholm")), (1_050, 950, 1_700, 12_000));
    }
}
