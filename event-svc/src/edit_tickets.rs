//! Adds seats to an event and reprices them, in one transaction.

use usher::{database::Database, id::EventId};

use crate::{
    error::Error,
    event::check_seats,
    store::{events, tickets},
    ticket_prices::{SeatPrice, plan},
};

/// How many seats have another price now, and how many are new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edited {
    /// Another price.
    pub updated: usize,
    /// New.
    pub added: usize,
}

/// Makes the event's seats cost what `list` says; adds those that it lacks. Whoever has a seat keeps it at the price
/// they took it at: that is a column of booking-svc's, which no edit touches.
pub async fn edit_tickets(database: &Database, id: EventId, list: Vec<SeatPrice>) -> Result<Edited, Error> {
    let transaction = database.transaction(move |conn| {
        let list = list.clone();
        Box::pin(async move {
            let (event, now) = events::lock_event(conn, id).await?.ok_or_else(|| Error::UnknownEvent(id.get()))?;
            if event.start_time <= now {
                return Err(Error::EventStarted(id));
            }
            let standing = tickets::list_prices(conn, id).await?;
            let plan = plan(id, &standing, &list);
            check_seats(standing.len() + plan.add.len())?;
            // Ascending, as every reserve locks them: neither waits for the other in a circle.
            tickets::lock_tickets(conn, id, plan.reprice.values().flatten().copied().collect()).await?;
            for (&price, repriced) in &plan.reprice {
                tickets::set_price(conn, id, repriced, price).await?;
            }
            tickets::insert_tickets(conn, &plan.add).await?;
            events::count_tickets(conn, id).await?;
            Ok(Edited { updated: plan.repriced(), added: plan.add.len() })
        })
    });
    transaction.await
}
