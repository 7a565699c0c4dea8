//! UPDATE, prepared once per connection.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement whose text is the same each time. diesel prepares every UPDATE anew, because a changeset may leave columns
/// out; that costs another trip to the server, its parser and its planner, as much as the statement itself. Those here
/// set a fixed list of columns. Should one not, its texts would each be remembered, and each be right.
pub struct Prepared<S>(pub S);

impl<S: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<S> QueryId for Prepared<S> {
    type QueryId = ();
    // Known by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for Prepared<S> {
    type SqlType = S::SqlType;
}

impl<S, Conn> RunQueryDsl<Conn> for Prepared<S> {}
