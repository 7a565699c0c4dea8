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
    /// Until when the user's pass from the event's waiting room is good; `None` without one.
    pub pass_until: Option<Timestamp>,
}

/// What the house allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How long a hold lasts.
    pub hold_for: TimeDelta,
    /// The most seats that one user holds at one event.
    pub held_seats_max: usize,
}

/// All that a batch of wishes is decided by, read once their seats were locked.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The rows of the seats that the wishes name.
    pub seats: Vec<Seat>,
    /// Their events, as far as they exist.
    pub events: HashMap<EventId, Event>,
    /// What the wishes' users reserved at those events before.
    pub earlier: HashMap<(EventId, i64), Vec<Earlier>>,
}

/// A reservation that a user made before, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Which of the user's reservations at the event it is.
    pub nth: i32,
    /// Its id.
    pub id: Uuid,
    /// Its seats, ascending.
    pub ticket_ids: Vec<i64>,
    /// What they cost together, in minor units.
    pub amount: i64,
    /// When the hold lapses.
    pub until: Timestamp,
    /// How many of its seats it still holds.
    pub held: usize,
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

/// A row to be written: the seat is held from now on, by the user's `nth` reservation at the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which seat.
    pub ticket: TicketId,
    /// Its hold.
    pub hold: Hold,
    /// Which of the holder's reservations it belongs to.
    pub nth: i32,
}

/// Answers `wishes` in the order they came, each with its reservation or why there is none, and lists the rows to
/// write. A wish sees what the wishes before it took.
///
/// INVARIANT I6: a wish takes all of its seats or none.
pub fn decide(wishes: &[Wish], facts: Facts, rules: Rules) -> (Vec<Result<Reservation, Error>>, Vec<Taken>) {
    let Facts { seats, events, mut earlier } = facts;
    let mut seats: Seats = seats.into_iter().map(|seat| (seat.ticket, seat)).collect();
    let mut taken = Vec::new();
    let answers = wishes.iter().map(|wish| {
        let event = events.get(&wish.tickets.event()).ok_or_else(|| Error::UnknownEvent(wish.tickets.event()))?;
        let own = earlier.entry((wish.tickets.event(), wish.user_id)).or_default();
        if let Some(before) = own.iter().find(|before| before.id == wish.reservation) {
            return repeated(wish, before, &seats, event);
        }
        if let Some(standing) = standing_reservation(wish, &seats, event) {
            return Ok(standing);
        }
        refuse(wish, &seats, event)?;
        refuse_more_than(rules.held_seats_max, wish, own)?;
        Ok(take(wish, &mut seats, event, rules.hold_for, own, &mut taken))
    });
    (answers.collect(), taken)
}

type Seats = BTreeMap<TicketId, Seat>;

/// The answer to a request that was granted before: the same, as long as it is true. It takes nothing again, whatever
/// became of its seats. INVARIANT I5; I4: it does not extend the hold.
fn repeated(wish: &Wish, before: &Earlier, seats: &Seats, event: &Event) -> Result<Reservation, Error> {
    if before.ticket_ids != wish.tickets.numbers() {
        return Err(Error::RequestIdReused);
    }
    let stands = |ticket: &TicketId| match seats.get(ticket).map(|seat| &seat.standing) {
        Some(Standing::Held(hold)) => hold.reservation == before.id && hold.is_live(event.now),
        Some(Standing::Booked { hold: Some(hold), .. }) => hold.reservation == before.id,
        Some(Standing::Booked { hold: None, .. } | Standing::Free | Standing::Blocked) | None => false,
    };
    match wish.tickets.ids().iter().find(|ticket| !stands(ticket)) {
        Some(&gone) => Err(Error::HoldExpired(gone)),
        None => Ok(reservation(before.id, wish, before.amount, before.until, event)),
    }
}

/// The caller's live hold of the very same seats: wishing for them again is no other wish.
fn standing_reservation(wish: &Wish, seats: &Seats, event: &Event) -> Option<Reservation> {
    let holds = wish.tickets.ids().iter().map(|ticket| {
        let hold = seats.get(ticket)?.hold()?;
        (hold.user_id == wish.user_id && hold.is_live(event.now)).then_some(hold)
    });
    let holds = holds.collect::<Option<Vec<_>>>()?;
    let first = *holds.first()?;
    let amount = holds.iter().map(|hold| hold.price).sum();
    let same = holds.iter().all(|hold| hold.reservation == first.reservation);
    same.then(|| reservation(first.reservation, wish, amount, first.until, event))
}

fn refuse(wish: &Wish, seats: &Seats, event: &Event) -> Result<(), Error> {
    if let Some(&unknown) = wish.tickets.ids().iter().find(|ticket| !seats.contains_key(ticket)) {
        return Err(Error::UnknownTicket(unknown));
    }
    if event.has_started() {
        return Err(Error::EventStarted(wish.tickets.event()));
    }
    if event.wants_pass && wish.pass_until.is_none_or(|until| until <= event.now) {
        return Err(Error::PassRequired(wish.tickets.event()));
    }
    for ticket in wish.tickets.ids() {
        let seat = &seats[ticket];
        if !seat.is_free(event.now) {
            return Err(Error::SeatTaken(*ticket, seat.hold().is_some_and(|hold| hold.user_id == wish.user_id)));
        }
    }
    Ok(())
}

fn refuse_more_than(max: usize, wish: &Wish, own: &[Earlier]) -> Result<(), Error> {
    let held = own.iter().map(|earlier| earlier.held).sum::<usize>();
    match held + wish.tickets.ids().len() <= max {
        true => Ok(()),
        false => Err(Error::HoldLimit { held, max }),
    }
}

fn take(
    wish: &Wish,
    seats: &mut Seats,
    event: &Event,
    hold_for: TimeDelta,
    own: &mut Vec<Earlier>,
    taken: &mut Vec<Taken>,
) -> Reservation {
    let until = event.now + hold_for;
    let nth = own.iter().map(|earlier| earlier.nth + 1).max().unwrap_or_default();
    let mut amount = 0;
    for &ticket in wish.tickets.ids() {
        let Some(seat) = seats.get_mut(&ticket) else { continue };
        let hold =
            Hold { user_id: wish.user_id, reservation: wish.reservation, until, price: seat.price, paying: None };
        amount += seat.price;
        seat.standing = Standing::Held(hold.clone());
        taken.push(Taken { ticket, hold, nth });
    }
    let (ticket_ids, held) = (wish.tickets.numbers(), wish.tickets.ids().len());
    own.push(Earlier { nth, id: wish.reservation, ticket_ids, amount, until, held });
    reservation(wish.reservation, wish, amount, until, event)
}

fn reservation(id: Uuid, wish: &Wish, amount: i64, until: Timestamp, event: &Event) -> Reservation {
    Reservation { id, tickets: wish.tickets.clone(), amount, currency: event.currency.clone(), until }
}

#[cfg(test)]
mod tests;
