//! When a screen plays the works of its week, by the theatre's own clock. Depends on the date and the screen only, so
//! that a later load continues what an earlier one began. No two showings of a screen overlap.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::{chance::below, programme::week, theaters::Screen, works::Work};

/// The least time between the end of a film and the next, to empty and clean the room.
const TURNAROUND_MINUTES: u32 = 20;
/// No film ends later than two in the morning, counted from midnight before.
const LAST_END_MINUTES: u32 = 26 * 60;
/// No film begins later.
const LAST_START_MINUTES: u32 = 22 * 60 + 45;
/// The longest work that is also played in the afternoon: the house must be ready again by the evening.
const MATINEE_MINUTES_MAX: u32 = 180;
/// A hall's weekdays (0 is Monday), those that sell best first. On Mondays it is closed.
const EVENINGS: [u32; 6] = [5, 4, 6, 3, 2, 1];

/// One work, once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Showing<'a> {
    /// What is played.
    pub(super) work: &'a Work,
    /// When it begins, by the theatre's clock.
    pub(super) start: NaiveDateTime,
}

/// What the screen plays on `date`, of the works of that week.
pub(super) fn day<'a>(screen: &Screen, seed: u64, works: &[&'a Work], date: NaiveDate) -> Vec<Showing<'a>> {
    if screen.is_cinema() { cinema_day(seed, works, date) } else { hall_day(screen, seed, works, date) }
}

/// Two films on weekdays, three at weekends, and two days running early in the week on which it is closed.
fn cinema_day<'a>(seed: u64, works: &[&'a Work], date: NaiveDate) -> Vec<Showing<'a>> {
    let weekday = date.weekday().num_days_from_monday();
    let dark = below(3, &[seed]);
    let (count, opens) = match weekday {
        0..=3 if (dark..dark + 2).contains(&weekday) => return Vec::new(),
        0..=4 => (2, 16 * 60),
        _ => (3, 13 * 60),
    };
    let seed = |what: u64| [seed, number(date), what];
    let mut start = opens + 5 * below(18, &seed(0));
    let mut showings = Vec::new();
    // Another film begins each day, so that each is shown at each hour in turn.
    for (work, show) in works.iter().cycle().skip(weekday as usize).zip(1..=count) {
        if start > LAST_START_MINUTES || start + work.minutes > LAST_END_MINUTES {
            break;
        }
        showings.push(Showing { work, start: at(date, start) });
        let pause = TURNAROUND_MINUTES + 5 * below(6, &seed(show));
        start = (start + work.minutes + pause).next_multiple_of(5);
    }
    showings
}

/// One evening performance on some days of the week, and afternoons at weekends where the house has them.
fn hall_day<'a>(screen: &Screen, seed: u64, works: &[&'a Work], date: NaiveDate) -> Vec<Showing<'a>> {
    let weekday = date.weekday().num_days_from_monday();
    let Some(monday) = date.checked_sub_days(Days::new(weekday.into())) else { return Vec::new() };
    // The last evening moves about, the others are the house's own.
    let spare = screen.evenings.saturating_sub(1);
    let mut evenings = EVENINGS;
    evenings[spare..].rotate_left(below(6, &[seed, number(monday)]) as usize % (EVENINGS.len() - spare));
    let mut evenings: Vec<_> = evenings.into_iter().take(screen.evenings).collect();
    evenings.sort_unstable();
    let Some(evening) = evenings.iter().position(|day| *day == weekday) else { return Vec::new() };
    let Some(work) = works.iter().cycle().nth((evening + week(date)) % works.len().max(1)) else { return Vec::new() };

    let house_hour = 30 * below(2, &[seed]);
    let start = match work.minutes {
        0..=180 => 19 * 60 + house_hour,
        181..=240 => 18 * 60 + house_hour,
        _ => 16 * 60 + house_hour,
    };
    let mut showings = vec![Showing { work, start: at(date, start) }];
    if screen.matinees && weekday >= 5 && work.minutes <= MATINEE_MINUTES_MAX {
        showings.insert(0, Showing { work, start: at(date, 14 * 60) });
    }
    showings
}

fn at(date: NaiveDate, minutes: u32) -> NaiveDateTime {
    NaiveDateTime::from(date) + TimeDelta::minutes(minutes.into())
}

fn number(date: NaiveDate) -> u64 {
    u64::try_from(date.num_days_from_ce()).unwrap_or_default()
}
