//! What an `Idempotency-Key` makes of a call: done for the first time, answered as before, or refused. Pure.

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::form::Params;

/// Stripe forgets keys after a day, in seconds.
pub const KEY_SECONDS_MAX: i64 = 86_400;
/// Stripe's longest key, in bytes.
pub const KEY_LENGTH_MAX: usize = 255;

/// The answer of a call that came with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked.
    pub fingerprint: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What to do with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Do it.
    Fresh,
    /// Give that answer again.
    Replay(&'a Answer),
    /// The key belongs to another call.
    Reused,
    /// The call that has the key is not answered yet.
    InFlight,
}

/// Judges a call of that `fingerprint` at `now` whose key was answered with `answer`, or is `in_flight`.
#[must_use]
pub fn judge<'a>(answer: Option<&'a Answer>, in_flight: bool, fingerprint: &str, now: i64) -> Verdict<'a> {
    match answer.filter(|answer| now - answer.at < KEY_SECONDS_MAX) {
        Some(answer) if answer.fingerprint != fingerprint => Verdict::Reused,
        _ if in_flight => Verdict::InFlight,
        Some(answer) => Verdict::Replay(answer),
        None => Verdict::Fresh,
    }
}

/// Names what a call asks: the same for the same parameters in another order, as a client's map may have them.
#[must_use]
pub fn fingerprint(path: &str, params: &Params) -> String {
    let mut digest = Context::new(&SHA256);
    let mut add = |text: &str| {
        // The length keeps `ab` + `c` apart from `a` + `bc`.
        digest.update(&text.len().to_be_bytes());
        digest.update(text.as_bytes());
    };
    add(path);
    for (name, value) in params.sorted() {
        add(name);
        add(value);
    }
    HEXLOWER.encode(digest.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(path: &str, body: &str) -> String {
        fingerprint(path, &Params::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn the_order_of_parameters_does_not_matter_and_all_else_does() {
        let first = print("/v1/refunds", "a=1&metadata[x]=2");
        assert_eq!(first, print("/v1/refunds", "metadata%5Bx%5D=2&a=1"));
        for (path, body) in [
            ("/v1/refunds", "a=1&metadata[x]=3"),
            ("/v1/refunds", "a=1"),
            ("/v1/refunds", "a=1m&etadata[x]=2"),
            ("/v1/payment_intents", "a=1&metadata[x]=2"),
        ] {
            assert_ne!(first, print(path, body), "{path} {body}");
        }
        assert_ne!(print("/", "l[]=1&l[]=2"), print("/", "l[]=2&l[]=1"), "a list has an order");
    }

    #[test]
    fn a_key_is_its_first_calls_for_a_day() {
        let answer = Answer { fingerprint: "f".to_owned(), at: 100, status: 200, body: "{}".to_owned() };
        assert_eq!(judge(None, false, "f", 100), Verdict::Fresh);
        assert_eq!(judge(None, true, "f", 100), Verdict::InFlight);
        assert_eq!(judge(Some(&answer), false, "f", 200), Verdict::Replay(&answer));
        assert_eq!(judge(Some(&answer), true, "f", 200), Verdict::InFlight);
        assert_eq!(judge(Some(&answer), true, "g", 200), Verdict::Reused);
        assert_eq!(judge(Some(&answer), false, "f", 100 + KEY_SECONDS_MAX), Verdict::Fresh);
    }
}
