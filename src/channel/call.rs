//! One call: to whom it goes, how long it may take, and whether it goes to somebody else when it was not answered.

use std::{
    future::pending,
    pin::pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures::future::{Either, select};
use http_body_util::BodyExt as _;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep, sleep_until, timeout},
};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Bytes,
        http::{HeaderMap, HeaderValue, Request, Response, Uri},
    },
};

use super::{
    connection::Answer,
    endpoint::Endpoint,
    exclusion::{NOT_REACHED, NOT_SERVED},
    line::Broken,
    peer::Peer,
    request::{TIMEOUT, addressed, written},
};
use crate::{
    id::EventId,
    reason::{Reason, Refusal},
    rpcs, serving,
};

/// How often a call is sent at most.
const ATTEMPTS_MAX: u32 = 3;
/// The longest pause before a call is sent again for the first time, in milliseconds; twice that before the next time.
const PAUSE_MS_MAX: u64 = 10;
/// Larger requests are not kept to be sent again, in bytes.
const REPEATED_BYTES_MAX: usize = 64 * 1024;
/// The longest a call may take that brings no deadline of its own.
const CALL_MAX: Duration = Duration::from_secs(30);
/// When a caller may come back to a service that is out of reach.
const RETRY_AFTER: Duration = Duration::from_millis(500);
const STATUS: &str = "grpc-status";
/// UNAVAILABLE, as it stands in a head.
const UNAVAILABLE: &[u8] = b"14";

/// The answer to any request while all instances have as much to do as they may: callers past what a service can do are
/// many, and are to cost little.
pub(super) fn turned_away(peer: &Peer) -> Option<Response<Body>> {
    static HEAD: LazyLock<HeaderMap> = LazyLock::new(|| Status::from(full()).into_http::<()>().into_parts().0.headers);
    if !peer.is_full() {
        return None;
    }
    peer.metrics.full.increment(1);
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = HEAD.clone();
    Some(response)
}

/// The answer to `request`, or why there is none, said as a service would.
pub(super) async fn answer(peer: &Peer, request: Request<Body>) -> Response<Body> {
    let answered = match Call::of(peer, request).await {
        Ok(call) => call.run().await,
        Err(refusal) => Err(refusal),
    };
    answered.unwrap_or_else(|refusal| Status::from(refusal).into_http())
}

struct Call<'p> {
    peer: &'p Peer,
    uri: Uri,
    headers: HeaderMap,
    message: Bytes,
    streams: bool,
    is_read: bool,
    is_repeatable: bool,
    /// What it writes about.
    event: Option<EventId>,
    deadline: Option<Instant>,
}

/// What became of sending a call once.
enum Outcome {
    Served(Response<Body>),
    /// The instance answered that it can't serve.
    Unavailable(Response<Body>),
    Broken(Broken),
    /// The instance fell silent meanwhile.
    Lost,
    /// The call's time was over.
    Late,
}

impl<'p> Call<'p> {
    /// All of the contract's RPCs take one message: it is here as a whole before it is sent.
    async fn of(peer: &'p Peer, request: Request<Body>) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let message = body.collect().await.map_err(|error| {
            tracing::error!(%error, "a request can't be encoded");
            Refusal::new(Reason::Internal, "something went wrong on our side")
        })?;
        let message = message.to_bytes();
        let rpc = rpcs::find(head.uri.path());
        let streams = rpc.is_some_and(|rpc| rpc.streams);
        let asked = serving::timeout(&head.headers);
        // A stream lasts.
        let time = if streams { asked } else { Some(asked.unwrap_or(CALL_MAX)) };
        Ok(Self {
            peer,
            streams,
            is_read: rpc.is_some_and(|rpc| rpc.repeat == rpcs::Repeat::Read),
            is_repeatable: message.len() <= REPEATED_BYTES_MAX && rpc.is_some_and(|rpc| rpc.repeat.allows(&message)),
            event: rpc.and_then(|rpc| rpc.event(&message)),
            deadline: time.map(|time| Instant::now() + time),
            uri: head.uri,
            headers: head.headers,
            message,
        })
    }

    async fn run(&self) -> Result<Response<Body>, Refusal> {
        if !self.peer.breaker.allows(self.peer.now_ms()) {
            return Err(self.refused());
        }
        self.peer.deposit();
        let mut avoided = None;
        for attempt in 1.. {
            let endpoint = self.pick(avoided.as_ref()).await.ok_or_else(|| self.nobody())?;
            let (outcome, endpoint) = self.send_hedged(endpoint, attempt).await;
            if attempt >= ATTEMPTS_MAX || !self.goes_on(&outcome, &endpoint) {
                return outcome.into_answer();
            }
            self.peer.metrics.retries.increment(1);
            sleep(Duration::from_millis(rand::random_range(0..=PAUSE_MS_MAX << (attempt - 1)))).await;
            avoided = Some(endpoint);
        }
        Err(self.refused())
    }

    async fn pick(&self, avoided: Option<&Arc<Endpoint>>) -> Option<Arc<Endpoint>> {
        let pick = || match self.event {
            Some(event) => self.peer.pick_for(event, avoided),
            None => self.peer.pick(avoided),
        };
        match pick() {
            None if self.peer.known().is_empty() => {
                Box::pin(self.peer.wait_for_addresses()).await;
                pick()
            }
            picked => picked,
        }
    }

    /// Whether to send it again, after that came of it at `endpoint`.
    fn goes_on(&self, outcome: &Outcome, endpoint: &Arc<Endpoint>) -> bool {
        let elsewhere = || self.peer.ready().iter().any(|other| !Arc::ptr_eq(other, endpoint));
        let is_safe = match outcome {
            Outcome::Served(_) | Outcome::Late => false,
            // Whoever is asked again at once answers the same.
            Outcome::Unavailable(_) => self.is_repeatable && elsewhere(),
            // Nobody has seen it yet.
            Outcome::Broken(Broken::Unsent) => true,
            Outcome::Broken(Broken::Unreachable(_)) => elsewhere(),
            Outcome::Broken(Broken::Under(_)) | Outcome::Lost => self.is_repeatable,
        };
        is_safe && self.deadline.is_none_or(|deadline| Instant::now() < deadline) && self.peer.withdraw()
    }

    /// Sends it; and to another instance as well, where that is asked for and the first one takes long.
    async fn send_hedged(&self, endpoint: Arc<Endpoint>, attempt: u32) -> (Outcome, Arc<Endpoint>) {
        let hedge_after = self.peer.config.hedge_after().filter(|_| self.is_read && !self.streams);
        match hedge_after {
            None => self.send_noted(endpoint, attempt).await,
            // In a box of its own: each call would have to be as large as two.
            Some(hedge_after) => Box::pin(self.send_to_two(endpoint, attempt, hedge_after)).await,
        }
    }

    async fn send_to_two(
        &self,
        endpoint: Arc<Endpoint>,
        attempt: u32,
        hedge_after: Duration,
    ) -> (Outcome, Arc<Endpoint>) {
        let mut first = pin!(self.send_noted(Arc::clone(&endpoint), attempt));
        if let Ok(sent) = timeout(hedge_after, &mut first).await {
            return sent;
        }
        let another = self.peer.pick(Some(&endpoint)).filter(|another| !Arc::ptr_eq(another, &endpoint));
        let Some(another) = another.filter(|_| self.peer.withdraw()) else {
            return first.await;
        };
        self.peer.metrics.hedges.increment(1);
        let second = pin!(self.send_noted(another, attempt + 1));
        match select(first, second).await {
            Either::Left((sent @ (Outcome::Served(_), _), _)) | Either::Right((sent @ (Outcome::Served(_), _), _)) => {
                sent
            }
            // The other one may still do better.
            Either::Left((_, second)) => second.await,
            Either::Right((_, first)) => first.await,
        }
    }

    /// Sends it to that instance, and notes there what came of it.
    async fn send_noted(&self, endpoint: Arc<Endpoint>, attempt: u32) -> (Outcome, Arc<Endpoint>) {
        let outcome = {
            let _under_way = endpoint.begin();
            let lost = async {
                match self.is_repeatable {
                    true => endpoint.lost.notified().await,
                    false => pending().await,
                }
            };
            let late = async {
                match self.deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                outcome = self.send(&endpoint, attempt) => outcome,
                () = lost => Outcome::Lost,
                () = late => Outcome::Late,
            }
        };
        self.note(&endpoint, &outcome);
        (outcome, endpoint)
    }

    async fn send(&self, endpoint: &Arc<Endpoint>, attempt: u32) -> Outcome {
        let (line, place) = match self.streams {
            false => (Arc::clone(endpoint.calls()), None),
            true => match endpoint.stream() {
                Some((line, place)) => (line, Some(place)),
                None => return Outcome::Broken(Broken::Unreachable("no place for another stream".to_owned())),
            },
        };
        let mut headers = self.headers.clone();
        if let Some(left) = self.deadline.filter(|_| attempt > 1 || !headers.contains_key(TIMEOUT))
            && let Ok(left) = HeaderValue::try_from(written(left.saturating_duration_since(Instant::now())))
        {
            headers.insert(TIMEOUT, left);
        }
        let head = addressed(line.link(), &self.uri, headers);
        match line.send(head, self.message.clone()).await {
            Ok(response) => {
                let is_unavailable = response.headers().get(STATUS).is_some_and(|code| code == UNAVAILABLE);
                let response = response.map(|body| held(body, place));
                if is_unavailable { Outcome::Unavailable(response) } else { Outcome::Served(response) }
            }
            Err(broken) => Outcome::Broken(broken),
        }
    }

    fn note(&self, endpoint: &Arc<Endpoint>, outcome: &Outcome) {
        let peer = self.peer;
        match outcome {
            Outcome::Served(_) => {
                endpoint.served();
                endpoint.bound.answered();
            }
            Outcome::Unavailable(_) => {
                endpoint.bound.refused();
                peer.strike(endpoint, NOT_SERVED);
            }
            Outcome::Late => peer.strike(endpoint, NOT_SERVED),
            Outcome::Broken(Broken::Unsent) => {}
            Outcome::Broken(broken) => {
                tracing::debug!(peer = peer.name, address = %endpoint.address, %broken, "a call did not get through");
                peer.doubted.notify_one();
                peer.strike(endpoint, NOT_REACHED);
            }
            Outcome::Lost => peer.strike(endpoint, NOT_REACHED),
        }
        match outcome {
            Outcome::Served(_) | Outcome::Unavailable(_) => {
                if peer.breaker.answered() {
                    peer.metrics.open.set(0.0);
                }
            }
            Outcome::Broken(Broken::Unreachable(_) | Broken::Under(_)) | Outcome::Lost => {
                if peer.breaker.failed(peer.now_ms()) {
                    peer.tell_out_of_reach();
                }
            }
            Outcome::Broken(Broken::Unsent) | Outcome::Late => {}
        }
    }

    /// Why there is nobody to send it to.
    fn nobody(&self) -> Refusal {
        if self.peer.is_full() {
            self.peer.metrics.full.increment(1);
            return full();
        }
        self.refused()
    }

    fn refused(&self) -> Refusal {
        self.peer.metrics.refused.increment(1);
        unreachable()
    }
}

impl Outcome {
    fn into_answer(self) -> Result<Response<Body>, Refusal> {
        match self {
            Self::Served(response) | Self::Unavailable(response) => Ok(response),
            Self::Broken(_) | Self::Lost => Err(unreachable()),
            Self::Late => Err(Refusal::new(
                Reason::DeadlineExceeded,
                "this took longer than it may; ask how it went before you send it again",
            )),
        }
    }
}

fn full() -> Refusal {
    Refusal::unavailable("a part of Usher is at its limit: try again", RETRY_AFTER)
}

fn unreachable() -> Refusal {
    Refusal::unavailable("a part of Usher can't be reached right now: try again", RETRY_AFTER)
}

/// A stream keeps its place on the connection until it has ended.
fn held(body: Answer, place: Option<OwnedSemaphorePermit>) -> Body {
    match place {
        None => Body::new(body),
        Some(place) => Body::new(body.map_frame(move |frame| {
            let _held = &place;
            frame
        })),
    }
}
