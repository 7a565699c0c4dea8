//! The table `admissions`: who came in.

use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::{EventId, TicketId},
    schema::admissions,
};
use uuid::Uuid;

use crate::{error::Error, seat::Timestamp};

/// When the first of the booking's guests on `ids` came in; `None` where none did.
pub async fn find_first(
    conn: &mut AsyncPgConnection,
    event: EventId,
    booking: Uuid,
    ids: &[i64],
) -> Result<Option<Timestamp>, Error> {
    let found = admissions::table
        .filter(admissions::event_id.eq(event.get()))
        .filter(admissions::ticket_id.eq_any(ids))
        .filter(admissions::booking_id.eq(booking))
        .select(diesel::dsl::min(admissions::admitted_at));
    Ok(found.first(conn).await?)
}

/// Admits the ticket's bearer, unless that was done before; answers when, and whether it was now.
pub async fn admit(
    conn: &mut AsyncPgConnection,
    ticket: TicketId,
    booking: Uuid,
    admitted_by: i64,
) -> Result<(Timestamp, bool), Error> {
    let added = diesel::insert_into(admissions::table)
        .values((
            admissions::event_id.eq(ticket.event().get()),
            admissions::ticket_id.eq(ticket.get()),
            admissions::booking_id.eq(booking),
            admissions::admitted_by.eq(admitted_by),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let at = admissions::table
        .find((ticket.event().get(), ticket.get(), booking))
        .select(admissions::admitted_at)
        .first(conn)
        .await?;
    Ok((at, added == 1))
}

/// Lets whoever came in on `from` be in on `to`, and nobody on `from` any more; nothing where nobody did.
pub async fn carry(conn: &mut AsyncPgConnection, booking: Uuid, from: TicketId, to: TicketId) -> Result<(), Error> {
    let admitted = admissions::table.find((from.event().get(), from.get(), booking)).select((
        admissions::event_id,
        to.get().into_sql::<BigInt>(),
        admissions::booking_id,
        admissions::admitted_by,
        admissions::admitted_at,
    ));
    diesel::insert_into(admissions::table)
        .values(admitted)
        .into_columns((
            admissions::event_id,
            admissions::ticket_id,
            admissions::booking_id,
            admissions::admitted_by,
            admissions::admitted_at,
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let left = admissions::table.find((from.event().get(), from.get(), booking));
    diesel::delete(left).execute(conn).await?;
    Ok(())
}
