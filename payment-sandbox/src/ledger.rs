//! Everything that the sandbox remembers, and the records that it is made of: the same ones that the state file holds.
//! Decides nothing.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::{
    event::{Delivery, Event, Standing},
    idempotency::{Answer, KEY_SECONDS_MAX},
    intent::Intent,
};

/// The most of each sort of things that are remembered: some gigabytes.
const ROWS_MAX: usize = 500_000;

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// The intent that was paid.
    pub intent: String,
    /// Its charge.
    pub charge: Option<String>,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217, lower case.
    pub currency: String,
    /// Stripe's `reason`.
    pub reason: Option<String>,
    /// The merchant's own.
    pub metadata: BTreeMap<String, String>,
    /// When, in seconds since 1970.
    pub created: i64,
    /// How it stands.
    #[serde(default)]
    pub status: RefundStatus,
}

/// How a refund stands, in Stripe's words. It is done at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The money went back.
    #[default]
    Succeeded,
    /// The bank did not take it.
    Failed,
}

/// One change. What has a name replaces what had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// An intent.
    Intent(Box<Intent>),
    /// A refund.
    Refund(Box<Refund>),
    /// An event.
    Event(Box<Event>),
    /// How the telling of an event went.
    Told {
        /// The event.
        event: String,
        /// The delivery, if there was one.
        delivery: Option<Delivery>,
        /// How the event stands.
        standing: Standing,
    },
    /// The answer of a call that came with a key.
    Answer {
        /// The `Idempotency-Key`.
        key: String,
        /// The answer.
        answer: Answer,
    },
}

/// Rows in the order they came, found by name.
#[derive(Debug)]
pub struct Shelf<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Shelf<T> {
    /// The row of that name.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(*self.places.get(id)?)
    }

    /// All rows, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter()
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(*self.places.get(id)?)
    }

    fn put(&mut self, id: &str, row: T) {
        match self.get_mut(id) {
            Some(old) => *old = row,
            None => {
                self.places.insert(id.to_owned(), self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

/// What the sandbox remembers.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every intent.
    pub intents: Shelf<Intent>,
    /// Every refund.
    pub refunds: Shelf<Refund>,
    /// Every event.
    pub events: Shelf<Event>,
    answers: HashMap<String, Answer>,
}

impl Ledger {
    /// What the call with that key was answered.
    pub fn answer(&self, key: &str) -> Option<&Answer> {
        self.answers.get(key)
    }

    /// Whether it holds as much as it may.
    pub fn is_full(&self) -> bool {
        let counts = [self.intents.rows.len(), self.refunds.rows.len(), self.events.rows.len(), self.answers.len()];
        counts.into_iter().any(|count| count >= ROWS_MAX)
    }

    /// Makes one change.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Intent(intent) => self.intents.put(&intent.id.clone(), *intent),
            Record::Refund(refund) => self.refunds.put(&refund.id.clone(), *refund),
            Record::Event(event) => self.events.put(&event.id.clone(), *event),
            Record::Told { event, delivery, standing } => {
                if let Some(event) = self.events.get_mut(&event) {
                    event.note(delivery, standing);
                }
            }
            Record::Answer { key, answer } => {
                self.answers.insert(key, answer);
            }
        }
    }

    /// The fewest records that make this ledger, less the answers that are forgotten at `now`.
    pub fn records(&self, now: i64) -> impl Iterator<Item = Record> {
        let intents = self.intents.iter().cloned().map(|intent| Record::Intent(Box::new(intent)));
        let refunds = self.refunds.iter().cloned().map(|refund| Record::Refund(Box::new(refund)));
        let events = self.events.iter().cloned().map(|event| Record::Event(Box::new(event)));
        let kept = self.answers.iter().filter(move |(_, answer)| now - answer.at < KEY_SECONDS_MAX);
        let answers = kept.map(|(key, answer)| Record::Answer { key: key.clone(), answer: answer.clone() });
        intents.chain(refunds).chain(events).chain(answers)
    }
}
