//! What search-svc reads of `search_starts`, which event-svc's triggers fill: how many events stand for a document within
//! a time, by halving the list of when they start. diesel's builder knows neither `width_bucket` nor its arrays.

use diesel::{
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable, Timestamptz},
};
use usher::schema::search_documents;

use crate::{event::Timestamp, search::Filter};

/// The least that the database tells apart.
const STEP: chrono::TimeDelta = chrono::TimeDelta::microseconds(1);

/// How many events stand for a document of `search_documents`, whatever they cost.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    /// Those that start later; `None` is all.
    after: Option<Timestamp>,
    /// Those that start then or before.
    until: Option<Timestamp>,
}

/// How many of all documents together.
#[derive(Debug, Clone, Copy)]
pub struct AllEvents(pub Events);

impl Events {
    /// Those that pass the filter at `now`.
    pub fn new(filter: &Filter, now: Timestamp) -> Self {
        let from = filter.from.map(|from| from - STEP);
        let after = if filter.include_past { from } else { from.max(Some(now)) };
        Self { after, until: filter.to.map(|to| to - STEP) }
    }
}

impl QueryFragment<Pg> for Events {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("coalesce((SELECT greatest(width_bucket(coalesce(");
        out.push_bind_param::<Nullable<Timestamptz>, _>(&self.until)?;
        out.push_sql(", 'infinity'), starts) - width_bucket(coalesce(");
        out.push_bind_param::<Nullable<Timestamptz>, _>(&self.after)?;
        out.push_sql(
            ", '-infinity'), starts), 0) FROM search_starts \
             WHERE search_starts.document_id = search_documents.document_id), 0)::bigint",
        );
        Ok(())
    }
}

impl QueryFragment<Pg> for AllEvents {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("coalesce(sum(");
        self.0.walk_ast(out.reborrow())?;
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

macro_rules! of_search_documents {
    ($($expression:ty),*) => {$(
        impl Expression for $expression {
            type SqlType = BigInt;
        }
        impl QueryId for $expression {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }
        impl AppearsOnTable<search_documents::table> for $expression {}
        impl SelectableExpression<search_documents::table> for $expression {}
    )*};
}

of_search_documents!(Events, AllEvents);
