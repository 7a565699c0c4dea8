//! What an answer says about how long it holds. A service that names its answer's content (`etag` among the metadata, as
//! HTTP has it) may be asked whether it is still the same.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use tonic::metadata::MetadataMap;

use crate::body::Body;

/// Metadata of answers, under the names of the headers that they become.
const TAG: &str = "etag";
const CACHE: &str = "cache-control";
/// Metadata of requests: the tags of the answers that the caller has.
pub(super) const HAS_TAG: &str = "if-none-match";

/// Adds what the service said about its answer to `response`. Nobody may keep an answer of which nothing is said: what
/// stands at a seat or an account now may stand otherwise a moment later.
pub(super) fn describe(response: &mut Response<Body>, metadata: &MetadataMap) {
    let said = |name: &str| metadata.get(name).and_then(|said| HeaderValue::from_bytes(said.as_bytes()).ok());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, said(CACHE).unwrap_or_else(|| HeaderValue::from_static("no-store")));
    if let Some(tag) = said(TAG) {
        headers.insert(header::ETAG, tag);
    }
}

/// "It is still the same", if the caller has the answer that the metadata name.
pub(super) fn unchanged(sent: &HeaderMap, metadata: &MetadataMap) -> Option<Response<Body>> {
    let tag = metadata.get(TAG)?.to_str().ok()?;
    let has = sent.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    // RFC 9110, 13.1.2: a weak tag of the same content counts.
    let mut tags = has.split(',').map(|one| one.trim().trim_start_matches("W/"));
    if !tags.any(|one| one == tag || one == "*") {
        return None;
    }
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    describe(&mut response, metadata);
    Some(response)
}

/// A compressed answer is not the same, byte for byte: its tag must not say so.
pub(crate) fn weaken<B>(mut response: Response<B>) -> Response<B> {
    if response.headers().contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = response.headers().get(header::ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}
