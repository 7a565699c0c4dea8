//! A service's answer on its way to the caller, frame by frame. It always ends with a status, and with none that says more
//! than callers may know.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Body, Frame};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Code, Status, body::Body as GrpcBody};

use crate::refusal::Refused;

/// An answer on its way.
pub(super) struct Passage {
    body: GrpcBody,
    end: End,
    is_over: bool,
    /// Its places among the requests and among the streams.
    _permits: (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>),
}

/// What ends an answer from outside.
pub(super) struct End {
    /// When the caller's time is over, until that is waited for, which most answers never do.
    until: Option<Instant>,
    late: Option<Pin<Box<Sleep>>>,
    /// When it must end; `None` for what ends soon by itself.
    closing: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Passage {
    /// Of the service's answer, with the places that it holds.
    pub(super) fn new(
        body: GrpcBody,
        end: End,
        permits: (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>),
    ) -> Self {
        Self { body, end, is_over: false, _permits: permits }
    }
}

impl End {
    pub(super) fn new(until: Option<Instant>, closing: Option<CancellationToken>) -> Self {
        Self { until, late: None, closing: closing.map(|closing| Box::pin(closing.cancelled_owned())) }
    }

    /// What is said in place of the rest.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Refused> {
        if let Some(until) = self.until.take() {
            self.late = Some(Box::pin(sleep_until(until)));
        }
        if self.late.as_mut().is_some_and(|late| late.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Refused::late());
        }
        if self.closing.as_mut().is_some_and(|closing| closing.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Refused::closing());
        }
        Poll::Pending
    }
}

impl Body for Passage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let passage = &mut *self;
        // Some ask once more after the end.
        if passage.is_over {
            return Poll::Ready(None);
        }
        // Mostly the next frame is there: then nothing else is looked at.
        let frame = match Pin::new(&mut passage.body).poll_frame(context) {
            Poll::Ready(None) => None,
            Poll::Ready(Some(Ok(frame))) => Some(match frame.into_trailers() {
                Ok(trailers) => last(trailers),
                Err(data) => data,
            }),
            Poll::Ready(Some(Err(status))) => Some(ended(Refused::from_service(status))),
            Poll::Pending => match passage.end.poll(context) {
                Poll::Ready(refused) => Some(ended(refused)),
                Poll::Pending => return Poll::Pending,
            },
        };
        passage.is_over = frame.as_ref().is_none_or(Frame::is_trailers);
        Poll::Ready(frame.map(Ok))
    }
}

/// The service's own end.
fn last(trailers: HeaderMap) -> Frame<Bytes> {
    match Status::from_header_map(&trailers) {
        Some(status) if status.code() != Code::Ok => ended(Refused::from_service(status)),
        _ => Frame::trailers(trailers),
    }
}

fn ended(refused: Refused) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    // A status of ours is made of what headers take.
    if let Err(error) = refused.into_status().add_header(&mut trailers) {
        tracing::error!(%error, "a status is no header");
    }
    Frame::trailers(trailers)
}
