//! The hot path's statements, bare: what booking-svc's reserve queue sends for one batch (`booking-svc/src/
//! reserve_queue.rs`, `store/seats.rs`, `store/events.rs`, `store/reservations.rs`, `store/take_seats.rs`), through the
//! same pool, on connections set up the same way, and nothing else: no rules, no queue, no answers. A statement that is
//! added there is added to [`hold`].

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    database::{self, Database, DatabaseConfig, Pooler, TwoTrips, Work},
    id::SEAT_BITS,
    schema::{events, tickets},
};
use uuid::Uuid;

use super::{find_earlier::count_earlier, take_seats::TakeSeats};
use crate::error::Error;

/// The low bits of a ticket's id: its number within the event.
const SEAT_MASK: i64 = (1 << SEAT_BITS) - 1;
/// Where the numbers of a user's reservations begin here. booking-svc counts from 1, or goes on from what it finds.
const NTH_FIRST: i64 = 1 << 25;
/// Leaves room for those.
const NTH_STEP: i64 = 16;
/// How long a hold lasts: booking-svc's own default.
const HOLD: TimeDelta = TimeDelta::hours(1);

diesel::define_sql_function! {
    fn clock_timestamp() -> diesel::sql_types::Timestamptz;
}

/// One seat for one customer.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Who.
    pub user_id: i64,
    /// Which seat; it must be free.
    pub ticket_id: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
#[expect(dead_code, reason = "all that the hot path reads is read here, and little of it is needed")]
struct SeatRow {
    ticket_id: i64,
    price: i64,
    status: i16,
    reserved_by: Option<i64>,
    reservation_id: Option<Uuid>,
    held_until: Option<DateTime<Utc>>,
    taken_price: Option<i64>,
    booking_id: Option<Uuid>,
}

/// A pool as booking-svc has it by default.
pub fn pool(url: &str) -> Database {
    Database::by_keys_planned_once(&DatabaseConfig {
        database_url: url.into(),
        database_replica_url: Vec::new(),
        database_replica_lag_ms_max: 2_000,
        database_pooler: Pooler::None,
        database_pool_size: 16,
        database_wait_ms: 1_000,
        database_statement_ms: 5_000,
    })
}

/// A batch of wishes, ascending.
struct Batch(Vec<Wish>);

/// Holds a batch of seats in one transaction; answers how many.
pub async fn hold(database: &Database, mut wishes: Vec<Wish>) -> Result<usize, Error> {
    wishes.sort_unstable_by_key(|wish| wish.ticket_id);
    database.two_trips(Batch(wishes)).await
}

impl TwoTrips for Batch {
    type Facts = (Vec<SeatRow>, DateTime<Utc>);
    type Write = TakeSeats;
    type Answer = usize;
    type Error = Error;

    fn read<'a>(&'a self, conn: &'a AsyncPgConnection) -> Work<'a, Self::Facts, Error> {
        Box::pin(async move {
            let ids: Vec<_> = self.0.iter().map(|wish| wish.ticket_id).collect();
            let (asked_events, users): (Vec<_>, Vec<_>) =
                self.0.iter().map(|wish| (wish.ticket_id >> SEAT_BITS, wish.user_id)).unzip();
            let mut events = asked_events.clone();
            events.dedup();
            let (seats, now, _) = tokio::try_join!(
                lock_seats(conn, &ids, &events),
                find_events(conn, &events),
                count_earlier(conn, &asked_events, &users),
            )?;
            Ok((seats, now))
        })
    }

    fn decide(&self, (seats, now): Self::Facts) -> (usize, Option<TakeSeats>) {
        let free = seats.iter().filter(|seat| seat.status == 0);
        let take = TakeSeats {
            tickets: self.0.iter().map(|wish| wish.ticket_id).collect(),
            events: self.0.iter().map(|wish| wish.ticket_id >> SEAT_BITS).collect(),
            users: self.0.iter().map(|wish| wish.user_id).collect(),
            nths: self.0.iter().map(|wish| nth(wish.ticket_id)).collect(),
            reservations: self.0.iter().map(|_| Uuid::new_v4()).collect(),
            prices: free.map(|seat| seat.price).collect(),
            until: vec![now + HOLD; self.0.len()],
        };
        (self.0.len(), Some(take))
    }

    fn write<'a>(&'a self, mut conn: &'a AsyncPgConnection, take: &'a TakeSeats) -> Work<'a, (), Error> {
        Box::pin(async move {
            match RunQueryDsl::execute(take, &mut conn).await? {
                taken if taken == self.0.len() => Ok(()),
                // Not prepared yet: tried again. Were a seat taken before, it fails each time.
                _ => Err(database::Error::lost_race("not all seats were taken").into()),
            }
        })
    }
}

async fn lock_seats(mut conn: &AsyncPgConnection, ids: &[i64], events: &[i64]) -> Result<Vec<SeatRow>, Error> {
    let rows = tickets::table
        .filter(tickets::ticket_id.eq_any(ids))
        .filter(tickets::event_id.eq_any(events))
        .order(tickets::ticket_id)
        .select(SeatRow::as_select())
        .for_update();
    Ok(rows.load(&mut conn).await?)
}

type EventRow = (i64, DateTime<Utc>, String, bool, DateTime<Utc>);

/// The clock's reading beside the events.
async fn find_events(mut conn: &AsyncPgConnection, ids: &[i64]) -> Result<DateTime<Utc>, Error> {
    let found: Vec<EventRow> = events::table
        .filter(events::event_id.eq_any(ids))
        .select((
            events::event_id,
            events::start_time,
            events::currency,
            events::admissions_per_minute.is_not_null(),
            clock_timestamp(),
        ))
        .load(&mut conn)
        .await?;
    let now = found.into_iter().map(|(.., now)| now).max();
    now.ok_or_else(|| Error::Count("the events of a batch are not there".to_owned()))
}

/// A number that the user has not used at the event: each seat is taken once.
fn nth(ticket_id: i64) -> i32 {
    i32::try_from(NTH_FIRST + (ticket_id & SEAT_MASK) * NTH_STEP).unwrap_or_default()
}
