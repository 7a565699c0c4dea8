//! Bodies: requests' read whole within bounds of size and time, answers' made.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use crate::refusal::Refused;

/// The body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Reads a request's body.
pub(crate) async fn read(body: Incoming, bytes_max: usize, time_max: Duration) -> Result<Bytes, Refused> {
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

fn too_large(bytes_max: usize) -> Refused {
    Refused::http(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {bytes_max} bytes"))
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, json: Bytes) -> Response<Body> {
    full(status, HeaderValue::from_static("application/json"), json)
}

/// An answer of one piece.
pub(crate) fn full(status: StatusCode, content_type: HeaderValue, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
