//! Tokens as account-svc makes them, without the slow hash of a sign-up.

use std::{path::Path, sync::Arc};

use usher::{
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::SigningKey,
};

use super::Clock;

/// How long a token is good for, in seconds.
const GOOD_SECONDS: i64 = 86_400;

/// Makes tokens with account-svc's key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    key: Arc<SigningKey>,
    clock: Clock,
}

impl Tokens {
    /// Tokens of the key in that file.
    pub fn of(key: &Path, clock: Clock) -> Self {
        Self { key: Arc::new(SigningKey::from_file(key).unwrap()), clock }
    }

    /// A token of that user.
    pub fn make(&self, user: i64, role: &str) -> String {
        let now = self.clock.database_now().timestamp();
        let (iss, sub, role) = (ISSUER.to_owned(), user.to_string(), role.to_owned());
        self.key.sign(TOKEN_TYPE, &Claims { iss, sub, role, sid: None, iat: now, exp: now + GOOD_SECONDS }).unwrap()
    }
}
