//! What every way to sign in ends with: a session, its first refresh token and its first auth token.

use chrono::{DateTime, Utc};
use usher::{contract::account::Role, database::Connection};
use uuid::Uuid;

use crate::{
    clock,
    error::Error,
    refresh_token::{self, RefreshToken},
    store::sessions::{self, Lifetimes, NewSession},
    tokens::{Token, Tokens},
};

/// What a client gets that is signed in.
pub struct SignedIn {
    pub user_id: i64,
    pub auth: Token,
    pub refresh: String,
    pub refresh_expires_at: DateTime<Utc>,
}

/// A session that was not begun yet: made before its transaction, so that one that is tried again begins the same.
#[derive(Clone)]
pub struct Opening {
    session_id: Uuid,
    seed: refresh_token::Seed,
    token_hash: Vec<u8>,
    text: String,
    lifetimes: Lifetimes,
}

impl Opening {
    /// With fresh secrets.
    pub fn new(lifetimes: Lifetimes) -> Result<Self, Error> {
        let token = RefreshToken::first()?;
        let (token_hash, text) = (token.hash(), token.text());
        Ok(Self { session_id: Uuid::new_v4(), seed: refresh_token::seed()?, token_hash, text, lifetimes })
    }

    /// Begins the session; answers when its refresh token expires.
    pub async fn begin(&self, conn: &mut Connection, user_id: i64) -> Result<DateTime<Utc>, Error> {
        let Self { session_id, seed, token_hash, lifetimes, .. } = self.clone();
        sessions::insert_session(conn, &NewSession { session_id, user_id, seed, token_hash, lifetimes }).await
    }

    /// What the client gets once it has begun.
    pub fn signed_in(
        self,
        tokens: &Tokens,
        user_id: i64,
        role: Role,
        refresh_expires_at: DateTime<Utc>,
    ) -> Result<SignedIn, Error> {
        let auth = tokens.issue(user_id, role, self.session_id, clock::unix_seconds())?;
        Ok(SignedIn { user_id, auth, refresh: self.text, refresh_expires_at })
    }
}
