//! Bookings of all customers, as the box office looks for them, with what belongs to them in the tables of others.

use diesel::{pg::Pg, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{
    id::EventId,
    schema::{bookings, events, tickets, users},
};

use super::bookings::{BookingRow, booking};
use crate::{
    booking::Booking,
    error::Error,
    sales::{Sought, Surroundings},
};

type Query<'a> = bookings::BoxedQuery<'a, Pg>;

/// One page of the bookings that are sought, newest first, and how many there are.
pub async fn find_bookings(
    conn: &mut AsyncPgConnection,
    sought: &Sought,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Booking>, i64), Error> {
    let Some(ids) = Ids::find(conn, sought).await? else { return Ok((Vec::new(), 0)) };
    let total = ids.query().count().get_result(conn).await?;
    let rows: Vec<BookingRow> = ids
        .query()
        .order((bookings::created_at.desc(), bookings::booking_id))
        .limit(limit)
        .offset(offset)
        .select(BookingRow::as_select())
        .load(conn)
        .await?;
    Ok((rows.into_iter().map(booking).collect::<Result<_, _>>()?, total))
}

/// What is sought, by the ids that bookings have of it.
struct Ids {
    event: Option<i64>,
    user: Option<i64>,
    ticket: Option<i64>,
}

impl Ids {
    /// `None` where there is no such account or seat: then there is no such booking either.
    async fn find(conn: &mut AsyncPgConnection, sought: &Sought) -> Result<Option<Self>, Error> {
        let mut ids = Self { event: sought.event_id, user: None, ticket: None };
        if let Some(email) = &sought.email {
            let user = users::table.filter(users::email.eq(email)).select(users::user_id);
            ids.user = user.first(conn).await.optional()?;
            if ids.user.is_none() {
                return Ok(None);
            }
        }
        if let (Some(event), Some(number)) = (sought.event_id, &sought.seat_number) {
            let ticket = tickets::table
                .filter(tickets::event_id.eq(event))
                .filter(tickets::seat_number.eq(number))
                .select(tickets::ticket_id);
            ids.ticket = ticket.first(conn).await.optional()?;
            if ids.ticket.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(ids))
    }

    fn query(&self) -> Query<'static> {
        let mut query = bookings::table.into_boxed();
        if let Some(event) = self.event {
            query = query.filter(bookings::event_id.eq(event));
        }
        if let Some(user) = self.user {
            query = query.filter(bookings::user_id.eq(user));
        }
        if let Some(ticket) = self.ticket {
            query = query.filter(bookings::ticket_ids.contains(vec![ticket]));
        }
        query
    }
}

/// Whose these bookings are, for what, and which seats they have.
pub async fn list_surroundings(conn: &mut AsyncPgConnection, found: &[Booking]) -> Result<Surroundings, Error> {
    let user_ids: Vec<_> = found.iter().filter_map(|booking| booking.user_id).collect();
    let event_ids: Vec<_> = found.iter().map(|booking| booking.event).map(EventId::get).collect();
    let ticket_ids: Vec<_> = found.iter().flat_map(|booking| &booking.ticket_ids).copied().collect();
    let owners: Vec<(i64, String, String)> = users::table
        .filter(users::user_id.eq_any(user_ids))
        .select((users::user_id, users::user_name, users::email))
        .load(conn)
        .await?;
    let events: Vec<(i64, String)> = events::table
        .filter(events::event_id.eq_any(&event_ids))
        .select((events::event_id, events::event_name))
        .load(conn)
        .await?;
    let seats: Vec<(i64, String)> = tickets::table
        .filter(tickets::event_id.eq_any(&event_ids))
        .filter(tickets::ticket_id.eq_any(ticket_ids))
        .select((tickets::ticket_id, tickets::seat_number))
        .load(conn)
        .await?;
    Ok(Surroundings {
        owners: owners.into_iter().map(|(id, name, email)| (id, (name, email))).collect(),
        events: events.into_iter().collect(),
        seats: seats.into_iter().collect(),
    })
}
