//! Server streams as server-sent events (WHATWG HTML, "Server-sent events"): one event a message. A stream that fails
//! before its first message is a refusal like any other; one that fails later says so in an `error` event, never by
//! ending as if all were well.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use prost_reflect::DynamicMessage;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use crate::{body::Body, refusal::Refused, transcode};

/// A comment is sent after so much silence, so that nobody on the way takes the stream for dead.
const QUIET_MAX: Duration = Duration::from_secs(15);

/// The stream as an answer. It waits for the first message, at most `first_max`.
pub(super) async fn answer(
    mut messages: Streaming<DynamicMessage>,
    permit: OwnedSemaphorePermit,
    first_max: Duration,
    closing: CancellationToken,
) -> Result<Response<Body>, Refused> {
    let first = timeout(first_max, messages.message()).await.map_err(|_| Refused::late())?;
    let first = first.map_err(Refused::from_service)?;
    let rest = stream::unfold(Some((messages, permit, closing)), async |open| {
        let (mut messages, permit, closing) = open?;
        let next = tokio::select! {
            next = timeout(QUIET_MAX, messages.message()) => next,
            () = closing.cancelled() => return Some((failure(&Refused::closing()), None)),
        };
        let event = match next {
            Err(_) => Ok(Bytes::from_static(b": still here\n\n")),
            Ok(Ok(None)) => return None,
            Ok(Ok(Some(message))) => event(&message),
            Ok(Err(status)) => Err(Refused::from_service(status)),
        };
        Some(match event {
            Ok(event) => (event, Some((messages, permit, closing))),
            Err(refused) => (failure(&refused), None),
        })
    });
    let first = stream::iter(first.as_ref().map(event).transpose()?);
    Ok(response(first.chain(rest)))
}

fn response(events: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    let frames = events.map(|event| Ok(Frame::data(event)));
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn event(message: &DynamicMessage) -> Result<Bytes, Refused> {
    let json =
        transcode::encode(message).map_err(|error| Refused::from_service(Status::internal(error.to_string())))?;
    // JSON as it is encoded has no line breaks.
    Ok([b"data: ".as_slice(), &json, b"\n\n"].concat().into())
}

fn failure(refused: &Refused) -> Bytes {
    format!("event: error\ndata: {}\n\n", refused.json()).into()
}
