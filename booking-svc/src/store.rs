//! All SQL of booking-svc: verbs of the domain, one statement each. The callers own the transactions.
//!
//! Locks are taken seats first, ascending, then the booking: every transaction in the same order, so that none waits
//! in a circle.

pub mod about;
pub mod admissions;
pub mod bookings;
pub mod box_office_log;
pub mod events;
pub mod faces;
pub mod found;
pub mod leader;
pub mod open_bookings;
pub mod payment_events;
pub mod payments;
pub mod places;
mod prepared;
pub mod refunds;
pub mod reservations;
pub mod sales;
pub mod seats;
pub mod settle_bookings;
pub mod settle_locks;
pub mod take_seats;
mod together;

use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{error::Error, seat::Timestamp};

/// The database's clock.
pub async fn clock(conn: &mut AsyncPgConnection) -> Result<Timestamp, Error> {
    Ok(diesel::select(clock_timestamp()).get_result(conn).await?)
}

diesel::define_sql_function! {
    /// The clock's reading now, not at the start of the transaction: a hold is judged after its row was locked.
    fn clock_timestamp() -> diesel::sql_types::Timestamptz;
}
