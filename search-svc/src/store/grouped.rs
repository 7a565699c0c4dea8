//! Grouping, where diesel's builder can't: it has no grouping sets, and can't group a query whose conditions are known at
//! run time.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A query, and how it is grouped.
pub struct Grouped<Q>(pub Q, pub &'static str);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Grouped<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(self.1);
        Ok(())
    }
}

impl<Q: Query> Query for Grouped<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Grouped<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
