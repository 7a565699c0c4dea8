//! A request as it goes over a connection. Pure.

use std::time::Duration;

use http::uri::{Parts, Scheme};
use tonic::codegen::http::{HeaderMap, Method, Request, Uri, Version};

use super::line::Link;

/// Where a call says how much time it has.
pub(super) const TIMEOUT: &str = "grpc-timeout";

/// The head of the request as it goes over that link.
pub(super) fn addressed(link: &Link, uri: &Uri, headers: HeaderMap) -> Request<()> {
    let mut parts = Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(link.authority.clone());
    parts.path_and_query = uri.path_and_query().cloned();
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    // Its parts are those of addresses.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

/// A time as gRPC writes it: eight digits at most. Never none at all, which would be no time.
pub(super) fn written(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..100_000_000 => format!("{}u", micros.max(1)),
        micros => format!("{}m", (micros / 1_000).min(99_999_999)),
    }
}

#[cfg(test)]
mod tests {
    use tonic::codegen::http::HeaderValue;

    use super::*;
    use crate::serving;

    #[test]
    fn what_is_left_is_written_as_grpc_reads_it() {
        for (time, text) in [
            (Duration::ZERO, "1u"),
            (Duration::from_millis(1_500), "1500000u"),
            (Duration::from_secs(99), "99000000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_secs(1_000_000), "99999999m"),
        ] {
            assert_eq!(written(time), text);
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT, HeaderValue::try_from(text).unwrap());
            assert!(serving::timeout(&headers).is_some());
        }
    }
}
