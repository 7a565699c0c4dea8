//! Brings webhooks: each event in a task of its own, again and again until it is taken or its tries are used up. Bounded
//! in how many wait and how many are under way at once. Decides nothing about payments.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Url, header::CONTENT_TYPE, redirect};
use secrecy::ExposeSecret as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock,
    event::{Delivery, Standing},
    ledger::Record,
    sandbox::Sandbox,
    signature,
};

/// The most posts that wait for their time or their next try; what comes then is undelivered until it is sent again.
const WAITING_MAX: usize = 65_536;
/// The most posts that are under way at once: a webhook is one small server.
const UNDER_WAY_MAX: usize = 32;
/// How often one post is tried: half a minute in all.
const TRIES_MAX: u32 = 12;
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long a webhook may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long the tasks may take to notice that they are to stop.
const STOP_MAX: Duration = Duration::from_secs(5);
/// The name of W3C's trace context, as a header and in the metadata of an intent.
const TRACEPARENT: &str = "traceparent";
/// What a faulty signature is signed with.
const WRONG_SECRET: &str = "whsec_of_somebody_else";

/// Whoever brings the webhooks.
pub struct Courier {
    http: Client,
    tasks: TaskTracker,
    stop: CancellationToken,
    waiting: Arc<Semaphore>,
    under_way: Semaphore,
}

/// An event to be brought, with its place among those that wait.
pub struct Post {
    /// The event.
    pub event: String,
    wait: Duration,
    _place: OwnedSemaphorePermit,
}

/// What is posted where.
struct Letter {
    url: Url,
    body: String,
    signature: String,
    /// Where the payment is in its merchant's trace, if its metadata says so.
    trace: Option<String>,
}

impl Courier {
    /// A courier at rest.
    pub fn new() -> Result<Self, reqwest::Error> {
        // The webhook is the merchant's own server: neither a proxy nor another address stands in for it.
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(ANSWER_MAX).build()?;
        Ok(Self {
            http,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            under_way: Semaphore::new(UNDER_WAY_MAX),
        })
    }

    /// Takes a place for a post; `None`: too many wait.
    pub fn post(&self, event: &str, wait: Duration) -> Option<Post> {
        match Arc::clone(&self.waiting).try_acquire_owned() {
            Ok(place) => Some(Post { event: event.to_owned(), wait, _place: place }),
            Err(_) => {
                tracing::warn!(event, "too many webhooks wait: this one is not sent");
                None
            }
        }
    }

    /// Brings a post, in a task that [`Courier::stop`] ends.
    pub fn send(sandbox: &Arc<Sandbox>, post: Post) {
        let courier = &sandbox.courier;
        let (stop, sandbox) = (courier.stop.clone(), Arc::clone(sandbox));
        courier.tasks.spawn(async move { stop.run_until_cancelled(bring(&sandbox, post)).await });
    }

    /// Ends all tasks. What they did not bring stays waiting, for the next start.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(STOP_MAX, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "webhooks did not stop in time");
        }
    }

    async fn deliver(&self, letter: Letter) -> Delivery {
        let at = clock::unix_seconds();
        let mut request = self.http.post(letter.url).header(CONTENT_TYPE, "application/json; charset=utf-8");
        // As a provider would that took part in its merchants' traces.
        if let Some(trace) = letter.trace {
            request = request.header(TRACEPARENT, trace);
        }
        match request.header("stripe-signature", letter.signature).body(letter.body).send().await {
            Ok(answer) => Delivery { at, status: Some(answer.status().as_u16()), error: None },
            Err(error) => Delivery { at, status: None, error: Some(error.without_url().to_string()) },
        }
    }
}

async fn bring(sandbox: &Arc<Sandbox>, post: Post) {
    sleep(post.wait).await;
    let mut pause = PAUSE_FIRST;
    for tries in 1..=TRIES_MAX {
        {
            let Ok(_permit) = sandbox.courier.under_way.acquire().await else { return };
            // Read anew for each try: the address may have changed, and after a reset there is nothing to bring.
            let Some(letter) = letter(sandbox, &post.event) else { return };
            let delivery = sandbox.courier.deliver(letter).await;
            let standing = match (delivery.is_taken(), tries) {
                (true, _) => Standing::Delivered,
                (false, TRIES_MAX) => Standing::Undelivered,
                (false, _) => Standing::Waiting,
            };
            tracing::debug!(event = post.event, tries, status = delivery.status, "posted a webhook");
            let told = Record::Told { event: post.event.clone(), delivery: Some(delivery), standing };
            // What can't be written is logged there, and only means that the event is posted again.
            let _ = sandbox.state().commit(vec![told]);
            if standing != Standing::Waiting {
                return;
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn letter(sandbox: &Sandbox, event: &str) -> Option<Letter> {
    let mut state = sandbox.state();
    let event = state.ledger.events.get(event)?;
    let (body, intent) = (event.body.clone(), state.ledger.intents.get(&event.intent));
    let trace = intent.and_then(|intent| intent.terms.metadata.get(TRACEPARENT).cloned());
    let url = state.target.url.clone()?;
    let is_forged = state.faults.bad_signature.strikes();
    let secret = if is_forged { WRONG_SECRET } else { state.target.secret.expose_secret() };
    let signature = signature::sign(secret, clock::unix_seconds(), &body);
    Some(Letter { url, body, signature, trace })
}
