//! The box office: house seats, sales at the door, moving a guest. The same queue, locks and rules as for everybody
//! else; each deed is logged in its own transaction.

use diesel_async::AsyncPgConnection;
use ring::digest::{SHA256, digest};
use usher::{database::Database, feed::Publisher, id::TicketId};
use uuid::Uuid;

use crate::{
    booking::{Booking, Channel},
    error::Error,
    seat::{Event, Seat, Standing, Timestamp},
    seat_feed::{changes, tell},
    settle::lock_beside,
    state::Status,
    store::{
        about::Events,
        admissions,
        bookings::{self, NewBooking},
        box_office_log::{Entry, append},
        events::find_events,
        seats,
    },
    tickets::Tickets,
    token,
};

/// Keeps seats back for the house (`block`), or puts such seats on sale again; answers how many changed.
pub async fn block_seats(
    database: &Database,
    feed: &Publisher,
    admin_id: i64,
    tickets: Tickets,
    block: bool,
    reason: String,
) -> Result<usize, Error> {
    let transaction = database.transaction(move |conn| {
        let (tickets, reason) = (tickets.clone(), reason.clone());
        Box::pin(async move {
            let event = tickets.event();
            let seats = locked(conn, &tickets).await?;
            let now = event_now(conn, &tickets).await?.now;
            let changing = if block { to_block(&seats, now)? } else { to_unblock(&seats) };
            let ids: Vec<_> = changing.iter().map(|ticket| ticket.get()).collect();
            if ids.is_empty() {
                return Ok((0, Vec::new()));
            }
            let action = if block { "BLOCK" } else { "UNBLOCK" };
            let written = match block {
                true => seats::block_seats(conn, event, &ids).await?,
                false => seats::free_seats(conn, event, &ids).await?,
            };
            let changed = ids.len();
            append(conn, &Entry { event, admin_id, action, ticket_ids: ids, booking: None, reason }).await?;
            Ok((changed, changes(written)))
        })
    });
    tell(feed, transaction.await)
}

/// A sale at the door.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Who sells.
    pub admin_id: i64,
    /// Who buys; `None` for somebody without an account.
    pub user_id: Option<i64>,
    /// What.
    pub tickets: Tickets,
    /// For cash, or as a gift.
    pub channel: Channel,
    /// Why.
    pub reason: String,
    /// Makes it safe to repeat.
    pub request_id: Option<String>,
}

/// Sells at the door; answers the id of the booking.
pub async fn sell(database: &Database, feed: &Publisher, sale: Sale) -> Result<Uuid, Error> {
    let id = match &sale.request_id {
        Some(request_id) => token::request("sell", sale.tickets.event(), sale.admin_id, request_id),
        None => Uuid::new_v4(),
    };
    let hash = sale_hash(&sale);
    let transaction = database.transaction(move |conn| {
        let (sale, hash) = (sale.clone(), hash.clone());
        Box::pin(async move {
            let event = sale.tickets.event();
            let seats = locked(conn, &sale.tickets).await?;
            if let Some(before) = bookings::find_request_hash(conn, event, id).await? {
                return if before == hash { Ok((id, Vec::new())) } else { Err(Error::RequestIdReused) };
            }
            let now = event_now(conn, &sale.tickets).await?;
            if let Some(taken) = seats.iter().find(|seat| !seat.is_free_for_the_house(now.now)) {
                return Err(Error::SeatTaken(taken.ticket, false));
            }
            let price = |seat: &Seat| if sale.channel == Channel::Cash { seat.price } else { 0 };
            let booking = Booking {
                event,
                id,
                user_id: sale.user_id,
                reservation: None,
                ticket_ids: sale.tickets.numbers(),
                amount: seats.iter().map(price).sum(),
                currency: now.currency,
                status: Status::Booked,
                channel: sale.channel,
                failure: None,
                created_at: now.now,
            };
            let mut sold = Vec::new();
            for seat in &seats {
                sold.extend(seats::hand_over(conn, seat.ticket, id, sale.user_id, price(seat)).await?);
            }
            let ticket_ids = booking.ticket_ids.clone();
            bookings::insert_booking(conn, &NewBooking { booking, request_hash: hash, check_at: now.now }).await?;
            let entry = Entry {
                event,
                admin_id: sale.admin_id,
                action: "SELL",
                ticket_ids,
                booking: Some(id),
                reason: sale.reason,
            };
            append(conn, &entry).await?;
            Ok((id, changes(sold)))
        })
    });
    tell(feed, transaction.await)
}

/// A guest to be moved.
#[derive(Debug, Clone)]
pub struct Move {
    /// Who moves them.
    pub admin_id: i64,
    /// Their booking.
    pub booking: Uuid,
    /// The seat that they have.
    pub from: TicketId,
    /// The seat that they get, of the same event.
    pub to: TicketId,
    /// Why.
    pub reason: String,
}

/// Moves a guest. What they paid stays as it is; the old seat's admission token no longer admits, and the new seat's
/// lets nobody in after a guest who is in already.
pub async fn reseat(database: &Database, feed: &Publisher, moving: Move) -> Result<(), Error> {
    let transaction = database.transaction(move |conn| {
        let moving = moving.clone();
        Box::pin(async move {
            let (event, from, to) = (moving.from.event(), moving.from, moving.to);
            let (seats, booking) = locked_for_move(conn, &moving).await?;
            let now = find_events(conn, &[event.get()]).await?.remove(&event).ok_or(Error::UnknownEvent(event))?;
            let seat = |ticket| seats.iter().find(|seat| seat.ticket == ticket).ok_or(Error::UnknownTicket(ticket));
            let paid = match seat(from)?.standing {
                Standing::Booked { booking, price, .. } if booking == moving.booking => price,
                _ => return Err(Error::NotBooked("the booking does not have that seat")),
            };
            if !seat(to)?.is_free_for_the_house(now.now) {
                return Err(Error::SeatTaken(to, false));
            }
            let mut moved = seats::free_seats(conn, event, &[from.get()]).await?;
            moved.extend(seats::hand_over(conn, to, moving.booking, booking.user_id, paid).await?);
            let mut ids: Vec<_> = booking.ticket_ids.iter().copied().filter(|&id| id != from.get()).collect();
            ids.push(to.get());
            ids.sort_unstable();
            bookings::set_tickets(conn, event, moving.booking, &ids).await?;
            admissions::carry(conn, moving.booking, from, to).await?;
            let entry = Entry {
                event,
                admin_id: moving.admin_id,
                action: "RESEAT",
                ticket_ids: vec![from.get(), to.get()],
                booking: Some(moving.booking),
                reason: moving.reason,
            };
            append(conn, &entry).await?;
            Ok(((), changes(moved)))
        })
    });
    tell(feed, transaction.await)
}

async fn locked_for_move(conn: &mut AsyncPgConnection, moving: &Move) -> Result<(Vec<Seat>, Booking), Error> {
    let both = [moving.from.get(), moving.to.get()];
    let locked = lock_beside(conn, moving.from.event(), moving.booking, &both).await?;
    let (booking, seats) = locked.ok_or(Error::UnknownBooking)?;
    match booking.status {
        Status::Booked => Ok((seats, booking)),
        _ => Err(Error::NotBooked("only a BOOKED booking's guests can be moved")),
    }
}

async fn event_now(conn: &AsyncPgConnection, tickets: &Tickets) -> Result<Event, Error> {
    let event = tickets.event();
    find_events(conn, &[event.get()]).await?.remove(&event).ok_or(Error::UnknownEvent(event))
}

async fn locked(conn: &mut AsyncPgConnection, tickets: &Tickets) -> Result<Vec<Seat>, Error> {
    let seats = seats::lock_seats(conn, &tickets.numbers(), Events::One(tickets.event())).await?;
    let missing = tickets.ids().iter().find(|&&ticket| !seats.iter().any(|seat| seat.ticket == ticket));
    match missing {
        Some(&ticket) => Err(Error::UnknownTicket(ticket)),
        None => Ok(seats),
    }
}

fn to_block(seats: &[Seat], now: Timestamp) -> Result<Vec<TicketId>, Error> {
    let changing = seats.iter().filter(|seat| seat.standing != Standing::Blocked);
    let changing = changing.map(|seat| match seat.is_free(now) {
        true => Ok(seat.ticket),
        false => Err(Error::SeatTaken(seat.ticket, false)),
    });
    changing.collect()
}

fn to_unblock(seats: &[Seat]) -> Vec<TicketId> {
    seats.iter().filter(|seat| seat.standing == Standing::Blocked).map(|seat| seat.ticket).collect()
}

fn sale_hash(sale: &Sale) -> Vec<u8> {
    let asked = format!("{:?} {:?} {:?}", sale.tickets.numbers(), sale.user_id, sale.channel);
    digest(&SHA256, asked.as_bytes()).as_ref().to_vec()
}
