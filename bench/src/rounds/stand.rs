//! The stand: everything that the rows of a round are measured with, and the counts that say whether to believe them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use diesel_async::AsyncPgConnection;
use usher::{database::Database, signing::SigningKey};

use super::{Round, reserve::rate};
use crate::{
    callers::{Customers, Door, USER_ID_FIRST},
    config::Config,
    error::Error,
    house::{FEW_SEATS, House},
    load::{Answer, Found, Window},
    pgbench::Pgbench,
    report::{brief, note},
    row::{Measured, Row},
    seats::Seats,
    site::{Gateways, Million, Running, Telling},
    store::{self, batch, house},
};

/// Where fewer seats are left than this before a measurement, the house is filled anew.
const SEATS_LEFT_MIN: usize = 150_000;

/// What was answered, to be compared with what is in the database.
#[derive(Debug, Default)]
pub struct Tally {
    /// Seats that were granted, but for those that most wishes are for.
    pub granted: AtomicU64,
    /// Bookings that were made.
    pub booked: AtomicU64,
    /// Calls the outcome of which is not known.
    pub unknown: AtomicU64,
}

impl Tally {
    /// Counts what was answered to a wish for one seat.
    pub fn note(&self, answer: &Answer) {
        match answer {
            Answer::Good => self.granted.fetch_add(1, Ordering::Relaxed),
            // A call that failed may have been carried out all the same; one that was turned away was not.
            Answer::Failed(_) => self.unknown.fetch_add(1, Ordering::Relaxed),
            Answer::Refused { .. } | Answer::Taken => 0,
        };
    }
}

/// All that is needed to measure a row.
pub struct Stand<'a> {
    pub(super) config: &'a Config,
    pub(super) house: House,
    pub(super) running: Running,
    pub(super) pgbench: &'a mut Pgbench,
    pub(super) door: Arc<Door>,
    /// The same as an edge calls it.
    pub(super) edges: Arc<Door>,
    pub(super) key: SigningKey,
    pub(super) customers: Arc<Customers>,
    pub(super) database: Database,
    pub(super) seats: Arc<Seats>,
    pub(super) tally: Arc<Tally>,
    /// The next id of a customer who was not there before.
    pub(super) newcomer: i64,
    /// Very many events to search among, once they are made.
    pub(super) million: Option<Million>,
    /// Who tells a collector of themselves, while that is measured.
    pub(super) telling: Option<Telling>,
    /// What the same calls go through, while that is measured.
    pub(super) gateways: Option<Gateways>,
    conn: AsyncPgConnection,
}

impl<'a> Stand<'a> {
    /// A stand at what runs.
    pub async fn new(config: &'a Config, running: Running, pgbench: &'a mut Pgbench) -> Result<Self, Error> {
        let house = House::new(config);
        let key = SigningKey::from_file(&running.services.token_key)?;
        let customers = Arc::new(Customers::new(&key, USER_ID_FIRST, config.customers).await?);
        Ok(Self {
            config,
            door: Arc::new(Door::new(&running.services.booking, config.connections)?),
            edges: Arc::new(Door::of_edge(&running.services.booking, &config.peers)?),
            key,
            customers,
            database: batch::pool(&running.postgres.primary),
            seats: Arc::new(house.spread_seats()),
            house,
            tally: Arc::new(Tally::default()),
            million: None,
            telling: None,
            gateways: None,
            newcomer: USER_ID_FIRST + i64::from(config.customers),
            conn: store::connect(&running.postgres.primary).await?,
            running,
            pgbench,
        })
    }

    pub(super) const fn window(&self) -> Window {
        self.config.window()
    }

    /// The database's settings.
    pub async fn settings(&self) -> Result<BTreeMap<String, String>, Error> {
        store::settings(&self.running.postgres.primary).await
    }

    /// An error unless commits wait for so many replicas.
    pub async fn expect_replicas(&mut self, expected: i64) -> Result<(), Error> {
        let found = house::synchronous_replicas(&mut self.conn).await?;
        let said = || Error::Count(format!("commits are to wait for {expected} replicas, and wait for {found}"));
        if found == expected { Ok(()) } else { Err(said()) }
    }

    /// Makes the events and pgbench's table.
    pub async fn build(&mut self) -> Result<(), Error> {
        house::build(&mut self.conn, &self.house).await?;
        self.refill().await?;
        house::fill_peer(&mut self.conn, &self.house.spread).await
    }

    /// Makes all seats new and free, and brings the rest to where a round begins.
    pub async fn renew(&mut self) -> Result<(), Error> {
        self.refill().await?;
        self.settle().await
    }

    /// Makes all seats new and free.
    pub async fn refill(&mut self) -> Result<(), Error> {
        house::refill(&mut self.conn, &self.house).await?;
        self.seats = Arc::new(self.house.spread_seats());
        self.tally = Arc::new(Tally::default());
        Ok(())
    }

    /// Brings the database to rest, and has booking-svc meet every customer once: nothing of either falls on a row.
    pub async fn settle(&mut self) -> Result<(), Error> {
        house::settle(&mut self.conn).await?;
        self.greet().await
    }

    /// Measures the rows, one after the other.
    pub async fn measure(&mut self, rows: &[Row], round: &mut Round) -> Result<(), Error> {
        for &row in rows.iter().filter(|row| self.config.includes(row.key())) {
            if self.seats.left() < self.seats_needed(row, round) {
                self.check().await?;
                self.renew().await?;
            }
            let Some(measured) = self.measure_one(row, round).await? else { continue };
            note(&brief(row, &measured));
            round.insert(row, measured);
        }
        Ok(())
    }

    /// How many seats must be left before a row: all are handed out at a constant rate, to those who are refused as well.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds of a rate")]
    fn seats_needed(&self, row: Row, round: &Round) -> usize {
        let window = self.window();
        let sent = rate(row, round).unwrap_or_default() * (window.warm_up + window.measure).as_secs_f64();
        let total = self.house.spread.total();
        (sent.ceil() as usize).max(SEATS_LEFT_MIN.min(total / 4)).min(total)
    }

    /// `None` for what can't be measured here.
    async fn measure_one(&mut self, row: Row, round: &Round) -> Result<Option<Measured>, Error> {
        if let Row::Passed(what, way, callers) = row {
            return self.passed(what, way, callers).await;
        }
        self.measure_own(row, round).await.map(Some)
    }

    async fn measure_own(&mut self, row: Row, round: &Round) -> Result<Measured, Error> {
        match row {
            Row::Textbook(_) | Row::OneStatement(_) | Row::TextbookReplicated(_) => self.pgbench(row).await,
            Row::Echo(callers) => self.echo(callers).await,
            Row::Batch(seats) => self.batch(seats).await,
            Row::Reserve(callers) | Row::ReserveReplicated(callers) => self.reserve(callers).await,
            Row::Untold(callers) | Row::Sampled(callers) | Row::Recorded(callers) => self.telling(row, callers).await,
            Row::Watched(watchers) => self.watched(watchers).await,
            Row::WatchedSse(watchers) => self.watched_over_sse(watchers).await,
            Row::ColdSql | Row::ColdIndex => self.cold(row).await,
            Row::Search(_) | Row::RedisGet(_) => self.search(row).await,
            Row::View(_) | Row::SameBytes(_) => self.view(row).await,
            Row::FirstCalls(callers) => self.first_calls(callers, round).await,
            Row::Hot(callers) => self.hot_event(callers).await,
            Row::Contended(callers) => self.contended(callers).await,
            Row::Channelled(callers) => self.channelled(callers).await,
            Row::Steady | Row::Overload | Row::OverloadUnbounded => self.at_a_rate(row, round).await,
            Row::Book(callers) => self.book(callers, false).await,
            Row::BookCalledBack(callers) => self.book(callers, true).await,
            Row::Passed(..) | Row::Idle(..) => Err(Error::Count(format!("{} has a way of its own", row.key()))),
        }
    }

    /// How many callbacks of the provider's were acted on since the seats were new.
    pub(super) async fn called_back(&mut self) -> Result<i64, Error> {
        house::called_back(&mut self.conn).await
    }

    /// Compares what was answered since the seats were new with what is in the database.
    pub async fn check(&mut self) -> Result<String, Error> {
        let Tally { granted, booked, unknown } = &*self.tally;
        let (granted, bookings) = (granted.load(Ordering::Relaxed), booked.load(Ordering::Relaxed));
        let unknown = unknown.load(Ordering::Relaxed);
        let held = house::held(&mut self.conn, &self.house.counted()).await?;
        let booked = house::booked(&mut self.conn).await?;
        let few = house::held(&mut self.conn, &self.house.few.events).await?;
        let within = |answered: u64, found: i64| {
            u64::try_from(found).is_ok_and(|found| (answered..=answered + unknown).contains(&found))
        };
        let said = format!(
            "{granted} seats were granted and {held} are held, {bookings} bookings were answered BOOKED and {booked} \
             are, {few} of {FEW_SEATS} contended seats have one holder each, {unknown} calls have an unknown outcome"
        );
        match within(granted, held) && within(bookings, booked) && few <= i64::from(FEW_SEATS) {
            true => Ok(said),
            false => Err(Error::Count(said)),
        }
    }

    /// Compares what pgbench says it did with what is in its table.
    pub async fn check_peer(&mut self) -> Result<String, Error> {
        let (done, held) = (self.pgbench.done(), house::held_by_peer(&mut self.conn).await?);
        let said = format!("pgbench: {done} transactions took {held} seats");
        match u64::try_from(held) == Ok(done) || self.pgbench.went_round() {
            true => Ok(said),
            false => Err(Error::Count(said)),
        }
    }

    /// What a load found, with who worked meanwhile.
    pub(super) async fn watch(
        &self,
        window: Window,
        seats: u16,
        load: impl Future<Output = Result<Found, Error>>,
    ) -> Result<Measured, Error> {
        let (found, cores) = self.running.watch.beside(window, load).await?;
        let found = found?;
        // A rate of nothing would be below whatever it must be below.
        if found.samples.good.is_empty() {
            let said = found.samples.said.unwrap_or_else(|| "no call had an answer that counts".to_owned());
            return Err(Error::Count(format!("nothing was measured: {said}")));
        }
        Ok(Measured::new(found, seats, cores))
    }
}
