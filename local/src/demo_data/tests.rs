//! The schedule of all theatres together: what no single rule can promise.

use std::collections::HashSet;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Days on which a load may be: a Monday, a Sunday, the ends of a year, a leap day, and before the clocks change.
const TODAYS: [&str; 6] = ["2026-11-23", "2027-01-03", "2026-12-31", "2027-01-01", "2028-02-29", "2027-03-20"];

struct Catalogue {
    works: Vec<works::Work>,
    theaters: Vec<Theater>,
}

impl Catalogue {
    fn open() -> Self {
        Self { works: works::all().unwrap(), theaters: theaters::all().unwrap() }
    }

    /// Every theatre with what it plays from `today` on.
    fn listings(&self, today: &str) -> Vec<(&Theater, Vec<Listing<'_>>)> {
        let programme = Programme::new(&self.works, &self.theaters);
        let of = |theater| (theater, listings(&programme, theater, date(today)));
        self.theaters.iter().map(of).collect()
    }
}

#[test]
fn no_two_showings_of_a_screen_overlap_and_the_room_is_cleaned_between_them() {
    let catalogue = Catalogue::open();
    for (theater, listings) in TODAYS.iter().flat_map(|today| catalogue.listings(today)) {
        for screen in &theater.screens {
            let mut free = None;
            for Listing { showing, .. } in listings.iter().filter(|listing| listing.screen.name == screen.name) {
                let (name, start) = (&screen.name, showing.start);
                assert!(free.is_none_or(|free| start >= free), "{name} plays twice at {start}");
                free = Some(start + TimeDelta::minutes(i64::from(showing.work.minutes) + 20));
            }
        }
    }
}

#[test]
fn something_plays_on_every_day_and_every_screen_plays_every_week() {
    let catalogue = Catalogue::open();
    for today in TODAYS {
        let mut days = HashSet::new();
        for (theater, listings) in catalogue.listings(today) {
            days.extend(listings.iter().map(|listing| listing.showing.start.date()));
            for screen in &theater.screens {
                let played = listings.iter().filter(|listing| listing.screen.name == screen.name);
                let weeks: HashSet<_> = played.map(|listing| listing.showing.start.iso_week()).collect();
                // 61 days touch nine or ten weeks, the first and the last of them only in part.
                assert!(weeks.len() >= 8, "{} {}: {} weeks", theater.name, screen.name, weeks.len());
            }
        }
        let all = date(today).iter_days().take(61);
        assert_eq!(all.filter(|date| !days.contains(date)).collect::<Vec<_>>(), []);
    }
}

#[test]
fn every_work_is_played_within_the_sixty_days() {
    let catalogue = Catalogue::open();
    for today in TODAYS {
        let listings = catalogue.listings(today);
        let played: HashSet<_> =
            listings.iter().flat_map(|(_, listings)| listings).map(|listing| listing.showing.work.title).collect();
        let missing = catalogue.works.iter().filter(|work| !played.contains(work.title));
        assert_eq!(missing.map(|work| work.title).collect::<Vec<_>>(), Vec::<&str>::new(), "from {today}");
    }
}

#[test]
fn the_days_are_full_and_the_load_stays_small() {
    let catalogue = Catalogue::open();
    for today in TODAYS {
        let listings = catalogue.listings(today);
        let events = listings.iter().map(|(_, listings)| listings.len()).sum::<usize>();
        let seats = |listing: &Listing<'_>| layout::seats(plans::find(&listing.screen.layout).unwrap()).len();
        let tickets = listings.iter().flat_map(|(_, listings)| listings).map(seats).sum::<usize>();
        println!("{today}: {events} events, {tickets} tickets");
        assert!((2_000..=5_000).contains(&events), "{events} events");
        // At some 100,000 rows a second on two cores a load stays far below its 20 seconds.
        assert!(tickets <= 800_000, "{tickets} tickets");
    }
}

#[test]
fn a_later_load_continues_what_an_earlier_one_began() {
    let catalogue = Catalogue::open();
    let shown = |today: &str| -> HashSet<_> {
        let listings = catalogue.listings(today);
        let all = listings.iter().flat_map(|(theater, listings)| listings.iter().map(|l| (theater.name.clone(), l)));
        let all = all.map(|(house, listing)| {
            (house, listing.screen.name.clone(), listing.showing.start, listing.showing.work.title)
        });
        all.collect()
    };
    let (first, second) = (shown("2026-11-23"), shown("2026-11-30"));
    let both = |start: NaiveDateTime| (date("2026-11-30")..=date("2027-01-22")).contains(&start.date());
    assert!(first.iter().filter(|showing| both(showing.2)).count() > 1_000);
    assert!(first.iter().filter(|showing| both(showing.2)).all(|showing| second.contains(showing)));
    assert_eq!(shown("2026-11-23"), first);
}

#[test]
fn performances_begin_at_hours_when_people_go_out() {
    let catalogue = Catalogue::open();
    for (_, listings) in catalogue.listings("2026-11-23") {
        for Listing { showing, .. } in listings {
            assert!((13..23).contains(&showing.start.hour()) && showing.start.minute() % 5 == 0, "{showing:?}");
        }
    }
}
