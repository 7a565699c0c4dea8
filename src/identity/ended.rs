//! Sessions that ended before their tokens expire, followed from account-svc. Nothing waits for it: while account-svc is
//! out of reach, what is known is all there is, and a token is good until it expires, which is soon.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::verified::unix_seconds;
use crate::{
    channel::Channel,
    contract::account::{
        ListEndedSessionsRequest, ListEndedSessionsResponse, account_service_client::AccountServiceClient,
    },
    trace,
};

/// How often account-svc is asked: so much later than a log-out a token may still be taken.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// How long one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// So much longer than its tokens live a session is remembered: clocks differ.
const SLACK_SECONDS: i64 = 60;

/// The sessions, and when each may be forgotten, in seconds since 1970. Bounded by what ends within the life of a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended(Arc<RwLock<HashMap<Uuid, i64>>>);

impl Ended {
    pub(super) fn has(&self, session: Uuid) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    /// Takes sessions in at `now`, and forgets those that don't matter any more.
    pub(super) fn add(&self, sessions: impl IntoIterator<Item = Uuid>, now: i64, token_ttl_seconds: u32) {
        let forgotten_at = now + i64::from(token_ttl_seconds) + SLACK_SECONDS;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, forgotten_at| *forgotten_at > now);
        known.extend(sessions.into_iter().map(|session| (session, forgotten_at)));
    }
}

/// Asks for ever.
pub(super) async fn follow(mut accounts: AccountServiceClient<Channel>, ended: Ended) {
    let (mut cursor, mut is_told) = (String::new(), true);
    loop {
        match ask(&mut accounts, &cursor).await {
            Ok(answer) => {
                let sessions = answer.session_ids.iter().filter_map(|id| Uuid::from_slice(id).ok());
                ended.add(sessions, unix_seconds(), answer.token_ttl_seconds);
                cursor = answer.cursor;
                is_told = true;
            }
            // One line an outage. The version before this one has no such RPC.
            Err(status) if is_told && status.code() != Code::Unimplemented => {
                tracing::warn!(%status, "can't follow which sessions end: their tokens are good until they expire");
                is_told = false;
            }
            Err(_) => {}
        }
        sleep(ASKED_EVERY).await;
    }
}

async fn ask(accounts: &mut AccountServiceClient<Channel>, cursor: &str) -> Result<ListEndedSessionsResponse, Status> {
    let mut request = Request::new(ListEndedSessionsRequest { cursor: cursor.to_owned() });
    request.set_timeout(ANSWER_MAX);
    trace::of_nobody(request.metadata_mut().as_mut());
    let answer = timeout(ANSWER_MAX, accounts.list_ended_sessions(request)).await;
    Ok(answer.map_err(|_| Status::deadline_exceeded("account-svc did not answer"))??.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_remembered_as_long_as_its_tokens_live() {
        let (ended, session, later) = (Ended::default(), Uuid::new_v4(), Uuid::new_v4());
        ended.add([session], 1_000, 900);
        ended.add([later], 1_900, 900);
        assert!(ended.has(session) && ended.has(later));
        ended.add([], 1_900 + SLACK_SECONDS, 900);
        assert!(!ended.has(session) && ended.has(later));
    }
}
