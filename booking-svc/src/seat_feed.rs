//! Tells those who show seats what a transaction changed, after its commit. Waits for nobody: see `usher::feed`.

use chrono::TimeDelta;
use usher::{
    contract::feed::{SeatChange, seat_change::State},
    database::{Fault, Faulty as _},
    feed::Publisher,
    id::TicketId,
};

use crate::{
    error::Error,
    opening::{Begun, after},
    reserve::Taken,
    seat::{Standing, StatusCode, Timestamp},
    settling::Writes,
    store::seats::ChangedSeat,
};

/// Hands on what a transaction changed, once it is committed. Where nobody knows whether it was, whoever shows seats is
/// told to look.
pub fn tell<T>(feed: &Publisher, done: Result<(T, Vec<SeatChange>), Error>) -> Result<T, Error> {
    match done {
        Ok((answer, changes)) => {
            feed.tell(changes);
            Ok(answer)
        }
        Err(error) => {
            if matches!(error.fault(), Some(Fault::Unavailable | Fault::Timeout)) {
                feed.tell_gap();
            }
            Err(error)
        }
    }
}

/// What the reserve queue wrote. Its clock was read while the rows were locked, and holds are counted from there.
pub fn held(taken: &[Taken], hold_for: TimeDelta) -> Vec<SeatChange> {
    let change = |row: &Taken| SeatChange {
        ticket_id: row.ticket.get(),
        state: State::Held.into(),
        held_until_us: row.hold.until.timestamp_micros(),
        price: row.hold.price,
        at_us: (row.hold.until - hold_for).timestamp_micros(),
    };
    taken.iter().map(change).collect()
}

/// What an opened booking does to its seats. The clock was read while the rows were locked.
pub fn begun(begun: &Begun) -> impl Iterator<Item = SeatChange> + '_ {
    let at = begun.booking.created_at;
    begun.seats.iter().map(move |(ticket, hold)| standing(*ticket, &after(&begun.booking, hold), at))
}

/// What news of payments does to seats.
pub fn settled(writes: &Writes) -> Vec<SeatChange> {
    writes.seats.iter().map(|(&ticket, to)| standing(ticket, to, writes.at)).collect()
}

fn standing(ticket: TicketId, to: &Standing, at: Timestamp) -> SeatChange {
    let (state, hold, price) = match to {
        Standing::Free => (State::Free, None, 0),
        Standing::Blocked => (State::Blocked, None, 0),
        Standing::Held(hold) if hold.paying.is_some() => (State::Paying, Some(hold), hold.price),
        Standing::Held(hold) => (State::Held, Some(hold), hold.price),
        Standing::Booked { hold, price, .. } => (State::Booked, hold.as_ref(), *price),
    };
    SeatChange {
        ticket_id: ticket.get(),
        state: state.into(),
        held_until_us: hold.map_or(0, |hold| hold.until.timestamp_micros()),
        price,
        at_us: at.timestamp_micros(),
    }
}

/// What the rows say that were written.
pub fn changes(written: Vec<ChangedSeat>) -> Vec<SeatChange> {
    written.into_iter().map(change).collect()
}

fn change(row: ChangedSeat) -> SeatChange {
    let state = match row.status {
        status if status == StatusCode::Reserved as i16 && row.has_booking => State::Paying,
        status if status == StatusCode::Reserved as i16 => State::Held,
        status if status == StatusCode::Booked as i16 => State::Booked,
        status if status == StatusCode::Blocked as i16 => State::Blocked,
        _ => State::Free,
    };
    SeatChange {
        ticket_id: row.ticket_id,
        state: state.into(),
        held_until_us: row.held_until.map_or(0, |until| until.timestamp_micros()),
        price: row.taken_price.unwrap_or_default(),
        at_us: row.status_at.timestamp_micros(),
    }
}
