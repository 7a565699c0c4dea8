//! What comes through the door, counted and followed: REST by RPC and HTTP status, gRPC and gRPC-web by RPC and gRPC code, named as
//! OpenTelemetry names them. What lasts (event streams) counts once, when it opens.

use std::{array, collections::HashMap, net::IpAddr, sync::OnceLock, time::Duration};

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use metrics::{Gauge, Histogram, gauge, histogram};
use tokio::time::Instant;
use usher::{
    reason::Refusal,
    serving::{self, Calls, isolated},
    trace::{Span, Trust},
};

use crate::{
    body::Body,
    door::{Door, Wanted},
    probes,
    refusal::Refused,
    routes::{Found, RouteTable},
};

/// The statuses that the edge answers. Anything else is counted as [`OTHER`].
const STATUSES: [u16; 17] = [200, 204, 206, 304, 400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 500, 503, 504];
/// A status that is none of these.
const OTHER: &str = "other";
/// The edge's own pages, and paths at which there is nothing: callers must not be able to make labels up.
const NO_RPC: &str = "none";

/// The traffic of a process.
#[derive(Debug)]
pub(crate) struct Traffic {
    calls: Calls,
    /// By the RPC's gRPC path.
    rest: HashMap<String, Endpoint>,
    elsewhere: Endpoint,
    under_way: Gauge,
}

/// The histograms of what one RPC answers over REST, each registered with the first answer of its status.
struct Endpoint {
    rpc: String,
    took: [OnceLock<Histogram>; STATUSES.len() + 1],
}

/// A request that is under way until this is dropped.
struct UnderWay(Gauge);

impl Traffic {
    /// Counts the requests for all RPCs of the contract.
    pub(crate) fn new(routes: &RouteTable) -> Self {
        let paths = routes.iter().map(|route| route.rpc_path().to_owned());
        Self {
            calls: Calls::new(),
            rest: paths.map(|path| (path.clone(), Endpoint::new(path.trim_start_matches('/')))).collect(),
            elsewhere: Endpoint::new(NO_RPC),
            under_way: gauge!("http_server_active_requests"),
        }
    }

    fn begin(&self) -> UnderWay {
        self.under_way.increment(1.0);
        UnderWay(self.under_way.clone())
    }

    fn note(&self, found: &Found<'_, '_>, status: StatusCode, took: Duration) {
        let endpoint = match found {
            Found::Route(route, _) => self.rest.get(route.rpc_path()),
            Found::OtherMethod(_) | Found::Nothing => None,
        };
        endpoint.unwrap_or(&self.elsewhere).note(status, took);
    }
}

impl Endpoint {
    fn new(rpc: &str) -> Self {
        Self { rpc: rpc.to_owned(), took: array::from_fn(|_| OnceLock::new()) }
    }

    fn note(&self, status: StatusCode, took: Duration) {
        let place = STATUSES.iter().position(|&known| known == status.as_u16()).unwrap_or(STATUSES.len());
        if let Some(took_so) = self.took.get(place) {
            took_so.get_or_init(|| self.register(place)).record(took);
        }
    }

    fn register(&self, place: usize) -> Histogram {
        let status = STATUSES.get(place).map_or_else(|| OTHER.to_owned(), ToString::to_string);
        histogram!(
            "http_server_request_duration_seconds",
            "rpc_method" => self.rpc.clone(),
            "http_response_status_code" => status
        )
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("rpc", &self.rpc).finish_non_exhaustive()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl Door {
    /// The answer to any request, counted and, where its trace is recorded, a span. A request that panics ends alone.
    pub(crate) async fn answer_counted(&self, peer: IpAddr, request: Request<Incoming>) -> Response<Body> {
        let (began, _under_way) = (Instant::now(), self.traffic.begin());
        let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers());
        let wanted = self.wanted(&method, uri.path(), headers);
        let span = match probes::PATHS.contains(&uri.path()) {
            // They come all the time, and are nobody's.
            true => Span::NONE,
            false => Span::served(headers, Trust::Unproven, || method.to_string()),
        };
        // In a place of its own, which is given back with the answer's head: an HTTP/2 stream keeps its own for as long as it
        // lasts. And nothing around it has to move all of it.
        let answer = Box::pin(self.answer(peer, request, &wanted));
        let answered = span.around(isolated(answer)).await;
        let response = answered.unwrap_or_else(|panicked| Refused::from(Refusal::from(panicked)).into_response());
        match &wanted {
            Wanted::Call(..) => {
                self.traffic.calls.note(uri.path(), response.headers(), began.elapsed());
                span.rename(|| uri.path().trim_start_matches('/').to_owned());
                serving::describe(&span, uri.path(), response.headers());
            }
            Wanted::Address(found) => {
                self.traffic.note(found, response.status(), began.elapsed());
                describe(&span, found, &method, response.status());
            }
        }
        span.end();
        response
    }
}

/// Says of a request's span what it was for and how it ended. Paths themselves hold what their callers made up.
fn describe(span: &Span, found: &Found<'_, '_>, method: &Method, status: StatusCode) {
    if !span.is_recorded() {
        return;
    }
    span.set("http.request.method", method.to_string());
    if let Found::Route(route, _) = found {
        span.set("http.route", route.path());
        span.set("rpc.method", route.rpc_path().trim_start_matches('/').to_owned());
        span.rename(|| format!("{method} {}", route.path()));
    }
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_makes_labels_up() {
        let contract = crate::descriptors::Descriptors::load().unwrap();
        let routes = RouteTable::derive(&contract).unwrap();
        let traffic = Traffic::new(&routes);
        let known = traffic.rest.len();
        let strange = StatusCode::from_u16(599).unwrap();
        traffic.note(&routes.find(&Method::GET, "/v1/made/up"), strange, Duration::ZERO);
        assert_eq!(traffic.rest.len(), known);
        assert!(traffic.elsewhere.took[STATUSES.len()].get().is_some());
        traffic.note(&routes.find(&Method::GET, "/v1/event/7"), StatusCode::OK, Duration::ZERO);
        assert!(traffic.rest["/usher.event.v1.EventService/GetEvent"].took[0].get().is_some());
    }
}
