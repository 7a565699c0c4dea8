//! Answers that are bodies of their own kind (`google.api.HttpBody`): their bytes as the service made them, under its
//! content type. They come from the edge's own address, so a browser is told to take them for what they are and to let
//! them do nothing.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use usher::reason::{Reason, Refusal};

use crate::{
    body::{self, Body},
    refusal::Refused,
    routes::Route,
};

/// Of what kind a body is whose service does not say (RFC 9110, 8.3).
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// An image or a page of a service's runs no script, loads nothing and has no part in this address; it may be styled.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; sandbox";

/// The body as an answer: what stands in `field`, or the message itself.
pub(super) fn answer(
    route: &Route,
    field: Option<&FieldDescriptor>,
    message: &DynamicMessage,
) -> Result<Response<Body>, Refused> {
    let inside = field.map(|field| message.get_field(field));
    let (content_type, bytes) = parts(inside.as_ref().and_then(|inside| inside.as_message()).unwrap_or(message));
    let content_type = HeaderValue::from_str(&content_type).map_err(|_| {
        tracing::error!(rpc = route.rpc(), ?content_type, "an answer's content type is no header");
        Refused::from(Refusal::new(Reason::Internal, "something went wrong on our side"))
    })?;
    let mut response = body::full(StatusCode::OK, content_type, bytes);
    let headers = response.headers_mut();
    // Whoever may see it now may not a moment later, and nobody else may at all.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn parts(message: &DynamicMessage) -> (String, Bytes) {
    let field = |name| message.get_field_by_name(name);
    let content_type = field("content_type").and_then(|value| value.as_str().map(ToOwned::to_owned));
    let bytes = field("data").and_then(|value| match value.as_ref() {
        Value::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    });
    let content_type = content_type.filter(|named| !named.is_empty()).unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
    (content_type, bytes.unwrap_or_default())
}
