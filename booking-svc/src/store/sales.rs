//! What the box office is told of `tickets`, `bookings`, `refunds` and `admissions`. Reads only.

use std::collections::{HashMap, HashSet};

use diesel::{
    dsl::{count, count_star, now, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::BigInt,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::EventId,
    schema::{admissions, bookings, events, refunds, tickets},
};
use uuid::Uuid;

use crate::{
    error::Error,
    sales::{Sales, Taker},
    seat::StatusCode,
    state::Status,
};

/// How these events sell; those that there are, by id.
pub async fn list_sales(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<Vec<Sales>, Error> {
    let known: Vec<(i64, String)> = events::table
        .filter(events::event_id.eq_any(event_ids))
        .order(events::event_id)
        .select((events::event_id, events::currency))
        .load(conn)
        .await?;
    let seats = count_seats(conn, event_ids).await?;
    let (paid, refunded) = (sum_paid(conn, event_ids).await?, sum_refunds(conn, event_ids).await?);
    let admitted = count_admitted(conn, event_ids).await?;
    let sales = known.into_iter().map(|(event_id, currency)| {
        let [all, held, blocked, sold] = seats.get(&event_id).copied().unwrap_or_default();
        let refunded = refunded.get(&event_id).copied().unwrap_or_default();
        Sales {
            event_id,
            free: all - held - blocked - sold,
            held,
            blocked,
            sold,
            admitted: admitted.get(&event_id).copied().unwrap_or_default(),
            revenue: paid.get(&event_id).copied().unwrap_or_default() - refunded,
            refunded,
            currency,
        }
    });
    Ok(sales.collect())
}

/// All, held, blocked and sold seats by event.
/// INVARIANT I4: a hold whose payment is in flight does not lapse.
async fn count_seats(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<HashMap<i64, [i64; 4]>, Error> {
    let stands = |status: StatusCode| tickets::status.eq(status as i16);
    let is_live = tickets::booking_id.is_not_null().or(tickets::held_until.gt(now));
    let counts: Vec<(i64, i64, i64, i64, i64)> = tickets::table
        .filter(tickets::event_id.eq_any(event_ids))
        .group_by(tickets::event_id)
        .select((
            tickets::event_id,
            count(tickets::ticket_id),
            count(tickets::ticket_id).aggregate_filter(stands(StatusCode::Reserved).and(is_live.assume_not_null())),
            count(tickets::ticket_id).aggregate_filter(stands(StatusCode::Blocked)),
            count(tickets::ticket_id).aggregate_filter(stands(StatusCode::Booked)),
        ))
        .load(conn)
        .await?;
    Ok(counts.into_iter().map(|(event, all, held, blocked, sold)| (event, [all, held, blocked, sold])).collect())
}

/// What was paid by event, in minor units, whatever became of it later.
async fn sum_paid(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let unpaid = [Status::Pending.as_str(), Status::Failed.as_str()];
    let sums: Vec<(i64, i64)> = bookings::table
        .filter(bookings::event_id.eq_any(event_ids))
        .filter(bookings::status.ne_all(unpaid))
        .group_by(bookings::event_id)
        .select((bookings::event_id, total("bookings.amount")))
        .load(conn)
        .await?;
    Ok(sums.into_iter().collect())
}

/// What went or is going back by event, in minor units.
async fn sum_refunds(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let sums: Vec<(i64, i64)> = refunds::table
        .filter(refunds::event_id.eq_any(event_ids))
        .group_by(refunds::event_id)
        .select((refunds::event_id, total("refunds.amount")))
        .load(conn)
        .await?;
    Ok(sums.into_iter().collect())
}

/// Guests who came in, by event.
async fn count_admitted(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let counts: Vec<(i64, i64)> = admissions::table
        .filter(admissions::event_id.eq_any(event_ids))
        .group_by(admissions::event_id)
        .select((admissions::event_id, count_star()))
        .load(conn)
        .await?;
    Ok(counts.into_iter().collect())
}

/// Raw SQL, because diesel's sum of bigints is a numeric, for which it would need one more crate.
fn total(column: &str) -> SqlLiteral<BigInt> {
    sql(&format!("sum({column})::bigint"))
}

/// Who has the event's seats that are not free, by ticket.
/// INVARIANT I4: a hold whose payment is in flight does not lapse.
pub async fn list_taken(conn: &mut AsyncPgConnection, event: EventId) -> Result<Vec<(i64, Taker)>, Error> {
    let lapsed = tickets::status
        .eq(StatusCode::Reserved as i16)
        .and(tickets::booking_id.is_null())
        .and(tickets::held_until.le(now));
    let rows: Vec<(i64, i16, Option<Uuid>)> = tickets::table
        .filter(tickets::event_id.eq(event.get()))
        .filter(tickets::status.ne(StatusCode::Available as i16))
        .filter(diesel::dsl::not(lapsed.assume_not_null()))
        .order(tickets::ticket_id)
        .select((tickets::ticket_id, tickets::status, tickets::booking_id))
        .load(conn)
        .await?;
    let came_in: Vec<(i64, Uuid)> = admissions::table
        .filter(admissions::event_id.eq(event.get()))
        .select((admissions::ticket_id, admissions::booking_id))
        .load(conn)
        .await?;
    let came_in: HashSet<_> = came_in.into_iter().collect();
    let taker = |(ticket, status, booking): (i64, i16, Option<Uuid>)| {
        let taker = match booking {
            _ if status == StatusCode::Blocked as i16 => Taker::House,
            Some(id) if status == StatusCode::Booked as i16 => Taker::Owner(id, came_in.contains(&(ticket, id))),
            _ => Taker::Holder,
        };
        (ticket, taker)
    };
    Ok(rows.into_iter().map(taker).collect())
}
