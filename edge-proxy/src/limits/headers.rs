//! How a caller stands, in an answer's head: `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers
//! (10), in units of cost. Pure.

use std::{fmt::Write as _, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Stood;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// Names each allowance, and what is left of it.
pub(super) fn describe(headers: &mut HeaderMap, standings: &[Stood]) {
    if standings.is_empty() {
        return;
    }
    let (mut policies, mut left) = (String::with_capacity(64), String::with_capacity(64));
    for (nth, (name, quota, standing)) in standings.iter().enumerate() {
        let comma = if nth > 0 { ", " } else { "" };
        // Writing to a String can't fail.
        let _ = write!(policies, "{comma}\"{name}\";q={};w={}", quota.burst(), seconds(quota.window()));
        let _ = write!(left, "{comma}\"{name}\";r={};t={}", standing.remaining, seconds(standing.reset));
    }
    for (name, value) in [(POLICY, policies), (STANDING, left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Whole seconds, and rather too many.
const fn seconds(time: Duration) -> u64 {
    time.as_secs() + (time.subsec_nanos() > 0) as u64
}

#[cfg(test)]
mod tests {
    use usher::limit::{Quota, Standing};

    use super::*;

    #[test]
    fn each_allowance_is_named_with_what_is_left() {
        let mut headers = HeaderMap::new();
        describe(&mut headers, &[]);
        assert!(headers.is_empty());
        let quota = Quota::new(100, Duration::from_millis(100));
        let standing = Standing { remaining: 7, reset: Duration::from_millis(9_300) };
        describe(&mut headers, &[("address", quota, standing), ("user", quota, standing)]);
        assert_eq!(headers["ratelimit-policy"], r#""address";q=100;w=10, "user";q=100;w=10"#);
        assert_eq!(headers["ratelimit"], r#""address";r=7;t=10, "user";r=7;t=10"#);
    }
}
