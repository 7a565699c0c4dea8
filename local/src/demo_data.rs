//! The demonstration's theatres, works and events: loaded into a mesh's database, and topped up on later days so that
//! the next 60 days are always full. Only adds; never touches what is there, and sells nothing.

mod chance;
mod layout;
mod plans;
mod programme;
mod schedule;
mod store;
mod theaters;
mod works;

use std::{
    collections::HashSet,
    fmt,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;

use programme::Programme;
use store::Listing;
use theaters::{Screen, Theater};

/// How far ahead events are on sale.
pub const DAYS: u64 = 60;

/// Why the demonstration's data can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the demonstration is not what it should be.
    #[error("local/demo/{file} can't be used: {why}")]
    Content {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// PostgreSQL refused a statement.
    #[error("PostgreSQL said: {0}")]
    Database(#[from] diesel::result::Error),
}

/// What a load added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Theatres.
    pub theaters: usize,
    /// Screens, each with its seats.
    pub screens: usize,
    /// Different works among the events.
    pub works: usize,
    /// Events.
    pub events: usize,
    /// Tickets.
    pub tickets: usize,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { theaters, screens, works, events, tickets, took } = self;
        if (*theaters, *screens, *events) == (0, 0, 0) {
            return write!(f, "the next {DAYS} days are full already");
        }
        write!(f, "{theaters} theatres, {screens} screens, {works} works in {events} events with {tickets} tickets")?;
        write!(f, " added in {:.1} s", took.as_secs_f32())
    }
}

/// Adds what is missing of the demonstration from `today` to [`DAYS`] days on. Every statement leaves whole things
/// behind (a screen with all its seats, a day with all its events and tickets), so that a load that was cut off is
/// completed by the next one, and no transaction is needed.
pub async fn load(conn: &mut AsyncPgConnection, today: NaiveDate) -> Result<Loaded, Error> {
    let begun = Instant::now();
    let (works, theaters) = (works::all()?, theaters::all()?);
    let programme = Programme::new(&works, &theaters);
    store::lock(conn).await?;
    let loaded = add(conn, &programme, &theaters, today).await;
    // Also after a failure: the connection may live on. What went wrong first is what counts.
    let unlocked = store::unlock(conn).await;
    let loaded = loaded?;
    unlocked?;
    Ok(Loaded { took: begun.elapsed(), ..loaded })
}

async fn add(
    conn: &mut AsyncPgConnection,
    programme: &Programme<'_>,
    theaters: &[Theater],
    today: NaiveDate,
) -> Result<Loaded, Error> {
    let mut loaded = Loaded { theaters: store::insert_theaters(conn, theaters).await?, ..Loaded::default() };
    let mut titles = HashSet::new();
    for theater in theaters {
        let found = store::find_theater(conn, theater).await?;
        for screen in &theater.screens {
            loaded.screens += store::insert_screen(conn, found.id, theater, screen).await?;
        }
        let listings = listings(programme, theater, today);
        let taken = store::find_taken_days(conn, found.id, today).await?;
        let open = listings.into_iter().filter(|listing| {
            // A day that has an event was filled before, or belongs to whoever put it there. What has begun by the
            // theatre's clock is never put on sale.
            listing.showing.start > found.now
                && !taken.contains(&(listing.screen.name.clone(), listing.showing.start.date()))
        });
        let open: Vec<_> = open.collect();
        titles.extend(open.iter().map(|listing| listing.showing.work.title));
        let added = store::insert_events(conn, found.id, theater, &open).await?;
        loaded.events += added.events;
        loaded.tickets += added.tickets;
    }
    if loaded.events > 0 {
        store::analyze(conn).await?;
    }
    Ok(Loaded { works: titles.len(), ..loaded })
}

/// Everything that the theatre plays from `today` on.
fn listings<'a>(programme: &Programme<'a>, theater: &'a Theater, today: NaiveDate) -> Vec<Listing<'a>> {
    let days = || today.iter_days().zip(0..=DAYS).map(|(date, _)| date);
    let of_screen = |screen: &'a Screen| {
        let showings = days().flat_map(move |date| {
            let works = programme.week_of(theater, screen, date);
            schedule::day(screen, theater.seed(screen), &works, date)
        });
        showings.map(move |showing| Listing { screen, showing })
    };
    theater.screens.iter().flat_map(of_screen).collect()
}

#[cfg(test)]
mod tests;
