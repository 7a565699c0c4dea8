//! All SQL of event-svc: verbs of the domain. The callers own the transactions.
//!
//! Locks are taken event first, then its tickets, ascending.

pub mod events;
pub mod layouts;
pub mod theaters;
pub mod tickets;

use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{error::Error, seat::Timestamp};

diesel::define_sql_function! {
    /// The clock's reading now, not at the start of the transaction.
    fn clock_timestamp() -> diesel::sql_types::Timestamptz;
}

/// The most rows of one INSERT: PostgreSQL takes 65,535 parameters, and the widest row here has 10 columns.
const ROWS_MAX: usize = 5_000;

/// The database's clock.
pub async fn clock(conn: &mut AsyncPgConnection) -> Result<Timestamp, Error> {
    Ok(diesel::select(clock_timestamp()).get_result(conn).await?)
}
