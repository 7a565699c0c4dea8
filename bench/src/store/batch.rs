//! The hot path's statements, bare: what booking-svc's reserve queue sends for one batch (`booking-svc/src/
//! reserve_queue.rs`, `store/seats.rs`, `store/events.rs`, `store/reservations.rs`, `store/take_seats.rs`), through the
//! same pool, on connections set up the same way, and nothing else: no rules, no queue, no answers. A statement that is
//! added there is added to [`hold`].

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    database::{Database, DatabaseConfig},
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
    Database::by_keys(&DatabaseConfig {
        database_url: url.to_owned(),
        database_replica_url: None,
        database_pool_size: 16,
        database_wait_ms: 1_000,
        database_statement_ms: 5_000,
    })
}

/// Holds a batch of seats in one transaction; answers how many.
pub async fn hold(database: &Database, wishes: Vec<Wish>) -> Result<usize, Error> {
    let transaction = database.transaction(move |conn| {
        let mut wishes = wishes.clone();
        Box::pin(async move {
            wishes.sort_unstable_by_key(|wish| wish.ticket_id);
            let ids: Vec<_> = wishes.iter().map(|wish| wish.ticket_id).collect();
            let mut events: Vec<_> = ids.iter().map(|id| id >> SEAT_BITS).collect();
            events.dedup();
            let shared: &AsyncPgConnection = conn;
            let (asked_events, users): (Vec<_>, Vec<_>) =
                wishes.iter().map(|wish| (wish.ticket_id >> SEAT_BITS, wish.user_id)).unzip();
            let (seats, now, _) = tokio::try_join!(
                lock_seats(shared, &ids, &events),
                find_events(shared, &events),
                count_earlier(shared, &asked_events, &users),
            )?;
            take_seats(conn, &wishes, &seats, now + HOLD).await
        })
    });
    transaction.await
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

/// The clock's reading beside the events.
async fn find_events(mut conn: &AsyncPgConnection, ids: &[i64]) -> Result<DateTime<Utc>, Error> {
    let found: Vec<(i64, DateTime<Utc>, String, DateTime<Utc>)> = events::table
        .filter(events::event_id.eq_any(ids))
        .select((events::event_id, events::start_time, events::currency, clock_timestamp()))
        .load(&mut conn)
        .await?;
    let now = found.into_iter().map(|(.., now)| now).max();
    now.ok_or_else(|| Error::Count("the events of a batch are not there".to_owned()))
}

async fn take_seats(
    conn: &mut AsyncPgConnection,
    wishes: &[Wish],
    seats: &[SeatRow],
    until: DateTime<Utc>,
) -> Result<usize, Error> {
    let free = seats.iter().filter(|seat| seat.status == 0);
    let prices: Vec<_> = free.map(|seat| seat.price).collect();
    let take = TakeSeats {
        tickets: wishes.iter().map(|wish| wish.ticket_id).collect(),
        events: wishes.iter().map(|wish| wish.ticket_id >> SEAT_BITS).collect(),
        users: wishes.iter().map(|wish| wish.user_id).collect(),
        nths: wishes.iter().map(|wish| nth(wish.ticket_id)).collect(),
        reservations: wishes.iter().map(|_| Uuid::new_v4()).collect(),
        until: vec![until; wishes.len()],
        prices,
    };
    let taken = RunQueryDsl::execute(take, conn).await?;
    // Were a seat taken before, the batch would do less than it is measured for.
    if taken == wishes.len() { Ok(taken) } else { Err(Error::Count(format!("{taken} of {} seats", wishes.len()))) }
}

/// A number that the user has not used at the event: each seat is taken once.
fn nth(ticket_id: i64) -> i32 {
    i32::try_from(NTH_FIRST + (ticket_id & SEAT_MASK) * NTH_STEP).unwrap_or_default()
}
