//! Tokens: what they say, how long they last, and the keys that prove them. Takes the time as an argument. Pure.

use usher::{
    contract::account::Role,
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::{PublicKey, SigningKey},
};

use uuid::Uuid;

use crate::error::Error;

/// Makes tokens.
pub struct Tokens {
    signing: SigningKey,
    /// The key that signs now, then those that signed before.
    public: Vec<PublicKey>,
    ttl_seconds: u32,
}

/// A token, just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its compact form.
    pub text: String,
    /// When it stops to be accepted, in seconds since 1970.
    pub expires_at: i64,
}

impl Tokens {
    /// Tokens signed with `signing`, good for `ttl_seconds`. Tokens that `previous` keys signed still verify.
    pub fn new(signing: SigningKey, previous: &[SigningKey], ttl_seconds: u32) -> Self {
        let mut public: Vec<PublicKey> = Vec::with_capacity(1 + previous.len());
        for key in std::iter::once(&signing).chain(previous) {
            // During a rotation the same file may be named twice; a key set names each key once.
            if public.iter().all(|known| known.kid != key.public().kid) {
                public.push(key.public().clone());
            }
        }
        Self { signing, public, ttl_seconds }
    }

    /// The keys that verify: the one that signs now comes first.
    pub fn public_keys(&self) -> &[PublicKey] {
        &self.public
    }

    /// How long a token is good, in seconds.
    pub const fn ttl_seconds(&self) -> u32 {
        self.ttl_seconds
    }

    /// A token for the account in a session of its, made at `now` (seconds since 1970).
    pub fn issue(&self, user_id: i64, role: Role, session: Uuid, now: i64) -> Result<Token, Error> {
        let expires_at = now + i64::from(self.ttl_seconds);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user_id.to_string(),
            role: role.as_str_name().to_owned(),
            sid: Some(session),
            iat: now,
            exp: expires_at,
        };
        let signed = self.signing.sign(TOKEN_TYPE, &claims);
        let text = signed.map_err(|error| Error::Defect(format!("signing a token: {error}")))?;
        Ok(Token { text, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use usher::{
        identity::{Caller, Keys},
        reason::Reason,
        signing::generate_pem,
    };

    use super::*;
    use crate::clock;

    fn key() -> SigningKey {
        SigningKey::from_pem(&generate_pem().unwrap()).unwrap()
    }

    fn keys(tokens: &Tokens) -> Keys {
        Keys::fixed(tokens.public_keys().iter().cloned())
    }

    #[tokio::test]
    async fn a_token_names_the_account_and_lasts_its_time() {
        let (tokens, now) = (Tokens::new(key(), &[], 60), clock::unix_seconds());
        let token = tokens.issue(7, Role::Scanner, Uuid::nil(), now).unwrap();
        assert_eq!(token.expires_at, now + 60);
        let caller = keys(&tokens).verify(&token.text).await.unwrap();
        assert_eq!(caller, Caller { user_id: 7, role: Role::Scanner });
    }

    #[tokio::test]
    async fn an_old_token_is_refused() {
        let tokens = Tokens::new(key(), &[], 60);
        let token = tokens.issue(7, Role::Customer, Uuid::nil(), clock::unix_seconds() - 3_600).unwrap();
        let refused = keys(&tokens).verify(&token.text).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::Unauthenticated);
    }

    #[tokio::test]
    async fn a_replaced_key_verifies_what_it_signed_and_signs_no_more() {
        let (old, new) = (key(), key());
        let before =
            Tokens::new(old.clone(), &[], 60).issue(7, Role::Customer, Uuid::nil(), clock::unix_seconds()).unwrap();
        let tokens = Tokens::new(new.clone(), &[old.clone(), new.clone()], 60);
        let kids: Vec<_> = tokens.public_keys().iter().map(|key| key.kid.as_str()).collect();
        assert_eq!(kids, [new.public().kid.as_str(), old.public().kid.as_str()], "the current one first, each once");
        assert!(keys(&tokens).verify(&before.text).await.is_ok());
        let after = tokens.issue(7, Role::Customer, Uuid::nil(), clock::unix_seconds()).unwrap();
        assert!(new.public().verify::<Claims>(TOKEN_TYPE, &after.text).is_ok());
    }
}
