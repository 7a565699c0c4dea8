//! The table `payment_events`: every callback, stored before it is acted on.

use std::collections::HashSet;

use diesel::{
    dsl::now,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::payment_events;

use super::prepared::Prepared;
use crate::{callback::Kept, error::Error};

/// Stores those of `callbacks` that are not there yet; answers the ids of those that are still to be acted on.
/// INVARIANT I5: the provider's event id tells a callback that comes again.
pub async fn store_callbacks(mut conn: &AsyncPgConnection, callbacks: &[Kept]) -> Result<HashSet<String>, Error> {
    let mut sorted: Vec<_> = callbacks.iter().collect();
    sorted.sort_unstable_by_key(|callback| &callback.id);
    let store = StoreCallbacks {
        ids: sorted.iter().map(|callback| &*callback.id).collect(),
        kinds: sorted.iter().map(|callback| &*callback.kind).collect(),
        payloads: sorted.iter().map(|callback| &*callback.payload).collect(),
    };
    let mut reader = conn;
    let open = payment_events::table
        .filter(payment_events::provider_event_id.eq_any(&store.ids))
        .filter(payment_events::processed_at.is_null())
        .select(payment_events::provider_event_id);
    // Sent together, run in order.
    let (stored, open) = tokio::join!(RunQueryDsl::execute(&store, &mut conn), open.load(&mut reader));
    stored?;
    Ok(open?.into_iter().collect())
}

/// Marks a callback as acted on, where that was not done with what it did.
pub async fn mark_processed(conn: &mut AsyncPgConnection, id: &str) -> Result<(), Error> {
    Prepared(diesel::update(payment_events::table.find(id)).set(payment_events::processed_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Raw SQL, because diesel's builder inserts lists as one text for each length, to be prepared anew each time. In the
/// order of their keys, so that two batches don't wait for each other in a circle.
struct StoreCallbacks<'a> {
    ids: Vec<&'a str>,
    kinds: Vec<&'a str>,
    payloads: Vec<&'a str>,
}

impl QueryFragment<Pg> for StoreCallbacks<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO payment_events (provider_event_id, event_type, payload) SELECT * FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.payloads)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl QueryId for StoreCallbacks<'_> {
    type QueryId = StoreCallbacks<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}
