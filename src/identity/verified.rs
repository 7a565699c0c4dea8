//! Tokens that were verified already. An Ed25519 check takes some 50 µs, as much as all the rest of a cheap call, and a
//! customer sends the same token again and again. Bound to one set of keys: when that changes, nothing is remembered.

use std::sync::Arc;

use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::Caller;

/// How many tokens are remembered, in some 6 MB.
const TOKENS_MAX: usize = 65_536;

/// Who was named by which token, until when. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    bearers: Arc<Cache<Fingerprint, (Bearer, i64)>>,
}

/// Whom a token names, and the session that it was made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) caller: Caller,
    pub(super) session: Option<Uuid>,
}

/// SHA-256 of a whole token: one that was changed anywhere is another one, and a token itself is kept nowhere.
type Fingerprint = [u8; 32];

impl Verified {
    pub(super) fn new() -> Self {
        Self { bearers: Arc::new(Cache::new(TOKENS_MAX)) }
    }

    /// The bearer of a token that was verified before and has not expired at `now`, in seconds since 1970.
    pub(super) fn find(&self, token: &str, now: i64) -> Option<Bearer> {
        let (bearer, expires) = self.bearers.get(&fingerprint(token)?)?;
        (now < expires).then_some(bearer)
    }

    /// Remembers a token that was verified just now.
    pub(super) fn remember(&self, token: &str, bearer: Bearer, expires: i64) {
        if let Some(fingerprint) = fingerprint(token) {
            self.bearers.insert(fingerprint, (bearer, expires));
        }
    }
}

/// `None` never: SHA-256 has as many bytes.
fn fingerprint(token: &str) -> Option<Fingerprint> {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a token's `exp` is a wall-clock time, and decides about no seat")]
pub(crate) fn unix_seconds() -> i64 {
    chrono::Utc::now().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::account::Role;

    #[test]
    fn a_token_is_remembered_until_it_expires_and_no_other_is() {
        let verified = Verified::new();
        let bearer = Bearer { caller: Caller { user_id: 7, role: Role::Customer }, session: None };
        verified.remember("a.b.c", bearer, 100);
        assert_eq!(verified.find("a.b.c", 99), Some(bearer));
        assert_eq!(verified.find("a.b.c", 100), None);
        assert_eq!(verified.find("a.b.d", 99), None);
    }
}
