//! What news of payments does: the state machine's steps for all that was heard together, over plain rows. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use usher::id::{EventId, TicketId};
use uuid::Uuid;

use crate::{
    booking::Booking,
    policy::Quote,
    seat::{Hold, Seat, Standing, Timestamp},
    state::{News, Status, Step, step},
    store::{payments::Answer, refunds::NewRefund},
    token,
    view::View,
};

/// What the provider said about one attempt to pay for a booking.
#[derive(Debug, Clone)]
pub struct Said {
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// The attempt.
    pub attempt: Uuid,
    /// What it means; `None` while it is undecided.
    pub news: Option<News>,
    /// The provider's own words.
    pub answer: Answer,
    /// The provider's id of the callback that said it, where one did.
    pub callback: Option<String>,
}

/// All that news is judged by, read under locks.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The bookings that the news is of, as far as they exist.
    pub bookings: HashMap<Uuid, Booking>,
    /// Their seats' rows.
    pub seats: Vec<Seat>,
    /// Those seats' numbers.
    pub numbers: HashMap<TicketId, String>,
    /// The database's clock.
    pub now: Timestamp,
}

/// Where a booking stands after the news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The status.
    pub status: Status,
    /// The step that the news called for.
    pub step: Step,
    /// All that is shown of it, where this news is what booked it.
    pub booked: Option<View>,
}

/// Rows to be written, each once, in the order of their keys.
#[derive(Debug, Clone)]
pub struct Writes {
    /// What is known of the attempts now.
    pub answers: BTreeMap<(EventId, Uuid), Answer>,
    /// How bookings stand now, and why they failed.
    pub bookings: BTreeMap<(EventId, Uuid), (Status, Option<String>)>,
    /// How seats stand now: always held or owned.
    pub seats: BTreeMap<TicketId, Standing>,
    /// Money that goes back.
    pub refunds: BTreeMap<Uuid, NewRefund>,
    /// Callbacks that are acted on with this.
    pub callbacks: BTreeSet<String>,
    /// When the rows were locked.
    pub at: Timestamp,
}

impl Writes {
    const fn nothing(at: Timestamp) -> Self {
        Self {
            answers: BTreeMap::new(),
            bookings: BTreeMap::new(),
            seats: BTreeMap::new(),
            refunds: BTreeMap::new(),
            callbacks: BTreeSet::new(),
            at,
        }
    }
}

/// Takes in what was said, in its order; answers where each booking stands then, `None` where there is no such booking.
/// What was said later of the same booking sees what was said before.
pub fn decide(said: &[Said], facts: Facts) -> (Vec<Option<Settled>>, Writes) {
    let Facts { mut bookings, seats, numbers, now } = facts;
    let mut seats: HashMap<_, _> = seats.into_iter().map(|seat| (seat.ticket.get(), seat)).collect();
    let mut writes = Writes::nothing(now);
    let settled = said.iter().map(|said| {
        let booking = bookings.get_mut(&said.booking)?;
        let answer = writes.answers.entry((said.event, said.attempt)).or_default();
        *answer = std::mem::take(answer).then(&said.answer);
        let intent = answer.intent.clone();
        writes.callbacks.extend(said.callback.clone());
        let own: Vec<_> = booking.ticket_ids.iter().filter_map(|id| seats.get(id).cloned()).collect();
        let step = match &said.news {
            Some(news) => step(booking.status, news, owns_seats(booking, &own)),
            None => Step::Stay,
        };
        if step == Step::Stay {
            return Some(Settled { status: booking.status, step, booked: None });
        }
        booking.status = booking.status.after(&step);
        booking.failure = match &step {
            Step::Fail(why) => Some(why.clone()),
            Step::Book | Step::Refund | Step::Close | Step::Reopen | Step::Stay => None,
        };
        writes.bookings.insert((booking.event, booking.id), (booking.status, booking.failure.clone()));
        for (ticket, standing) in own.iter().filter_map(|seat| Some((seat.ticket, after(seat, booking.id, &step)?))) {
            seats.entry(ticket.get()).and_modify(|seat| seat.standing = standing.clone());
            writes.seats.insert(ticket, standing);
        }
        if step == Step::Refund {
            let refund = owed(booking, said.attempt, now);
            writes.refunds.insert(refund.id, refund);
        }
        let booked = (step == Step::Book).then(|| booked(booking, intent, &numbers)).flatten();
        Some(Settled { status: booking.status, step, booked })
    });
    (settled.collect(), writes)
}

/// Whether every seat of the booking still bears its id.
pub fn owns_seats(booking: &Booking, seats: &[Seat]) -> bool {
    booking.ticket_ids.iter().all(|&id| {
        let seat = seats.iter().find(|seat| seat.ticket.get() == id);
        seat.is_some_and(|seat| matches!(&seat.standing, Standing::Held(hold) if hold.paying == Some(booking.id)))
    })
}

/// How a seat stands after the step; `None` for one that the booking does not pay for.
fn after(seat: &Seat, booking: Uuid, step: &Step) -> Option<Standing> {
    let hold = seat.hold().filter(|hold| hold.paying == Some(booking))?;
    let kept = Hold { paying: None, ..hold.clone() };
    match step {
        Step::Book => Some(Standing::Booked { booking, price: hold.price, hold: Some(kept) }),
        // INVARIANT I3: merely held again, until the hour is over.
        Step::Fail(_) | Step::Refund => Some(Standing::Held(kept)),
        Step::Close | Step::Reopen | Step::Stay => None,
    }
}

/// All of a payment goes back. INVARIANT I2, I5: one refund per attempt, however often it is heard of.
fn owed(booking: &Booking, attempt: Uuid, now: Timestamp) -> NewRefund {
    NewRefund {
        event: booking.event,
        id: token::refund(attempt),
        booking: booking.id,
        attempt: Some(attempt),
        ticket_ids: Vec::new(),
        quote: Quote { refund: booking.amount, fee: 0 },
        due: true,
        asked_by: None,
        request_hash: Vec::new(),
        check_at: now,
    }
}

/// What is shown of a booking that was booked just now: nothing of it can have been given back yet.
fn booked(booking: &Booking, intent: Option<String>, numbers: &HashMap<TicketId, String>) -> Option<View> {
    let seats = booking.ticket_ids.iter().map(|&id| Some((id, numbers.get(&TicketId::new(id)?)?.clone())));
    let seats = seats.collect::<Option<Vec<_>>>()?;
    Some(View {
        booking: booking.clone(),
        intent: Some(intent?),
        redirect_url: None,
        refunded: 0,
        refund_failed: 0,
        seats,
    })
}

#[cfg(test)]
mod tests;
