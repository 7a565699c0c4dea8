//! Server streams as server-sent events (WHATWG HTML, "Server-sent events"), or as lines of JSON for who asks for those:
//! one event or line a message. A stream that fails before its first message is a refusal like any other; one that fails
//! later says so in an `error` event or line, never by ending as if all were well.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::{
    accept,
    answers::{Answers, Form},
};
use crate::{
    body::Body,
    refusal::{self, Refused},
    routes::Route,
};

/// Something is sent after so much silence, so that nobody on the way takes the stream for dead.
const QUIET_MAX: Duration = Duration::from_secs(15);
/// How long a browser waits before it opens a stream again that ended: this, and up to as much again, so that not all
/// come at once.
const RETRY_MS: u64 = 1_000;
/// Where a browser that opens a stream again says how far it had come, and the request's field for that.
const RESUME_HEADER: &str = "last-event-id";
pub(crate) const RESUME_FIELD: &str = "after_version";
/// The content types of server-sent events and of lines of JSON.
const EVENTS: &str = "text/event-stream";
const LINES: &str = "application/x-ndjson";

/// An open stream and what it is sent as.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) messages: Streaming<Bytes>,
    /// Its place among the streams.
    pub(super) _permit: OwnedSemaphorePermit,
    pub(super) route: Arc<Route>,
    pub(super) answers: Answers,
    pub(super) form: Form,
}

/// The form that the caller wants: events, unless lines are as welcome and named more exactly.
pub(super) fn form(headers: &HeaderMap) -> Result<Form, Refused> {
    let (events, lines) = (accept::wish(headers, EVENTS), accept::wish(headers, LINES));
    match (events, lines) {
        (None, None) => Err(accept::refused(&[EVENTS, LINES])),
        (events, lines) if lines > events => Ok(Form::Line),
        _ => Ok(Form::Event),
    }
}

/// Lets the request go on where the stream before it ended, unless it says itself where.
pub(super) fn resume(message: &mut DynamicMessage, headers: &HeaderMap) -> Result<(), Refused> {
    let field = message.descriptor().get_field_by_name(RESUME_FIELD).filter(|field| field.kind() == Kind::Int64);
    let (Some(field), Some(last)) = (field, headers.get(RESUME_HEADER)) else { return Ok(()) };
    if last.is_empty() || message.has_field(&field) {
        return Ok(());
    }
    let version = last.to_str().ok().and_then(|last| last.trim().parse().ok());
    let version =
        version.ok_or_else(|| refusal::field("Last-Event-ID", "must be the id of an event of this stream"))?;
    message.set_field(&field, Value::I64(version));
    Ok(())
}

/// The stream as an answer. It waits for the first message, at most `first_max`.
pub(super) async fn answer(
    mut opened: Opened,
    first_max: Duration,
    closing: CancellationToken,
) -> Result<Response<Body>, Refused> {
    let first = timeout(first_max, opened.messages.message()).await.map_err(|_| Refused::late())?;
    let first = first.map_err(Refused::from_service)?;
    let form = opened.form;
    let first = first.map(|message| opened.encode(&message)).transpose()?;
    let rest = stream::unfold(Some((opened, closing)), async |open| {
        let (mut opened, closing) = open?;
        let next = tokio::select! {
            next = timeout(QUIET_MAX, opened.messages.message()) => next,
            () = closing.cancelled() => return Some((failure(opened.form, &Refused::closing()), None)),
        };
        let sent = match next {
            Err(_) => Ok(still_here(opened.form)),
            Ok(Ok(None)) => return None,
            Ok(Ok(Some(message))) => opened.encode(&message),
            Ok(Err(status)) => Err(Refused::from_service(status)),
        };
        Some(match sent {
            Ok(sent) => (sent, Some((opened, closing))),
            Err(refused) => (failure(opened.form, &refused), None),
        })
    });
    Ok(response(form, stream::iter(greeting(form)).chain(stream::iter(first)).chain(rest)))
}

impl Opened {
    fn encode(&self, message: &Bytes) -> Result<Bytes, Refused> {
        self.answers.encode(&self.route, self.form, message)
    }
}

fn response(form: Form, sent: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    let frames = sent.map(|sent| Ok(Frame::data(sent)));
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    let content_type = if form == Form::Line { LINES } else { EVENTS };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would keep events until it has a buffer full of them.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn greeting(form: Form) -> Option<Bytes> {
    let retry_ms = RETRY_MS + rand::random_range(0..RETRY_MS);
    (form == Form::Event).then(|| format!("retry: {retry_ms}\n\n").into())
}

fn still_here(form: Form) -> Bytes {
    Bytes::from_static(if form == Form::Event { b": still here\n\n" } else { b"\n" })
}

fn failure(form: Form, refused: &Refused) -> Bytes {
    match form {
        Form::Event => format!("event: error\ndata: {}\n\n", refused.json()).into(),
        Form::Json | Form::Line => format!("{{\"error\":{}}}\n", refused.json()).into(),
    }
}
