//! The first events of each document, in one order: diesel's builder can't ask once for each element of an array.

use diesel::{
    expression::ValidGrouping,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool},
};
use usher::schema::event_search;

/// The ids of events, the soonest first.
pub struct OfEach<'a, Q> {
    /// The documents.
    pub documents: &'a [i64],
    /// Start and id of the first events [`OfDocument`].
    pub first: Q,
    /// How many are passed over.
    pub offset: i64,
    /// How many are wanted.
    pub limit: i64,
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for OfEach<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT first.event_id FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.documents)?;
        out.push_sql(") AS of_document CROSS JOIN LATERAL (");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(") AS first ORDER BY first.start_time, first.event_id OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.offset)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        Ok(())
    }
}

impl<Q> Query for OfEach<'_, Q> {
    type SqlType = BigInt;
}

impl<Q> QueryId for OfEach<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Whether an event is of the document whose turn it is.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct OfDocument;

impl Expression for OfDocument {
    type SqlType = Bool;
}

impl QueryFragment<Pg> for OfDocument {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("event_search.document_id = of_document");
        Ok(())
    }
}

impl AppearsOnTable<event_search::table> for OfDocument {}
impl SelectableExpression<event_search::table> for OfDocument {}
