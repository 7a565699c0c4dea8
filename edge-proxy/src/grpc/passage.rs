//! A service's answer on its way to the caller, frame by frame. It always ends with a status, and with none that says more
//! than callers may know.

use std::convert::Infallible;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::HeaderMap;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body as GrpcBody};

use crate::refusal::Refused;

/// An answer on its way.
pub(super) struct Passage {
    pub(super) body: GrpcBody,
    /// When the caller's time is over.
    pub(super) until: Option<Instant>,
    /// Cancelled when it must end; `None` for what ends soon by itself.
    pub(super) closing: Option<CancellationToken>,
    /// Its places among the requests and among the streams.
    pub(super) _permits: (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>),
}

impl Passage {
    /// The body that the caller gets.
    pub(super) fn into_body(self) -> GrpcBody {
        let frames = stream::unfold(Some(self), async |passage| {
            let mut passage = passage?;
            let frame = passage.frame().await?;
            let goes_on = !frame.is_trailers();
            Some((Ok::<_, Infallible>(frame), goes_on.then_some(passage)))
        });
        // Some ask once more after the end.
        GrpcBody::new(StreamBody::new(frames.fuse()))
    }

    /// The next frame; `None` after an answer that had its status in its head.
    async fn frame(&mut self) -> Option<Frame<Bytes>> {
        let until = self.until;
        let late = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let closing = async {
            match &self.closing {
                Some(closing) => closing.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let frame = tokio::select! {
            // Mostly the next frame is there: then nothing else is set up.
            biased;
            frame = self.body.frame() => frame?,
            () = late => return Some(ended(Refused::late())),
            () = closing => return Some(ended(Refused::closing())),
        };
        Some(match frame {
            Ok(frame) => match frame.into_trailers() {
                Ok(trailers) => last(trailers),
                Err(data) => data,
            },
            Err(status) => ended(Refused::from_service(status)),
        })
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
