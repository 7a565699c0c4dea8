//! The service without its database: the same rules over rows in memory, each operation one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta};
use usher::id::{EventId, TicketId};
use uuid::Uuid;

use super::{
    Card, Crash, HELD_SEATS_MAX, HOLD_SECONDS, Op, PRICE, SEATS, START, provider::Provider, reference::Happened,
};
use crate::{
    booking::Booking,
    error::Error,
    opening::{self, Begun, Opening},
    order::{Order, request_hash},
    release::releasable,
    reserve::{Earlier, Facts, Rules, Wish, decide},
    seat::{Event, Seat, Standing, Timestamp},
    tickets::{CUSTOMER_SEATS_MAX, Tickets},
    token,
};

pub(super) struct Row {
    pub(super) booking: Booking,
    pub(super) hash: Vec<u8>,
    pub(super) attempt: Uuid,
    pub(super) card: Card,
}

pub(super) struct Refund {
    pub(super) booking: Uuid,
    pub(super) attempt: Uuid,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) owes: Owes,
    pub(super) hash: (Uuid, Vec<i64>),
}

/// Who is yet to give a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owes {
    Provider,
    /// The provider could not pay it out.
    House,
    Nobody,
}

pub struct World {
    pub(super) now: i64,
    pub(super) next: u128,
    pub(super) seats: Vec<Seat>,
    pub(super) reservations: Vec<(i64, Earlier)>,
    pub(super) bookings: Vec<Row>,
    pub(super) refunds: HashMap<Uuid, Refund>,
    pub(super) provider: Provider,
    /// The attempts of which somebody heard that they were paid.
    pub(super) heard_of: HashSet<Uuid>,
}

pub(super) type Answer = Result<Option<usize>, Error>;

pub(super) fn event_id() -> EventId {
    EventId::new(7).unwrap()
}

pub(super) fn ticket(seat: i64) -> TicketId {
    event_id().ticket(seat).unwrap()
}

fn tickets(seats: &[i64]) -> Tickets {
    let ids: Vec<_> = seats.iter().map(|&seat| ticket(seat).get()).collect();
    Tickets::new(&ids, CUSTOMER_SEATS_MAX).unwrap()
}

pub(super) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// An error's name: its variant.
fn name(error: &Error) -> &'static str {
    usher::reason::Refusal::from(match error {
        Error::RequestIdReused => Error::RequestIdReused,
        Error::HoldExpired(ticket) => Error::HoldExpired(*ticket),
        Error::SeatTaken(ticket, own) => Error::SeatTaken(*ticket, *own),
        Error::HoldLimit { held, max } => Error::HoldLimit { held: *held, max: *max },
        other => Error::Defect(other.to_string()),
    })
    .reason()
    .as_str()
}

impl World {
    pub fn new() -> Self {
        let free = |seat| Seat { ticket: ticket(seat), price: PRICE * seat, standing: Standing::Free };
        Self {
            now: 0,
            next: 1,
            seats: (1..=SEATS).map(free).collect(),
            reservations: Vec::new(),
            bookings: Vec::new(),
            refunds: HashMap::new(),
            provider: Provider::default(),
            heard_of: HashSet::new(),
        }
    }

    /// Lets something happen; tells what came of it.
    pub fn run(&mut self, op: &Op) -> Happened {
        let answer = match op {
            Op::Reserve { user, seats, request } => self.reserve(*user, seats, *request),
            Op::Release { user, nth } => self.release(*user, *nth),
            Op::Book { user, seats, request, card, crash } => self.book(*user, seats, *request, *card, *crash),
            Op::Cancel { user, nth, seats, request, provider_down } => {
                let nth = self.nth_booking(*nth);
                let owner = self.bookings.get(nth).and_then(|row| row.booking.user_id);
                self.cancel(user.or(owner).unwrap_or_default(), nth, seats, *request, *provider_down)
            }
            Op::Bank { .. }
            | Op::CaptureAnyway { .. }
            | Op::Deliver { .. }
            | Op::Lose { .. }
            | Op::Reconcile { .. }
            | Op::RefundFails { .. }
            | Op::Settle { .. }
            | Op::Wait { .. } => {
                self.play(op);
                Ok(None)
            }
        };
        let (text, id) = match &answer {
            Ok(id) => ("OK".to_owned(), *id),
            Err(error) => (name(error).to_owned(), None),
        };
        let seat_of = |seat: &Seat| seat.ticket.index();
        let sold = self.seats.iter().filter_map(|seat| match &seat.standing {
            Standing::Booked { booking, .. } => Some((seat_of(seat), self.row(*booking)?.booking.user_id?)),
            _ => None,
        });
        let paying = self.seats.iter().filter(|seat| seat.hold().is_some_and(|hold| hold.paying.is_some()));
        let opened = match (op, id.and_then(|id| self.bookings.get(id))) {
            (Op::Book { .. }, Some(row)) => self.seats_of(&row.booking.ticket_ids),
            _ => Vec::new(),
        };
        Happened {
            now: self.now,
            answer: text,
            id,
            opened: opened.iter().map(seat_of).collect(),
            sold: sold.collect(),
            paying: paying.map(seat_of).collect(),
        }
    }

    /// What nobody is answered for.
    fn play(&mut self, op: &Op) {
        match op {
            Op::Bank { nth, passes } => self.provider.bank(*nth, *passes),
            Op::CaptureAnyway { nth } => self.provider.capture_anyway(*nth),
            Op::Deliver { nth, again } => self.deliver(*nth, *again),
            Op::Lose { nth } => self.provider.lose(*nth),
            Op::Reconcile { provider_down } => self.reconcile(*provider_down),
            Op::RefundFails { nth } => self.refund_fails(*nth),
            Op::Settle { nth } => self.settle(self.nth_booking(*nth)),
            Op::Wait { seconds } => self.now += seconds,
            Op::Reserve { .. } | Op::Release { .. } | Op::Book { .. } | Op::Cancel { .. } => {}
        }
    }

    pub(super) fn event(&self) -> Event {
        Event { start_time: at(START), currency: "EUR".to_owned(), wants_pass: false, now: at(self.now) }
    }

    fn fresh(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    pub(super) fn id(&mut self, purpose: &str, user: i64, request: Option<u8>) -> Uuid {
        match request {
            Some(request) => token::request(purpose, event_id(), user, &request.to_string()),
            None => self.fresh(),
        }
    }

    pub(super) fn row(&self, booking: Uuid) -> Option<&Row> {
        self.bookings.iter().find(|row| row.booking.id == booking)
    }

    /// The n-th booking, counted around.
    fn nth_booking(&self, nth: usize) -> usize {
        nth % self.bookings.len().max(1)
    }

    pub(super) fn seats_of(&self, ids: &[i64]) -> Vec<Seat> {
        self.seats.iter().filter(|seat| ids.contains(&seat.ticket.get())).cloned().collect()
    }

    pub(super) fn set(&mut self, ids: &[i64], standing: impl Fn(&Standing) -> Standing) {
        for seat in self.seats.iter_mut().filter(|seat| ids.contains(&seat.ticket.get())) {
            seat.standing = standing(&seat.standing);
        }
    }

    fn reserve(&mut self, user: i64, seats: &[i64], request: Option<u8>) -> Answer {
        let reservation = self.id("reserve", user, request);
        let wish = Wish { user_id: user, tickets: tickets(seats), reservation, pass_until: None };
        let own = self.reservations.iter().filter(|(owner, _)| *owner == user);
        let own = own.map(|(_, earlier)| Earlier { held: self.held(earlier), ..earlier.clone() }).collect();
        let facts = Facts {
            seats: self.seats_of(&wish.tickets.numbers()),
            events: HashMap::from([(event_id(), self.event())]),
            earlier: HashMap::from([((event_id(), user), own)]),
        };
        let rules = Rules { hold_for: TimeDelta::seconds(HOLD_SECONDS), held_seats_max: HELD_SEATS_MAX };
        let (mut answers, taken) = decide(std::slice::from_ref(&wish), facts, rules);
        let granted = answers.remove(0)?;
        if let Some(first) = taken.first() {
            let (id, ticket_ids) = (granted.id, wish.tickets.numbers());
            let row = Earlier { nth: first.nth, id, ticket_ids, amount: granted.amount, until: granted.until, held: 0 };
            self.reservations.push((user, row));
        }
        for row in &taken {
            self.set(&[row.ticket.get()], |_| Standing::Held(row.hold.clone()));
        }
        Ok(self.reservations.iter().position(|(_, earlier)| earlier.id == granted.id))
    }

    /// The seats that the user holds and does not pay for.
    fn held_by(&self, user: i64) -> Vec<i64> {
        let is_own = |seat: &&Seat| {
            let hold = seat.hold().filter(|hold| hold.user_id == user && hold.paying.is_none());
            hold.is_some_and(|hold| hold.is_live(at(self.now)))
        };
        self.seats.iter().filter(is_own).map(|seat| seat.ticket.index()).collect()
    }

    fn held(&self, earlier: &Earlier) -> usize {
        let holds = self.seats_of(&earlier.ticket_ids);
        let live =
            |seat: &&Seat| seat.hold().is_some_and(|hold| hold.reservation == earlier.id && hold.is_live(at(self.now)));
        holds.iter().filter(live).count()
    }

    fn release(&mut self, user: i64, nth: usize) -> Answer {
        let Some((_, earlier)) = self.reservations.get(nth).cloned() else { return Err(Error::UnknownBooking) };
        let freed = self.seats_of(&earlier.ticket_ids);
        let freed = freed.iter().filter_map(|seat| releasable(seat, user, earlier.id).transpose());
        let freed = freed.map(|ticket| ticket.map(TicketId::get)).collect::<Result<Vec<_>, _>>()?;
        self.set(&freed, |_| Standing::Free);
        Ok(None)
    }

    fn book(&mut self, user: i64, seats: &[i64], request: Option<u8>, card: Card, crash: Crash) -> Answer {
        let seats = if seats.is_empty() { self.held_by(user) } else { seats.to_vec() };
        if seats.is_empty() {
            return Err(Error::NotReserved(ticket(1)));
        }
        let order = Order {
            user_id: user,
            tickets: tickets(&seats),
            reservation: None,
            payment_method: Some(format!("{card:?}")),
            request_id: None,
        };
        let (id, attempt) = (self.id("book", user, request), self.fresh());
        let hash = request_hash(&order);
        let facts = opening::Facts {
            seats: self.seats_of(&order.tickets.numbers()),
            events: HashMap::from([(event_id(), self.event())]),
            before: self.row(id).map(|row| (id, row.hash.clone())).into_iter().collect(),
        };
        let (mut answers, begun) =
            opening::decide(&[Opening { order, id, attempt, hash, trace: None }], facts, TimeDelta::zero());
        let Some(charge) = answers.remove(0)?.charge else { return Ok(None) };
        let opened = self.bookings.len();
        for Begun { booking, hash, seats, .. } in begun {
            for (ticket, hold) in seats {
                self.set(&[ticket.get()], |_| opening::after(&booking, &hold));
            }
            self.bookings.push(Row { booking, hash, attempt, card });
        }
        let amount = charge.amount;
        if crash != Crash::BeforeTheCharge {
            let said = self.provider.charge(attempt, id, amount, card);
            if let (Some(news), Crash::Never) = (said, crash) {
                self.learn(id, attempt, &news);
            }
        }
        Ok(Some(opened))
    }
}
