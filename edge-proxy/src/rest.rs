//! REST: finds the RPC of a request, decodes, asks who calls, calls, encodes. Knows no RPC by name.

mod accept;
mod answers;
pub(crate) mod caching;
mod raw;
mod stream;
mod suggest;

pub(crate) use answers::{Answers, Form};
pub(crate) use stream::RESUME_FIELD;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header, request::Parts};
use hyper::body::Incoming;
use prost_reflect::DynamicMessage;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use usher::{
    identity::Keys,
    reason::{Reason, Refusal},
    trace,
};

use crate::{
    access::authorize,
    body::{self, Body},
    config::Config,
    refusal::Refused,
    request::{self, Sent},
    routes::{self, Found, Route, RouteTable},
    upstream::Upstreams,
};

use stream::Opened;

/// When a caller who was turned away may come back.
const SHED_RETRY: std::time::Duration = std::time::Duration::from_millis(500);
/// The content type of answers.
const JSON: &str = "application/json";
/// Where providers sign the bytes of a raw body; its service checks them.
pub(crate) const SIGNATURE_HEADER: &str = "stripe-signature";

/// What REST works with.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(crate) config: Config,
    pub(crate) routes: Arc<RouteTable>,
    pub(crate) keys: Keys,
    pub(crate) upstreams: Upstreams,
    /// Answers that many get.
    pub(crate) answers: Answers,
    /// One permit per request under way.
    pub(crate) requests: Arc<Semaphore>,
    /// One permit per open stream.
    pub(crate) streams: Arc<Semaphore>,
    /// Cancelled when open streams must end, so that the edge can.
    pub(crate) closing: CancellationToken,
}

impl Rest {
    /// The answer to a request for an RPC.
    pub(crate) async fn answer(&self, head: &Parts, found: &Found<'_, '_>, body: &mut Incoming) -> Response<Body> {
        self.handle(head, found, body).await.unwrap_or_else(Refused::into_response)
    }

    async fn handle(
        &self,
        head: &Parts,
        found: &Found<'_, '_>,
        body: &mut Incoming,
    ) -> Result<Response<Body>, Refused> {
        let _permit = permit(&self.requests)?;
        let (route, variables) = self.route(head, found)?;
        let form = acceptable(route, &head.headers)?;
        let body = body::read(body, self.config.body_bytes_max as usize, self.config.body_read_max()).await?;
        let deadline = Instant::now() + self.config.request_deadline();
        let sent = Sent { variables, query: head.uri.query().unwrap_or_default(), headers: &head.headers, body };
        let mut message = request::decode(route, sent)?;
        // Looking for a token's key may take a while, too.
        let metadata = timeout_at(deadline, self.metadata(route, head, &message));
        let metadata = metadata.await.map_err(|_| Refused::late())??;
        let left = deadline.saturating_duration_since(Instant::now());
        if route.rpc.method.is_server_streaming() {
            let permit = permit(&self.streams)?;
            stream::resume(&mut message, &head.headers)?;
            let messages = self.upstreams.stream(&route.rpc, metadata, message, left).await;
            let messages = messages.map_err(Refused::from_service)?;
            let left = deadline.saturating_duration_since(Instant::now());
            let (route, answers) = (Arc::clone(route), self.answers.clone());
            let opened = Opened { messages, _permit: permit, route, answers, form };
            return stream::answer(opened, left, self.closing.clone()).await;
        }
        let answer = self.upstreams.unary(&route.rpc, metadata, message, left).await.map_err(Refused::from_service)?;
        self.encode(route, &head.headers, &answer)
    }

    fn encode(
        &self,
        route: &Route,
        sent: &HeaderMap,
        answer: &tonic::Response<Bytes>,
    ) -> Result<Response<Body>, Refused> {
        if let routes::Answer::Raw(field) = &route.answer {
            return raw::answer(route, field.as_ref(), &answers::decode(&route.rpc, answer.get_ref())?);
        }
        if let Some(unchanged) = caching::unchanged(sent, answer.metadata()) {
            return Ok(unchanged);
        }
        let json = self.answers.encode(route, Form::Json, answer.get_ref())?;
        let mut response = body::json(StatusCode::OK, json);
        caching::describe(&mut response, answer.metadata());
        Ok(response)
    }

    fn route<'t, 'p, 'f>(
        &self,
        head: &Parts,
        found: &'f Found<'t, 'p>,
    ) -> Result<(&'t Arc<Route>, &'f [&'p str]), Refused> {
        match found {
            Found::Route(route, variables) => Ok((route, variables)),
            Found::OtherMethod(methods) => {
                Err(Refused::method(&methods.iter().copied().collect::<Vec<_>>().join(", ")))
            }
            Found::Nothing => {
                let closest = suggest::closest(&self.routes, head.uri.path());
                let meant = closest.as_ref().map(|path| format!("did you mean {path}? ")).unwrap_or_default();
                let message = format!("there is nothing at this path: {meant}/docs lists all there is");
                let refusal = Refusal::new(Reason::UnknownPath, message);
                Err(closest.into_iter().fold(refusal, |refusal, path| refusal.with("closest", path)).into())
            }
        }
    }

    async fn metadata(&self, route: &Route, head: &Parts, message: &DynamicMessage) -> Result<MetadataMap, Refused> {
        let headers = &head.headers;
        let mut metadata = authorize(&self.keys, route, head, message).await?;
        trace::pass_on(headers, metadata.as_mut());
        if route.is_raw()
            && let Some(signature) = headers.get(SIGNATURE_HEADER)
            && let Ok(signature) = signature.as_bytes().try_into()
        {
            metadata.insert(SIGNATURE_HEADER, signature);
        }
        // RFC 9110, 13.1.2: of other methods it would mean that they are not to be done.
        if matches!(head.method, Method::GET | Method::HEAD)
            && let Some(has) = headers.get(header::IF_NONE_MATCH)
            && let Ok(has) = has.as_bytes().try_into()
        {
            metadata.insert(caching::HAS_TAG, has);
        }
        Ok(metadata)
    }
}

/// The form in which the caller wants the answer. What a service makes itself has its own type, which shows later.
fn acceptable(route: &Route, headers: &HeaderMap) -> Result<Form, Refused> {
    match route.rpc.method.is_server_streaming() {
        true => stream::form(headers),
        false if route.is_answered_raw() || accept::wish(headers, JSON).is_some() => Ok(Form::Json),
        false => Err(accept::refused(&[JSON])),
    }
}

/// A place among those that `of` has.
pub(crate) fn permit(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Refused> {
    let permit = Arc::clone(of).try_acquire_owned();
    permit.map_err(|_| Refusal::unavailable("too many requests are under way: try again", SHED_RETRY).into())
}
