//! The table `box_office_log`: who did what at the box office, and why. Rows are only ever added.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{id::EventId, schema::box_office_log};
use uuid::Uuid;

use crate::error::Error;

/// What was done.
#[derive(Debug, Clone)]
pub struct Entry {
    /// At which event.
    pub event: EventId,
    /// By whom.
    pub admin_id: i64,
    /// `BLOCK`, `UNBLOCK`, `SELL`, `RESEAT`, `CANCEL` or `SETTLE`.
    pub action: &'static str,
    /// With which seats.
    pub ticket_ids: Vec<i64>,
    /// With which booking.
    pub booking: Option<Uuid>,
    /// Why.
    pub reason: String,
}

/// Adds an entry.
pub async fn append(conn: &mut AsyncPgConnection, entry: &Entry) -> Result<(), Error> {
    diesel::insert_into(box_office_log::table)
        .values((
            box_office_log::event_id.eq(entry.event.get()),
            box_office_log::admin_id.eq(entry.admin_id),
            box_office_log::action.eq(entry.action),
            box_office_log::ticket_ids.eq(&entry.ticket_ids),
            box_office_log::booking_id.eq(entry.booking),
            box_office_log::reason.eq(&entry.reason),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
