//! The door: gRPC and gRPC-web by their content types, the edge's own pages and probes, and REST for all else. Rate limits
//! will stand before all of them.

use http::{HeaderValue, Method, Request, Response, header, request::Parts};
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    body::{self, Body},
    grpc::{Grpc, Protocol},
    pages::Pages,
    probes,
    refusal::Refused,
    rest::Rest,
};

/// Everything behind the door.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) rest: Rest,
    pub(crate) grpc: Grpc,
    pub(crate) pages: Pages,
    /// Cancelled when the edge is about to end.
    pub(crate) ending: CancellationToken,
}

impl Door {
    /// The answer to any request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let read_until = Instant::now() + self.rest.config.body_read_max();
        let (head, mut body) = request.into_parts();
        if let Some(protocol) = Protocol::of(&head) {
            let mut response = self.grpc.answer(protocol, head, body).await;
            secure(response.headers_mut());
            return response;
        }
        let mut response = match self.own(&head).await {
            Some(response) => response,
            None => self.rest.answer(&head, &mut body).await,
        };
        body::discard(body, &head.headers, read_until).await;
        secure(response.headers_mut());
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
        let page = self.pages.find(path);
        if !matches!(path, "/healthz" | "/readyz") && page.is_none() {
            return None;
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Some(Refused::method("GET, HEAD").into_response());
        }
        Some(match (path, page) {
            ("/healthz", _) => probes::alive(),
            ("/readyz", _) => probes::ready(&self.rest.upstreams, self.ending.is_cancelled()).await,
            (_, Some(page)) => page.into_response(),
            (_, None) => return None,
        })
    }
}

/// What every answer says to browsers, unless it says something stricter itself.
fn secure(headers: &mut http::HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The pages have no script and one style of their own, inside.
        (header::CONTENT_SECURITY_POLICY, crate::pages::POLICY),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
