//! The provider, played: what it took, what it gave back, and the callbacks that it has sent.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::Card;
use crate::state::News;

/// How a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Paid,
    Declined,
    AtTheBank,
    Cancelled,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub attempt: Uuid,
    pub booking: Uuid,
    pub amount: i64,
    pub stage: Stage,
}

/// A callback on its way.
#[derive(Debug, Clone)]
pub struct Callback {
    pub attempt: Uuid,
    pub booking: Uuid,
    pub news: News,
}

#[derive(Debug, Default)]
pub struct Provider {
    pub payments: Vec<Payment>,
    pub waiting: Vec<Callback>,
    /// What was given back of which attempt, by whoever gave it.
    refunds: BTreeMap<Uuid, (Uuid, i64)>,
    /// Refunds that it could not pay out: it does not try them again.
    failed: HashSet<Uuid>,
}

impl Provider {
    /// Takes the money, once per attempt; answers what it would tell.
    pub fn charge(&mut self, attempt: Uuid, booking: Uuid, amount: i64, card: Card) -> Option<News> {
        if !self.payments.iter().any(|payment| payment.attempt == attempt) {
            let stage = match card {
                Card::Pays => Stage::Paid,
                Card::Declines => Stage::Declined,
                Card::AsksTheBank => Stage::AtTheBank,
            };
            self.payments.push(Payment { attempt, booking, amount, stage });
            self.tell(attempt);
        }
        self.look(attempt)
    }

    /// How the attempt stands; `None` while it is undecided, or was never heard of.
    pub fn look(&self, attempt: Uuid) -> Option<News> {
        match self.payment(attempt)?.stage {
            Stage::Paid => Some(News::Paid),
            Stage::Declined => Some(News::Unpaid("declined".to_owned())),
            Stage::Cancelled => Some(News::Unpaid("canceled".to_owned())),
            Stage::AtTheBank => None,
        }
    }

    pub fn payment(&self, attempt: Uuid) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.attempt == attempt)
    }

    /// Calls a payment off, if it is not decided.
    pub fn cancel(&mut self, attempt: Uuid) {
        self.decide(attempt, Stage::AtTheBank, Stage::Cancelled);
    }

    /// The bank's check of the n-th payment.
    pub fn bank(&mut self, nth: usize, passes: bool) {
        if let Some(attempt) = self.payments.get(nth).map(|payment| payment.attempt) {
            self.decide(attempt, Stage::AtTheBank, if passes { Stage::Paid } else { Stage::Declined });
        }
    }

    /// Captures the n-th payment although it was declined.
    pub fn capture_anyway(&mut self, nth: usize) {
        if let Some(attempt) = self.payments.get(nth).map(|payment| payment.attempt) {
            self.decide(attempt, Stage::Declined, Stage::Paid);
        }
    }

    /// Loses the n-th callback that waits.
    pub fn lose(&mut self, nth: usize) {
        if nth < self.waiting.len() {
            self.waiting.remove(nth);
        }
    }

    /// Gives money back, once per refund.
    pub fn refund(&mut self, refund: Uuid, attempt: Uuid, amount: i64) {
        if !self.failed.contains(&refund) {
            self.refunds.entry(refund).or_insert((attempt, amount));
        }
    }

    /// The n-th refund that it gave, counted around, comes back; answers which that is.
    pub fn fail_refund(&mut self, nth: usize) -> Option<Uuid> {
        let given: Vec<_> = self.refunds.keys().filter(|id| !self.failed.contains(id)).copied().collect();
        let id = *given.get(nth % given.len().max(1))?;
        self.refunds.remove(&id);
        self.failed.insert(id);
        Some(id)
    }

    /// The house gives what it could not.
    pub fn given_otherwise(&mut self, refund: Uuid, attempt: Uuid, amount: i64) {
        self.refunds.insert(refund, (attempt, amount));
    }

    /// What was taken for a booking less what was given back.
    pub fn kept(&self, booking: Uuid) -> i64 {
        let own = self.payments.iter().filter(|payment| payment.booking == booking);
        own.map(|payment| {
            let taken = if payment.stage == Stage::Paid { payment.amount } else { 0 };
            let back: i64 =
                self.refunds.values().filter(|(of, _)| *of == payment.attempt).map(|(_, amount)| amount).sum();
            taken - back
        })
        .sum()
    }

    fn decide(&mut self, attempt: Uuid, from: Stage, to: Stage) {
        if let Some(payment) = self.payments.iter_mut().find(|payment| payment.attempt == attempt)
            && payment.stage == from
        {
            payment.stage = to;
            self.tell(attempt);
        }
    }

    fn tell(&mut self, attempt: Uuid) {
        if let (Some(payment), Some(news)) = (self.payment(attempt), self.look(attempt)) {
            let booking = payment.booking;
            self.waiting.push(Callback { attempt, booking, news });
        }
    }
}
