//! The table `payment_events`: every callback, stored before it is acted on.

use diesel::{dsl::now, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::payment_events;

use crate::error::Error;

/// Stores a callback, unless it is there already; answers whether it is still to be acted on.
/// INVARIANT I5: the provider's event id tells a callback that comes again.
pub async fn store_callback(
    conn: &mut AsyncPgConnection,
    id: &str,
    event_type: &str,
    payload: &str,
) -> Result<bool, Error> {
    diesel::insert_into(payment_events::table)
        .values((
            payment_events::provider_event_id.eq(id),
            payment_events::event_type.eq(event_type),
            payment_events::payload.eq(payload),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let open = payment_events::table.find(id).select(payment_events::processed_at.is_null());
    Ok(open.first(conn).await?)
}

/// Marks a callback as acted on.
pub async fn mark_processed(conn: &mut AsyncPgConnection, id: &str) -> Result<(), Error> {
    diesel::update(payment_events::table.find(id)).set(payment_events::processed_at.eq(now)).execute(conn).await?;
    Ok(())
}
