//! Bodies: requests' read whole within bounds of size and time, answers' made.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use hyper::body::{Body as HttpBody, Incoming};
use tokio::time::{Instant, timeout, timeout_at};

use crate::refusal::Refused;

/// So much is read and thrown away, so that a refusal is read; whoever sends more finds the connection closed.
const DISCARDED_BYTES_MAX: usize = 64 << 20;

/// The body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// Reads a request's body.
pub(crate) async fn read<B>(body: &mut B, bytes_max: usize, time_max: Duration) -> Result<Bytes, Refused>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // What says beforehand that it is too large needs no reading.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_large(bytes_max));
    }
    match timeout(time_max, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(bytes_max)),
        Ok(Err(_)) => Err(Refused::http(StatusCode::BAD_REQUEST, "the body ended before it was whole")),
        Err(_) => Err(Refused::http(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive")),
    }
}

/// Reads what is left of a body that an answer did not wait for. Whoever sends all before they listen would find the
/// connection reset, and never read why; whoever asked first (`expect: 100-continue`) sends nothing now.
pub(crate) async fn discard(mut body: Incoming, headers: &HeaderMap, until: Instant) {
    if body.is_end_stream() || headers.contains_key(header::EXPECT) {
        return;
    }
    let rest = async {
        let mut left = DISCARDED_BYTES_MAX;
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(less) => left = less,
                None => break,
            }
        }
    };
    // Elapsed: they had as long as anybody has.
    let _ = timeout_at(until, rest).await;
}

fn too_large(bytes_max: usize) -> Refused {
    Refused::http(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {bytes_max} bytes"))
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, json: Bytes) -> Response<Body> {
    full(status, HeaderValue::from_static("application/json"), json)
}

/// An answer of one piece.
pub(crate) fn full(status: StatusCode, content_type: HeaderValue, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
