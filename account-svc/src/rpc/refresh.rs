//! `Refresh`: the next tokens of a session.

use chrono::{DateTime, Utc};
use tonic::Request;
use usher::{
    contract::account::{RefreshRequest, RefreshResponse, Role},
    database::Connection,
};
use uuid::Uuid;

use super::{Accounts, encode};
use crate::{
    clock,
    error::Error,
    refresh_token::{RefreshToken, Use, judge},
    sign_in::SignedIn,
    store::{
        sessions::{self, Lifetimes},
        users,
    },
};

/// What became of a refresh token.
enum Outcome {
    /// There is a next one.
    Next { session_id: Uuid, user_id: i64, role: Role, refresh: String, expires_at: DateTime<Utc> },
    /// The session was over, or never was.
    Over,
    /// The token had been used: these sessions were ended.
    Copied(Vec<Uuid>),
}

pub async fn handle(service: &Accounts, request: Request<RefreshRequest>) -> Result<RefreshResponse, Error> {
    let text = request.into_inner().refresh_token;
    RefreshToken::parse(&text).ok_or(Error::SessionOver)?;
    let lifetimes = service.lifetimes;
    let exchange = service.database.transaction(move |conn| {
        let text = text.clone();
        Box::pin(async move { exchange(conn, &text, lifetimes).await })
    });
    match exchange.await? {
        Outcome::Next { session_id, user_id, role, refresh, expires_at } => {
            let auth = service.tokens.issue(user_id, role, session_id, clock::unix_seconds())?;
            Ok(encode::refreshed(SignedIn { user_id, auth, refresh, refresh_expires_at: expires_at }))
        }
        Outcome::Over => Err(Error::SessionOver),
        Outcome::Copied(ended) => {
            tracing::warn!(sessions = ?ended, "a used refresh token came again: the session was ended");
            service.keys.end(ended, service.tokens.ttl_seconds());
            Err(Error::TokenCopied)
        }
    }
}

async fn exchange(conn: &mut Connection, text: &str, lifetimes: Lifetimes) -> Result<Outcome, Error> {
    let token = RefreshToken::parse(text).ok_or(Error::SessionOver)?;
    let hash = token.hash();
    let Some(found) = sessions::lock_token(conn, &hash).await? else { return Ok(Outcome::Over) };
    let (session_id, user_id) = (found.session_id, found.user_id);
    let next = token.next(&found.seed)?;
    let expires_at = match judge(found.known, found.now) {
        Use::Over => return Ok(Outcome::Over),
        Use::Copied => return Ok(Outcome::Copied(sessions::end_session(conn, session_id).await?)),
        Use::First => {
            sessions::mark_used(conn, session_id, &hash).await?;
            sessions::insert_token(conn, session_id, &next.hash(), lifetimes).await?
        }
        Use::Repeat => sessions::token_expiry(conn, &next.hash()).await?.ok_or(Error::SessionOver)?,
    };
    // A role that was taken is not in the next token.
    let role = users::find_role(conn, user_id).await?.ok_or(Error::SessionOver)?;
    Ok(Outcome::Next { session_id, user_id, role, refresh: next.text(), expires_at })
}
