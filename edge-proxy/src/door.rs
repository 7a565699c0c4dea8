//! The door: the edge's own pages and probes, gRPC and gRPC-web by their content types, and REST for all else. What comes
//! too often is turned away before any of it is read.

use std::{net::IpAddr, sync::Arc};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header, request::Parts,
};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    address,
    body::{self, Body},
    grpc::{Grpc, Protocol},
    limits::{Limits, Place},
    pages::Pages,
    probes,
    refusal::Refused,
    rest::Rest,
    routes::{Found, Rpc},
    traffic::Traffic,
    web::Web,
};

/// What a request costs that leads nowhere, in units.
const COST_OF_NOTHING: u32 = 1;

/// What a request is for. Found out once.
#[derive(Debug)]
pub(crate) enum Wanted<'t, 'p> {
    /// A call in a form of gRPC, to an RPC where there is one.
    Call(Protocol, Option<&'t Arc<Rpc>>),
    /// An address.
    Address(Found<'t, 'p>),
}

/// Everything behind the door.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) rest: Rest,
    pub(crate) grpc: Grpc,
    pub(crate) pages: Pages,
    /// The web client, where there is one: its page takes the place of the edge's own.
    pub(crate) web: Option<Web>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) traffic: Traffic,
    /// Cancelled when the edge is about to end.
    pub(crate) ending: CancellationToken,
}

impl Door {
    /// What a request is for.
    pub(crate) fn wanted<'p>(&self, method: &Method, path: &'p str, headers: &HeaderMap) -> Wanted<'_, 'p> {
        let routes = &self.rest.routes;
        match Protocol::named(headers) {
            Some(protocol) => Wanted::Call(protocol, routes.rpc(path)),
            None => Wanted::Address(routes.find(method, path)),
        }
    }

    /// The answer to any request that came from `peer`.
    pub(crate) async fn answer(
        &self,
        peer: IpAddr,
        request: Request<Incoming>,
        wanted: &Wanted<'_, '_>,
    ) -> Response<Body> {
        let read_until = Instant::now() + self.rest.config.body_read_max();
        let (mut head, mut body) = request.into_parts();
        if let Some(wrong) = address::wrong(&head) {
            let mut response = Refused::http(StatusCode::BAD_REQUEST, wrong).into_response();
            if head.version < Version::HTTP_2 {
                // What comes behind it may be part of it.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            return response;
        }
        let (cost, streams) = wanted.load();
        let visit = self.limits.visit(peer, &head.headers, cost, streams);
        head.extensions.insert(visit.clone());
        let found = match wanted {
            Wanted::Address(found) => found,
            Wanted::Call(protocol, rpc) => {
                let mut response = held(self.grpc.answer(*protocol, *rpc, head, body).await, visit.place());
                visit.describe(response.headers_mut());
                return response;
            }
        };
        let mut response = match self.own(&head).await {
            Some(response) => response,
            None => match visit.enter() {
                Ok(()) => self.rest.answer(&head, found, &mut body).await,
                Err(refusal) => Refused::from(refusal).into_response(),
            },
        };
        response = held(response, visit.place());
        body::discard(body, &head.headers, read_until).await;
        visit.describe(response.headers_mut());
        if head.method == Method::HEAD {
            // A HEAD tells how long the GET's body is, where that is known.
            if let Some(length) = response.body().size_hint().exact() {
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            *response.body_mut() = Body::default();
        }
        response
    }

    /// The edge's own pages; `None` for what is none of them.
    async fn own(&self, head: &Parts) -> Option<Response<Body>> {
        let path = head.uri.path();
        let client = self.web.as_ref().and_then(|web| web.answer(&head.uri, &head.headers));
        let page = self.pages.find(path);
        if !probes::PATHS.contains(&path) && page.is_none() && client.is_none() {
            return None;
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Some(Refused::method("GET, HEAD").into_response());
        }
        Some(match (path, page) {
            ("/healthz", _) => probes::alive(),
            ("/readyz", _) => probes::ready(&self.rest.upstreams, self.ending.is_cancelled()).await,
            (_, page) if client.is_some() && (path == "/" || page.is_none()) => return client,
            (_, Some(page)) => page.into_response(),
            (_, None) => return None,
        })
    }
}

impl Wanted<'_, '_> {
    /// What it costs of its caller's allowance, in units, and whether its answer is a stream.
    fn load(&self) -> (u32, bool) {
        let rpc = match self {
            Self::Call(_, rpc) => *rpc,
            Self::Address(Found::Route(route, _)) => Some(&route.rpc),
            Self::Address(Found::OtherMethod(_) | Found::Nothing) => None,
        };
        rpc.map_or((COST_OF_NOTHING, false), |rpc| (rpc.cost, rpc.method.is_server_streaming()))
    }
}

/// An answer that keeps its place until its body has ended, or its client is gone.
fn held(response: Response<Body>, place: Option<Place>) -> Response<Body> {
    let Some(place) = place else { return response };
    response.map(|body| {
        let keeping = body.map_frame(move |frame| {
            let _held = &place;
            frame
        });
        keeping.boxed_unsync()
    })
}

/// What every answer says to browsers, unless it says something stricter itself.
pub(crate) fn secure<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Pages of others embed nothing of ours; those that may call read it by CORS.
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // The pages have no script and one style of their own, inside.
        (header::CONTENT_SECURITY_POLICY, crate::pages::POLICY),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
