//! The one place that reads the machine's own clock: a token's times are wall-clock times, as RFC 7519 has them.

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a token's `iat` and `exp` are wall-clock times, and decide about no seat"
)]
pub fn unix_seconds() -> i64 {
    chrono::Utc::now().timestamp()
}
