//! What becomes of a booking once it was opened: callbacks, giving back, the reconciler.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    FEE_PERCENT, PAYMENT_SECONDS_MAX, START,
    world::{self, Owes, Refund, World, at, event_id, ticket},
};
use crate::{
    cancel::{Cancellation, money_back, returned},
    error::Error,
    policy::CancelPolicy,
    seat::Standing,
    settling::{self, Said},
    state::{MoneyBack, News, Status, give_up},
    store::{payments::Answer, refunds::NewRefund},
};

impl World {
    pub(super) fn deliver(&mut self, nth: usize, again: bool) {
        let Some(callback) = self.provider.waiting.get(nth).cloned() else { return };
        if !again {
            self.provider.waiting.remove(nth);
        }
        self.learn(callback.booking, callback.attempt, &callback.news);
    }

    pub(super) fn learn(&mut self, id: Uuid, attempt: Uuid, news: &News) {
        if *news == News::Paid {
            self.heard_of.insert(attempt);
        }
        let Some(booking) = self.row(id).map(|row| row.booking.clone()) else { return };
        let said = Said {
            event: event_id(),
            booking: id,
            attempt,
            news: Some(news.clone()),
            answer: Answer { intent: Some(attempt.to_string()), ..Answer::default() },
            callback: None,
        };
        let facts = settling::Facts {
            seats: self.seats_of(&booking.ticket_ids),
            bookings: HashMap::from([(id, booking)]),
            numbers: HashMap::new(),
            now: at(self.now),
        };
        let (_, writes) = settling::decide(&[said], facts);
        for (ticket, standing) in writes.seats {
            self.set(&[ticket.get()], |_| standing.clone());
        }
        for ((_, id), (status, _)) in writes.bookings {
            self.set_status(id, status);
        }
        for (refund, NewRefund { booking, quote, .. }) in writes.refunds {
            let hash = (booking, vec![]);
            let (amount, fee) = (quote.refund, quote.fee);
            let new = Refund { booking, attempt, amount, fee, owes: Owes::Provider, hash };
            self.refunds.entry(refund).or_insert(new);
            self.give_back(booking);
        }
    }

    fn set_status(&mut self, id: Uuid, status: Status) {
        for row in self.bookings.iter_mut().filter(|row| row.booking.id == id) {
            row.booking.status = status;
        }
    }

    pub(super) fn cancel(
        &mut self,
        user: i64,
        nth: usize,
        seats: &[i64],
        request: Option<u8>,
        provider_down: bool,
    ) -> world::Answer {
        let id = self.id("cancel", user, request);
        let Some(row) = self.bookings.get(nth) else { return Err(Error::UnknownBooking) };
        let (booking, attempt) = (row.booking.clone(), row.attempt);
        let mut ticket_ids: Vec<_> = seats.iter().map(|&seat| ticket(seat).get()).collect();
        ticket_ids.sort_unstable();
        let hash = (booking.id, ticket_ids.clone());
        if let Some(refund) = self.refunds.get(&id) {
            return if refund.hash == hash { Ok(None) } else { Err(Error::RequestIdReused) };
        }
        if booking.user_id != Some(user) {
            return Err(Error::UnknownBooking);
        }
        let asked = Cancellation {
            user_id: user,
            by_house: false,
            event: event_id(),
            booking: booking.id,
            ticket_ids,
            reason: String::new(),
            request_id: None,
        };
        let returned = returned(&asked, &booking, &self.seats_of(&booking.ticket_ids))?;
        let prices: Vec<_> = returned.iter().map(|(_, price)| *price).collect();
        let policy = CancelPolicy { start_time: at(START), minutes_before: 0, fee_percent: FEE_PERCENT };
        let quote = policy.quote(&prices, at(self.now))?;
        let money = money_back(&booking, quote);
        let ids: Vec<_> = returned.iter().map(|(id, _)| *id).collect();
        let whole = ids.len() == booking.ticket_ids.len();
        let status = give_up(booking.status, whole, money).ok_or(Error::UnknownBooking)?;
        self.set(&ids, |_| Standing::Free);
        self.set_status(booking.id, status);
        if !whole {
            let row = self.bookings.get_mut(nth).unwrap();
            row.booking.ticket_ids.retain(|ticket| !ids.contains(ticket));
        }
        let owes = if money == MoneyBack::ByProvider { Owes::Provider } else { Owes::Nobody };
        let refund = Refund { booking: booking.id, attempt, amount: quote.refund, fee: quote.fee, owes, hash };
        self.refunds.insert(id, refund);
        if !provider_down {
            self.give_back(booking.id);
        }
        Ok(None)
    }

    pub(super) fn reconcile(&mut self, provider_down: bool) {
        if provider_down {
            return;
        }
        let pending = self.bookings.iter().filter(|row| row.booking.status == Status::Pending);
        let pending: Vec<_> = pending
            .map(|row| (row.booking.id, row.attempt, row.booking.amount, row.card, row.booking.created_at))
            .collect();
        for (id, attempt, amount, card, since) in pending {
            let mut said = match self.provider.payment(attempt) {
                Some(_) => self.provider.look(attempt),
                None => self.provider.charge(attempt, id, amount, card),
            };
            if said.is_none() && (at(self.now) - since).num_seconds() > PAYMENT_SECONDS_MAX {
                self.provider.cancel(attempt);
                said = self.provider.look(attempt);
            }
            if let Some(news) = said {
                self.learn(id, attempt, &news);
            }
        }
        let owed = self.refunds.values().filter(|refund| refund.owes == Owes::Provider);
        let owed: Vec<_> = owed.map(|refund| refund.booking).collect();
        for booking in owed {
            self.give_back(booking);
        }
    }

    /// Everything works again, and time passes until nothing is under way.
    pub fn heal(&mut self) {
        while !self.provider.waiting.is_empty() {
            self.deliver(0, false);
        }
        self.now += PAYMENT_SECONDS_MAX + 1;
        self.reconcile(false);
        while !self.provider.waiting.is_empty() {
            self.deliver(0, false);
        }
        for nth in 0..self.bookings.len() {
            self.settle(nth);
        }
    }
}
