//! gRPC and gRPC-web: calls go through as they come, messages unseen, to the service that the path names. The edge checks
//! the token, bounds size and time, and lets nothing out that a service says about its own faults.

mod encoding;
mod passage;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version, header, request::Parts};
use hyper::body::Incoming;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body as GrpcBody};
use tower::{Layer as _, ServiceExt as _};
use usher::{
    identity::Keys,
    limit::CLIENT_ADDRESS,
    reason::{Reason, Refusal},
    serving, trace,
};

use crate::{
    access::{authorize_call, client_address},
    body::{self, Body},
    config::Config,
    limits::Visit,
    refusal::Refused,
    rest::permit,
    routes::Rpc,
    upstream::Upstreams,
};
use passage::{End, Passage};

/// What a call brings that its service gets to see.
const REQUEST_HEADERS: [&str; 4] = ["authorization", "stripe-signature", "if-none-match", "grpc-accept-encoding"];
/// What an answer brings that its caller gets to see.
const RESPONSE_HEADERS: [&str; 3] = ["grpc-encoding", "etag", "cache-control"];
const GRPC: &str = "application/grpc";
const GRPC_WEB: &str = "application/grpc-web";
const TIMEOUT: &str = "grpc-timeout";
const ACCEPT_ENCODING: &str = "grpc-accept-encoding";

/// What calls work with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Grpc {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) upstreams: Upstreams,
    /// One permit per request under way.
    pub(crate) requests: Arc<Semaphore>,
    /// One permit per open stream.
    pub(crate) streams: Arc<Semaphore>,
    /// Cancelled when open streams must end, so that the edge can.
    pub(crate) closing: CancellationToken,
}

/// A form of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// gRPC over HTTP/2.
    Grpc,
    /// gRPC-web over any HTTP, binary or base64.
    Web,
}

impl Protocol {
    /// What a request's headers say that it speaks.
    pub(crate) fn named(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let rest = |name| {
            content_type.strip_prefix(name).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with(['+', ';']))
        };
        match content_type {
            web if web.starts_with(GRPC_WEB) => Some(Self::Web),
            _ if rest(GRPC) => Some(Self::Grpc),
            _ => None,
        }
    }
}

impl Grpc {
    /// The answer to a call.
    pub(crate) async fn answer(
        &self,
        protocol: Protocol,
        rpc: Option<&Arc<Rpc>>,
        head: Parts,
        body: Incoming,
    ) -> Response<Body> {
        let request = Request::from_parts(head, GrpcBody::new(body));
        let response = match protocol {
            Protocol::Grpc if request.version() != Version::HTTP_2 => {
                let wrong =
                    "gRPC needs HTTP/2; over HTTP/1.1 send gRPC-web (application/grpc-web+proto), or JSON: see /docs";
                return Refused::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong).into_response();
            }
            Protocol::Grpc => self.call(rpc, request).await,
            Protocol::Web => web(request, |request| self.call(rpc, request)).await,
        };
        response.map(|body| Body::new(http_body_util::BodyExt::map_err(body, Into::into)))
    }

    async fn call(&self, rpc: Option<&Arc<Rpc>>, request: Request<GrpcBody>) -> Response<GrpcBody> {
        let mut response = self.pass(rpc, request).await.unwrap_or_else(|refused| refused.into_status().into_http());
        response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding::UNDERSTOOD));
        response
    }

    async fn pass(&self, rpc: Option<&Arc<Rpc>>, request: Request<GrpcBody>) -> Result<Response<GrpcBody>, Refused> {
        // The caller's time runs from here on: what is left of it is passed on.
        let came = Instant::now();
        let (head, mut sent) = request.into_parts();
        head.extensions.get::<Visit>().map_or(Ok(()), Visit::enter)?;
        let request_permit = permit(&self.requests)?;
        let rpc = rpc.ok_or_else(|| unknown(&head.uri))?;
        let bytes_max = self.config.body_bytes_max as usize;
        let sent = body::read(&mut sent, bytes_max, self.config.body_read_max()).await?;
        let sent = encoding::unpack(&head.headers, sent, bytes_max).await?;
        let asked_until = serving::timeout(&head.headers).map(|asked| came + asked);
        let own = Instant::now() + self.config.request_deadline();
        let deadline = asked_until.map_or(own, |asked| asked.min(own));
        timeout_at(deadline, authorize_call(&self.keys, rpc, &head)).await.map_err(|_| Refused::late())??;

        let streams = rpc.method.is_server_streaming();
        let stream_permit = if streams { Some(permit(&self.streams)?) } else { None };
        // A stream lasts; only its opening has a deadline of the edge's, and all of it the caller's.
        let until = if streams { asked_until } else { Some(deadline) };
        let told = until.map(|until| until.saturating_duration_since(Instant::now()));
        let request = forwarded(rpc, &head, told, GrpcBody::new(http_body_util::Full::new(sent)));
        let answered = timeout_at(deadline, self.upstreams.pass(rpc, request)).await.map_err(|_| Refused::late())?;
        let answered = answered.map_err(Refused::from_service)?;
        if answered.status() != StatusCode::OK {
            let told = Status::unavailable(format!("HTTP {}", answered.status()));
            return Err(Refused::from_service(told));
        }
        let (answer_head, body) = answered.into_parts();
        if let Some(status) =
            Status::from_header_map(&answer_head.headers).filter(|status| status.code() != tonic::Code::Ok)
        {
            return Err(Refused::from_service(status));
        }
        let permits = (if streams { None } else { Some(request_permit) }, stream_permit);
        let closing = streams.then(|| self.closing.clone());
        let mut response = Response::new(GrpcBody::new(Passage::new(body, End::new(until, closing), permits)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(GRPC));
        carry(&answer_head.headers, headers, &RESPONSE_HEADERS);
        // An answer without a message has its status here, and no trailers.
        carry(&answer_head.headers, headers, &["grpc-status"]);
        Ok(response)
    }
}

/// A gRPC-web call, translated to the gRPC call that `calls` answers, and its answer back.
pub(crate) async fn web<C, A>(request: Request<GrpcBody>, calls: C) -> Response<GrpcBody>
where
    C: Fn(Request<GrpcBody>) -> A,
    A: Future<Output = Response<GrpcBody>>,
{
    let calls = tower::service_fn(|request| {
        let answer = calls(request);
        async { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let Ok(response) = tonic_web::GrpcWebLayer::new().layer(calls).oneshot(request).await;
    response
}

/// The call as its service gets it.
fn forwarded(rpc: &Rpc, sent: &Parts, time: Option<Duration>, body: GrpcBody) -> Request<GrpcBody> {
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = Uri::from(rpc.path.clone());
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    if let Some(time) = time
        && let Ok(time) = HeaderValue::from_str(&format!("{}m", time.as_millis().clamp(1, 99_999_999)))
    {
        headers.insert(TIMEOUT, time);
    }
    carry(&sent.headers, headers, &REQUEST_HEADERS);
    trace::pass_on(&sent.headers, headers);
    if let Some(address) = client_address(rpc, sent)
        && let Ok(address) = HeaderValue::from_bytes(address.as_bytes())
    {
        headers.insert(CLIENT_ADDRESS, address);
    }
    request
}

fn carry(from: &HeaderMap, to: &mut HeaderMap, names: &[&'static str]) {
    for name in names {
        if let Some(value) = from.get(*name) {
            to.insert(HeaderName::from_static(name), value.clone());
        }
    }
}

fn unknown(uri: &Uri) -> Refused {
    Refusal::new(Reason::Unimplemented, format!("there is no RPC {}: /docs lists all there are", uri.path())).into()
}
