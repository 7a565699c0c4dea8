//! `LogOut`: ends a session, or all of its user's.

use tonic::Request;
use usher::{
    contract::account::{LogOutRequest, LogOutResponse},
    database::Connection,
};
use uuid::Uuid;

use super::Accounts;
use crate::{
    error::Error,
    refresh_token::{RefreshToken, Use, judge},
    store::sessions,
};

pub async fn handle(service: &Accounts, request: Request<LogOutRequest>) -> Result<LogOutResponse, Error> {
    let LogOutRequest { refresh_token, everywhere } = request.into_inner();
    if refresh_token.is_empty() {
        return Err(Error::NoRefreshToken);
    }
    let hash = RefreshToken::parse(&refresh_token).map(|token| token.hash());
    let Some(hash) = hash else { return unknown(everywhere) };
    let end = service.database.transaction(move |conn| {
        let hash = hash.clone();
        Box::pin(async move { end(conn, &hash, everywhere).await })
    });
    let Some((ended, all)) = end.await? else { return unknown(everywhere) };
    service.keys.end(ended, service.tokens.ttl_seconds());
    if all { Ok(LogOutResponse {}) } else { Err(Error::SessionOver) }
}

/// Nothing is left to end; but whoever wants all sessions ended must prove whose.
const fn unknown(everywhere: bool) -> Result<LogOutResponse, Error> {
    if everywhere { Err(Error::SessionOver) } else { Ok(LogOutResponse {}) }
}

/// The sessions that it ended, and whether that is all that was asked for; `None` for an unknown token. An old token
/// ends its own session, as it would by being used, and no others: whoever copied it can't sign the user out everywhere.
async fn end(conn: &mut Connection, hash: &[u8], everywhere: bool) -> Result<Option<(Vec<Uuid>, bool)>, Error> {
    let Some(found) = sessions::lock_token(conn, hash).await? else { return Ok(None) };
    let is_good = matches!(judge(found.known, found.now), Use::First | Use::Repeat);
    let ended = match everywhere && is_good {
        true => sessions::end_sessions_of(conn, found.user_id).await?,
        false => sessions::end_session(conn, found.session_id).await?,
    };
    Ok(Some((ended, is_good || !everywhere)))
}
