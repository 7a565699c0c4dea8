//! Who gets which seats: the rules of Reserve, over plain rows and a clock that is passed in. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use usher::id::{EventId, TicketId};
use uuid::Uuid;

use crate::{
    error::Error,
    seat::{Event, Hold, Seat, Standing, Timestamp},
    tickets::Tickets,
};

/// Somebody's wish for seats.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Who wants them.
    pub user_id: i64,
    /// Which; all or none.
    pub tickets: Tickets,
    /// The id that the reservation gets. The same request leads to the same id.
    pub reservation: Uuid,
}

/// A granted wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its id: the wish's, or that of the caller's own hold of the very same seats.
    pub id: Uuid,
    /// Its seats.
    pub tickets: Tickets,
    /// What they cost together, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When the hold lapses.
    pub until: Timestamp,
}

/// A row to be written: the seat is held from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which seat.
    pub ticket: TicketId,
    /// Its hold.
    pub hold: Hold,
}

/// Answers `wishes` in the order they came, each with its reservation or why there is none, and lists the rows to
/// write. `seats` are all rows that the wishes name, locked; a wish sees what the wishes before it took.
///
/// INVARIANT I6: a wish takes all of its seats or none.
pub fn decide(
    wishes: &[Wish],
    seats: Vec<Seat>,
    events: &HashMap<EventId, Event>,
    hold_for: TimeDelta,
) -> (Vec<Result<Reservation, Error>>, Vec<Taken>) {
    let mut seats: BTreeMap<TicketId, Seat> = seats.into_iter().map(|seat| (seat.ticket, seat)).collect();
    let mut taken = Vec::new();
    let answers = wishes.iter().map(|wish| {
        let event = events.get(&wish.tickets.event()).ok_or_else(|| Error::UnknownEvent(wish.tickets.event()))?;
        if let Some(standing) = standing_reservation(wish, &seats, event)? {
            return Ok(standing);
        }
        refuse(wish, &seats, event)?;
        Ok(take(wish, &mut seats, event, hold_for, &mut taken))
    });
    (answers.collect(), taken)
}

/// The reservation that the wish made before, or the caller's live hold of the very same seats: the answer to a
/// repeated wish. INVARIANT I5: it is the same answer, and does not extend the hold.
fn standing_reservation(
    wish: &Wish,
    seats: &BTreeMap<TicketId, Seat>,
    event: &Event,
) -> Result<Option<Reservation>, Error> {
    let holds = wish.tickets.ids().iter().map(|ticket| {
        let hold = match &seats.get(ticket)?.standing {
            Standing::Held(hold) | Standing::Booked { hold: Some(hold), .. } => hold,
            Standing::Free | Standing::Booked { hold: None, .. } | Standing::Blocked => return None,
        };
        (hold.user_id == wish.user_id).then_some(hold)
    });
    let Some(holds) = holds.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let Some(&first) = holds.first() else { return Ok(None) };
    if holds.iter().any(|hold| hold.reservation != first.reservation) {
        return Ok(None);
    }
    let repeated = first.reservation == wish.reservation;
    let booked = wish.tickets.ids().iter().any(|ticket| !matches!(seats[ticket].standing, Standing::Held(_)));
    match (repeated, booked, first.is_live(event.now)) {
        (true, false, false) => Err(Error::HoldExpired(wish.tickets.ids()[0])),
        (true, ..) | (false, false, true) => Ok(Some(Reservation {
            id: first.reservation,
            tickets: wish.tickets.clone(),
            amount: holds.iter().map(|hold| hold.price).sum(),
            currency: event.currency.clone(),
            until: first.until,
        })),
        (false, ..) => Ok(None),
    }
}

fn refuse(wish: &Wish, seats: &BTreeMap<TicketId, Seat>, event: &Event) -> Result<(), Error> {
    if let Some(&unknown) = wish.tickets.ids().iter().find(|ticket| !seats.contains_key(ticket)) {
        return Err(Error::UnknownTicket(unknown));
    }
    if event.has_started() {
        return Err(Error::EventStarted(wish.tickets.event()));
    }
    for ticket in wish.tickets.ids() {
        let seat = &seats[ticket];
        if !seat.is_free(event.now) {
            return Err(Error::SeatTaken(*ticket, seat.hold().is_some_and(|hold| hold.user_id == wish.user_id)));
        }
    }
    Ok(())
}

fn take(
    wish: &Wish,
    seats: &mut BTreeMap<TicketId, Seat>,
    event: &Event,
    hold_for: TimeDelta,
    taken: &mut Vec<Taken>,
) -> Reservation {
    let until = event.now + hold_for;
    let mut amount = 0;
    for &ticket in wish.tickets.ids() {
        let Some(seat) = seats.get_mut(&ticket) else { continue };
        let hold =
            Hold { user_id: wish.user_id, reservation: wish.reservation, until, price: seat.price, paying: None };
        amount += seat.price;
        seat.standing = Standing::Held(hold.clone());
        taken.push(Taken { ticket, hold });
    }
    let (id, tickets) = (wish.reservation, wish.tickets.clone());
    Reservation { id, tickets, amount, currency: event.currency.clone(), until }
}

#[cfg(test)]
mod tests;
