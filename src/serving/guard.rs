//! The guard before every call: sheds load, keeps the deadline, survives a panic, and knows the call's place in its trace.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::BodyExt as _;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};
use tower::Layer;

use super::{Calls, ServingConfig, calls::UnderWay, describe, isolated, outcome::Outcomes};
use crate::{
    reason::{Reason, Refusal},
    trace::{Span, Trust},
};

/// When a caller who was turned away may come back.
const SHED_RETRY: Duration = Duration::from_millis(500);
/// How much sooner than the caller's own deadline a call ends: tonic enforces `grpc-timeout` outside of every layer,
/// as CANCELLED, and must not be the first.
const MARGIN_MAX: Duration = Duration::from_millis(20);
/// What a call keeps of its time to read and answer how far it came.
const ANSWER_RESERVE: Duration = Duration::from_millis(300);
/// Health checks and reflection pass: a busy server is not a dead one.
const UNGUARDED: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// When a call must be answered. In the extensions of every request.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// What is left for work that may be cut short, with a rest to answer in.
    #[must_use]
    pub fn left_to_work(self) -> Duration {
        self.left().saturating_sub(ANSWER_RESERVE)
    }

    /// What is left; zero when it is over.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

#[derive(Clone)]
pub(super) struct GuardLayer {
    /// Of the whole server; tonic's own limit is per connection.
    places: Arc<Semaphore>,
    deadline_max: Duration,
    outcomes: Arc<Outcomes>,
    calls: Arc<Calls>,
}

impl GuardLayer {
    pub(super) fn new(config: &ServingConfig) -> Self {
        Self {
            places: Arc::new(Semaphore::new(config.concurrency_max as usize)),
            deadline_max: Duration::from_millis(config.deadline_ms_max),
            outcomes: Arc::new(Outcomes::new()),
            calls: Arc::new(Calls::new()),
        }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner, limits: self.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Guard<S> {
    inner: S,
    limits: GuardLayer,
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The clone is not ready, the original is: swap them.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        if UNGUARDED.iter().any(|prefix| request.uri().path().starts_with(prefix)) {
            return Box::pin(inner.call(request));
        }
        let deadline = Instant::now() + budget(request.headers(), self.limits.deadline_max);
        let call = Call::of(&request, &self.limits);
        let Ok(place) = Arc::clone(&self.limits.places).try_acquire_owned() else {
            // In a box of its own, which is small: those who are turned away are many.
            return Box::pin(async move {
                // Elapsed: a caller who is that slow to send is reset all the same.
                let _ = timeout_at(deadline, read_away(request.into_body())).await;
                let refusal = Refusal::unavailable("the service is at its limit: try again", SHED_RETRY);
                Ok(call.ended(refuse(refusal)))
            });
        };
        request.extensions_mut().insert(Deadline(deadline));
        Box::pin(async move {
            let _place = place;
            let response = match timeout_at(deadline, call.span.around(isolated(inner.call(request)))).await {
                Ok(Ok(answered)) => answered?,
                Ok(Err(panicked)) => refuse(panicked.into()),
                Err(_) => refuse(Refusal::new(Reason::DeadlineExceeded, "the request took longer than it may")),
            };
            Ok(call.ended(response))
        })
    }
}

/// A call under way: what is noted of it once it ends.
struct Call {
    path: String,
    span: Span,
    outcomes: Arc<Outcomes>,
    calls: Arc<Calls>,
    started: Instant,
    _under_way: UnderWay,
}

impl Call {
    fn of(request: &Request<Body>, limits: &GuardLayer) -> Self {
        let path = request.uri().path().to_owned();
        let span = Span::served(request.headers(), Trust::Believed, || path.trim_start_matches('/').to_owned());
        let (outcomes, calls) = (Arc::clone(&limits.outcomes), Arc::clone(&limits.calls));
        let under_way = calls.begin();
        Self { path, span, outcomes, calls, started: Instant::now(), _under_way: under_way }
    }

    fn ended(self, response: Response<Body>) -> Response<Body> {
        let took = self.started.elapsed();
        self.calls.note(&self.path, response.headers(), took);
        self.span.within(|| self.outcomes.note(&self.path, &response, took));
        describe(&self.span, &self.path, response.headers());
        self.span.end();
        response
    }
}

/// Reads what a caller still sends who is turned away. An answer before the end of a request resets its stream. What of
/// it arrives after that counts as the server's own error and as a small frame that is never read; after 1,024 of the
/// one or some 2,000 of the other h2 ends the connection, with every other call on it.
async fn read_away(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn refuse(refusal: Refusal) -> Response<Body> {
    Status::from(refusal).into_http()
}

/// The caller's own time (`grpc-timeout`) less a margin, at most `max`.
fn budget(headers: &HeaderMap, max: Duration) -> Duration {
    timeout(headers).map_or(max, |asked| asked.saturating_sub((asked / 10).min(MARGIN_MAX)).min(max))
}

/// The caller's own time (`grpc-timeout`); `None` without one, or where it is malformed.
#[must_use]
pub fn timeout(headers: &HeaderMap) -> Option<Duration> {
    headers.get("grpc-timeout").and_then(|value| parse_timeout(value.to_str().ok()?))
}

/// The gRPC protocol's `TimeoutValue TimeoutUnit`: at most eight digits and one of `HMSmun`.
fn parse_timeout(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use http_body_util::Full;
    use tonic::{Code, codegen::Bytes};

    use super::*;

    #[tokio::test]
    async fn a_request_that_is_turned_away_is_read_to_its_end() {
        let read = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&read);
        let body = Full::new(Bytes::from_static(b"a request")).map_frame(move |frame| {
            seen.store(true, Ordering::SeqCst);
            frame
        });
        let limits = GuardLayer {
            places: Arc::new(Semaphore::new(0)),
            deadline_max: Duration::from_secs(1),
            outcomes: Arc::new(Outcomes::new()),
            calls: Arc::new(Calls::new()),
        };
        let served = |_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) };
        let mut guard = limits.layer(tower::service_fn(served));
        let answer = guard.call(Request::new(Body::new(body))).await.unwrap();
        assert_eq!(Status::from_header_map(answer.headers()).unwrap().code(), Code::Unavailable);
        assert!(read.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_call_that_panics_is_answered_and_so_is_the_next() {
        let limits = GuardLayer {
            places: Arc::new(Semaphore::new(1)),
            deadline_max: Duration::from_secs(1),
            outcomes: Arc::new(Outcomes::new()),
            calls: Arc::new(Calls::new()),
        };
        let served = |request: Request<Body>| async move {
            assert_ne!(request.uri().path(), "/usher.booking.v1.BookingService/Book", "a defect");
            Ok::<_, Infallible>(Response::new(Body::empty()))
        };
        let mut guard = limits.layer(tower::service_fn(served));
        for (path, code) in [("Book", Code::Internal), ("Reserve", Code::Ok)] {
            let uri = format!("/usher.booking.v1.BookingService/{path}");
            let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
            let answer = guard.call(request).await.unwrap();
            let told = Status::from_header_map(answer.headers()).map_or(Code::Ok, |status| status.code());
            assert_eq!(told, code, "{path}");
        }
    }

    fn headers(timeout: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", http::HeaderValue::from_static(timeout));
        headers
    }

    #[test]
    fn the_callers_time_less_a_margin_within_the_maximum() {
        let max = Duration::from_secs(10);
        assert_eq!(budget(&HeaderMap::new(), max), max);
        assert_eq!(budget(&headers("2S"), max), Duration::from_millis(1_980));
        assert_eq!(budget(&headers("100m"), max), Duration::from_millis(90));
        assert_eq!(budget(&headers("1H"), max), max);
    }

    #[test]
    fn a_malformed_time_is_no_time() {
        for bad in ["", "S", "5", "-5S", "123456789S", "5s", "5é"] {
            assert_eq!(parse_timeout(bad), None, "{bad}");
        }
    }
}
