//! All SQL of search-svc: reads of tables that event-svc and booking-svc own, one statement each.

pub mod catalogue;
pub mod changes;
pub mod documents;
pub mod events;
mod grouped;
pub mod listing;
mod of_each;
mod sought;
mod starts;
pub mod suggestions;
pub mod tickets;
pub mod vocabulary;

use diesel::{
    expression::ValidGrouping,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{error::Error, event::Timestamp};

diesel::define_sql_function! {
    /// The clock's reading now, not at the start of the transaction.
    fn clock_timestamp() -> diesel::sql_types::Timestamptz;
}

/// Where in the database's history a read stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What the clock says.
    pub now: Timestamp,
    /// Every transaction below this one has ended: whatever it wrote is seen from here on.
    pub transactions: i64,
}

/// The oldest transaction that is under way. diesel knows no snapshots; a piece of text would be planned each time.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
struct Settled;

impl Expression for Settled {
    type SqlType = BigInt;
}

impl QueryFragment<Pg> for Settled {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
        Ok(())
    }
}

impl<T> AppearsOnTable<T> for Settled {}
impl<T> SelectableExpression<T> for Settled {}

/// Where reads stand that come after this one.
pub async fn moment(conn: &mut AsyncPgConnection) -> Result<Moment, Error> {
    let (now, transactions) = diesel::select((clock_timestamp(), Settled)).get_result(conn).await?;
    Ok(Moment { now, transactions })
}
