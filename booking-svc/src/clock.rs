//! The one place that reads the machine's own clock: a callback's signature is judged by it, as the provider asks.
//! Whatever decides about seats reads the database's.

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the signature's tolerance is against the wall clock, and is no seat's")]
pub fn unix_seconds() -> i64 {
    chrono::Utc::now().timestamp()
}
