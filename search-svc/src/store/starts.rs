//! What search-svc reads of `search_starts`, which event-svc's triggers fill: how many events stand for a document within
//! a time, by halving the list of when they start. diesel's builder knows neither `width_bucket` nor its arrays.

use diesel::{
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable, Record, Timestamptz},
};
use usher::schema::search_documents;

use crate::{event::Timestamp, search::Filter};

/// The least that the database tells apart.
const STEP: chrono::TimeDelta = chrono::TimeDelta::microseconds(1);

/// How many events stand for a document of `search_documents`, and when the first of them starts where that is known: with
/// prices it is not. `NULL` where none was ever written down.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    /// Those that start later; `None` is all.
    after: Option<Timestamp>,
    /// Those that start then or before.
    until: Option<Timestamp>,
    /// The least and the most that they may cost; `None` where that makes no difference.
    prices: Option<(i64, i64)>,
}

/// How many of all documents together.
#[derive(Debug, Clone, Copy)]
pub struct AllEvents(pub Events);

impl Events {
    /// Those that pass the filter at `now`.
    pub fn new(filter: &Filter, now: Timestamp) -> Self {
        let from = filter.from.map(|from| from - STEP);
        let after = if filter.include_past { from } else { from.max(Some(now)) };
        let prices = (filter.price_min, filter.price_max);
        let asks = prices.0.or(prices.1).is_some();
        let prices = asks.then(|| (prices.0.unwrap_or(0), prices.1.unwrap_or(i64::MAX)));
        Self { after, until: filter.to.map(|to| to - STEP), prices }
    }

    /// A bound of the time, and what stands for none.
    #[expect(clippy::ref_option, reason = "what is bound is borrowed for as long as the statement")]
    fn bound<'b>(out: &mut AstPass<'_, 'b, Pg>, at: &'b Option<Timestamp>, none: &'static str) -> QueryResult<()> {
        out.push_sql("coalesce(");
        out.push_bind_param::<Nullable<Timestamptz>, _>(at)?;
        out.push_sql(none);
        Ok(())
    }

    fn by_halving<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("greatest(width_bucket(");
        Self::bound(out, &self.until, ", 'infinity')")?;
        out.push_sql(", starts) - width_bucket(");
        Self::bound(out, &self.after, ", '-infinity')")?;
        out.push_sql(", starts), 0)");
        Ok(())
    }

    /// Of a document whose events cost some less and some more: one by one.
    fn one_by_one<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>, (least, most): &'b (i64, i64)) -> QueryResult<()> {
        out.push_sql("(SELECT count(*) FROM event_search WHERE event_search.document_id = search_starts.document_id");
        out.push_sql(" AND start_time > ");
        Self::bound(out, &self.after, ", '-infinity')")?;
        out.push_sql(" AND start_time <= ");
        Self::bound(out, &self.until, ", 'infinity')")?;
        out.push_sql(" AND price_from BETWEEN ");
        out.push_bind_param::<BigInt, _>(least)?;
        out.push_sql(" AND ");
        out.push_bind_param::<BigInt, _>(most)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Events {
    fn first<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.prices.is_some() {
            out.push_sql("NULL::timestamptz");
            return Ok(());
        }
        out.push_sql("starts[width_bucket(");
        Self::bound(out, &self.after, ", '-infinity')")?;
        out.push_sql(", starts) + 1]");
        Ok(())
    }

    fn count<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match &self.prices {
            None => self.by_halving(out)?,
            Some(prices) => {
                // Other words than without a price: it must not be kept as the same statement.
                out.unsafe_to_cache_prepared();
                out.push_sql("CASE WHEN price_least >= ");
                out.push_bind_param::<BigInt, _>(&prices.0)?;
                out.push_sql(" AND price_most <= ");
                out.push_bind_param::<BigInt, _>(&prices.1)?;
                out.push_sql(" THEN ");
                self.by_halving(out)?;
                out.push_sql(" WHEN price_most < ");
                out.push_bind_param::<BigInt, _>(&prices.0)?;
                out.push_sql(" OR price_least > ");
                out.push_bind_param::<BigInt, _>(&prices.1)?;
                out.push_sql(" THEN 0 ELSE ");
                self.one_by_one(out, prices)?;
                out.push_sql(" END");
            }
        }
        Ok(())
    }
}

/// Where a document's events are written down.
const OF_DOCUMENT: &str = " FROM search_starts WHERE search_starts.document_id = search_documents.document_id)";

impl QueryFragment<Pg> for Events {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // A row: the list is looked up once for both.
        out.push_sql("(SELECT ROW((");
        self.count(&mut out)?;
        out.push_sql(")::bigint, ");
        self.first(&mut out)?;
        out.push_sql(")");
        out.push_sql(OF_DOCUMENT);
        Ok(())
    }
}

impl QueryFragment<Pg> for AllEvents {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("coalesce(sum((SELECT ");
        self.0.count(&mut out)?;
        out.push_sql(OF_DOCUMENT);
        out.push_sql("), 0)::bigint");
        Ok(())
    }
}

impl ValidGrouping<()> for Events {
    type IsAggregate = is_aggregate::No;
}

impl ValidGrouping<()> for AllEvents {
    type IsAggregate = is_aggregate::Yes;
}

impl Expression for Events {
    type SqlType = Nullable<Record<(BigInt, Nullable<Timestamptz>)>>;
}

impl Expression for AllEvents {
    type SqlType = BigInt;
}

macro_rules! of_search_documents {
    ($($expression:ty),*) => {$(
        impl QueryId for $expression {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl AppearsOnTable<search_documents::table> for $expression {}
        impl SelectableExpression<search_documents::table> for $expression {}
    )*};
}

of_search_documents!(Events, AllEvents);
