//! What the feed says about seats, in the words of this service.

use chrono::DateTime;
use tokio_util::sync::CancellationToken;
use usher::{
    contract::feed::{SeatChange, seat_change::State},
    feed::Follower,
    id::{EventId, TicketId},
};

use crate::{
    live::Live,
    seat::{BLOCKED, BOOKED, Change, FREE, RESERVED, Standing},
};

/// Listens to the feed until `ending`.
pub async fn follow(mut feed: Follower, live: Live, ending: CancellationToken) {
    loop {
        tokio::select! {
            heard = feed.next() => live.heard(heard),
            () = ending.cancelled() => return,
        }
    }
}

/// The change, and its event; `None` for what makes no sense here.
pub fn change(told: &SeatChange) -> Option<(EventId, Change)> {
    let (status, has_booking) = match told.state() {
        State::Unspecified => return None,
        State::Free => (FREE, false),
        State::Held => (RESERVED, false),
        State::Paying => (RESERVED, true),
        State::Booked => (BOOKED, true),
        State::Blocked => (BLOCKED, false),
    };
    let held_until = if status == RESERVED { Some(DateTime::from_timestamp_micros(told.held_until_us)?) } else { None };
    let taken_price = (status == RESERVED || status == BOOKED).then_some(told.price);
    let standing = Standing { status, held_until, has_booking, taken_price };
    let ticket = TicketId::new(told.ticket_id)?;
    let at = DateTime::from_timestamp_micros(told.at_us)?;
    Some((ticket.event(), Change { ticket_id: ticket.get(), standing, at }))
}
