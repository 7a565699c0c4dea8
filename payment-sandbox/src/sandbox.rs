//! The running sandbox: one lock around what it remembers and what is broken. A deed is judged, written down and its
//! webhook put on the way in one go, so that no two calls see half of it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    card::Decline,
    clock,
    courier::{Courier, Post},
    encode,
    event::{Event, Standing},
    faults::Faults,
    id,
    idempotency::Answer,
    intent::{Intent, News},
    journal::Journal,
    ledger::{Ledger, Record, Refund},
    refusal::{Kind, Refusal},
};

/// The sandbox.
pub struct Sandbox {
    /// What calls of the API must bring.
    pub api_key: SecretString,
    /// Where browsers find it, with no slash at the end.
    pub public_url: String,
    /// Where webhooks go at start, and again after a reset.
    pub home: Target,
    /// Who brings the webhooks.
    pub courier: Courier,
    state: Mutex<State>,
}

/// Where webhooks go.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address; `None`: nowhere.
    pub url: Option<Url>,
    /// What they are signed with.
    pub secret: SecretString,
}

/// What changes.
pub struct State {
    /// What it remembers.
    pub ledger: Ledger,
    /// What is broken.
    pub faults: Faults,
    /// Where webhooks go.
    pub target: Target,
    /// The keys whose calls are not answered yet.
    pub in_flight: HashSet<String>,
    journal: Option<Journal>,
}

/// What a deed may look at.
pub struct Desk<'a> {
    /// What the sandbox remembers.
    pub ledger: &'a Ledger,
    /// A decline on order, for the next attempt to pay.
    pub decline_next: &'a mut Option<Decline>,
    /// For the addresses in answers.
    pub public_url: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// What a call comes to.
pub struct Deed {
    /// What happened, in this order.
    pub changes: Vec<Change>,
    /// What is answered, whether or not something happened.
    pub answer: Result<Value, Refusal>,
}

/// Something that happened to an intent.
pub struct Change {
    /// How it stands now.
    pub intent: Intent,
    /// The money that went back.
    pub refund: Option<Refund>,
    /// What the merchant hears of it.
    pub news: Option<News>,
}

impl Deed {
    /// Nothing happens.
    pub fn refused(refusal: Refusal) -> Self {
        Self { changes: Vec::new(), answer: Err(refusal) }
    }
}

/// A key and what its call asks.
pub struct Keyed {
    /// The `Idempotency-Key`.
    pub key: String,
    /// See [`crate::idempotency::fingerprint`].
    pub fingerprint: String,
}

impl Sandbox {
    /// A sandbox that goes on where `ledger` ends.
    pub fn new(
        (api_key, public_url, home): (SecretString, String, Target),
        courier: Courier,
        (journal, ledger): (Option<Journal>, Ledger),
    ) -> Self {
        let state =
            State { ledger, faults: Faults::default(), target: home.clone(), in_flight: HashSet::new(), journal };
        Self { api_key, public_url, home, courier, state: Mutex::new(state) }
    }

    /// What changes. Hold it for no longer than a decision takes, and never over an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // A change is made by one call of `apply` after everything that can fail: what a panic leaves is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a deed: judges it, writes it down, sends its webhooks. Answers its HTTP status and body.
    pub fn perform(
        self: &Arc<Self>,
        state: &mut State,
        keyed: Option<Keyed>,
        judge: impl FnOnce(&mut Desk<'_>) -> Deed,
    ) -> Result<(StatusCode, String), Refusal> {
        if state.ledger.is_full() {
            let message = "The sandbox remembers as much as it can: empty it with POST /sandbox/reset.";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, Kind::Api, message).with_code("rate_limit"));
        }
        let now = clock::unix_seconds();
        let State { ledger, faults, .. } = &mut *state;
        let mut desk = Desk { ledger, decline_next: &mut faults.decline_next, public_url: &self.public_url, now };
        let deed = judge(&mut desk);
        let (status, body) = match deed.answer {
            Ok(body) => (StatusCode::OK, body.to_string()),
            Err(refusal) => (refusal.status, refusal.body().to_string()),
        };

        let (mut records, mut posts) = (Vec::new(), Vec::new());
        for change in deed.changes {
            if let Some(news) = change.news {
                let key = keyed.as_ref().map(|keyed| keyed.key.as_str());
                let id = id::fresh("evt");
                let body = encode::event(&id, news, &change, &self.public_url, key, now).to_string();
                let standing = self.plan(state, &id, &mut posts);
                let intent = change.intent.id.clone();
                let event = Event { id, kind: news, intent, body, standing, deliveries: Vec::new() };
                records.push(Record::Event(Box::new(event)));
            }
            records.push(Record::Intent(Box::new(change.intent)));
            records.extend(change.refund.map(|refund| Record::Refund(Box::new(refund))));
        }
        records.extend(keyed.map(|Keyed { key, fingerprint }| Record::Answer {
            key,
            answer: Answer { fingerprint, at: now, status: status.as_u16(), body: body.clone() },
        }));
        state.commit(records)?;
        for post in posts {
            Courier::send(self, post);
        }
        Ok((status, body))
    }

    /// How often the webhooks of a new event are posted, and how the event stands.
    fn plan(&self, state: &mut State, event: &str, posts: &mut Vec<Post>) -> Standing {
        let Faults { delay_webhooks_ms, shuffle_webhooks_ms, .. } = state.faults;
        let wait = || Duration::from_millis(delay_webhooks_ms + rand::random_range(0..=shuffle_webhooks_ms));
        if state.faults.lose_webhooks.strikes() {
            return Standing::Lost;
        }
        if state.target.url.is_none() {
            return Standing::Undelivered;
        }
        let times = if state.faults.duplicate_webhooks.strikes() { 2 } else { 1 };
        posts.extend((0..times).map_while(|_| self.courier.post(event, wait())));
        if posts.is_empty() { Standing::Undelivered } else { Standing::Waiting }
    }

    /// Sends every event that `is_wanted`; answers how many. Faults that lose or double them are not asked.
    pub fn send_again(self: &Arc<Self>, is_wanted: impl Fn(&Event) -> bool) -> Result<usize, Refusal> {
        let mut state = self.state();
        if state.target.url.is_none() {
            return Err(Refusal::invalid("There is nowhere to send webhooks: say where with PUT /sandbox/webhook."));
        }
        let wanted = state.ledger.events.iter().filter(|event| is_wanted(event));
        let posts: Vec<_> = wanted.map_while(|event| self.courier.post(&event.id, Duration::ZERO)).collect();
        let waiting =
            |post: &Post| Record::Told { event: post.event.clone(), delivery: None, standing: Standing::Waiting };
        let records = posts.iter().map(waiting).collect();
        state.commit(records)?;
        drop(state);
        let count = posts.len();
        for post in posts {
            Courier::send(self, post);
        }
        Ok(count)
    }
}

impl State {
    /// Writes changes down, then makes them. On a failure nothing has changed.
    pub fn commit(&mut self, records: Vec<Record>) -> Result<(), Refusal> {
        if records.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.append(&records).map_err(|error| unwritten(&error))?;
        }
        for record in records {
            self.ledger.apply(record);
        }
        Ok(())
    }

    /// Forgets everything; webhooks go to `home`.
    pub fn reset(&mut self, home: Target) -> Result<(), Refusal> {
        if let Some(journal) = &mut self.journal {
            journal.clear().map_err(|error| unwritten(&error))?;
        }
        (self.ledger, self.faults, self.target) = (Ledger::default(), Faults::default(), home);
        Ok(())
    }

    /// Whether it can write down what it does.
    pub fn is_healthy(&self) -> bool {
        !self.journal.as_ref().is_some_and(Journal::is_broken)
    }
}

fn unwritten(error: &std::io::Error) -> Refusal {
    tracing::error!(%error, "can't write SANDBOX_STATE_FILE: nothing was done");
    let message = "The sandbox can't write its state file; nothing was done. Look into its log.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Kind::Api, message)
}
