//! The keys that verify tokens, followed from account-svc, so that a key can change while the mesh runs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tonic::{Request, metadata::MetadataMap};
use uuid::Uuid;

use super::{
    Caller, Claims, TOKEN_TYPE,
    ended::{self, Ended},
    token, unauthenticated,
    verified::{Bearer, Verified, unix_seconds},
};
use crate::{
    channel::{Channel, ChannelConfig, Target},
    contract::{
        access::Access,
        account::{GetJwksRequest, account_service_client::AccountServiceClient, account_service_server},
    },
    reason::Refusal,
    signing::PublicKey,
    tls::Mutual,
    trace,
};

/// How often the keys are asked for when nothing else happens.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// The least time between two looks: tokens with made-up key ids must not turn into load on account-svc.
const REFRESH_GAP_MIN: Duration = Duration::from_millis(500);
/// How long one look may take.
const FETCH_MAX: Duration = Duration::from_secs(2);
/// How long a request waits for a key that is not known yet.
const UNKNOWN_KEY_WAIT_MAX: Duration = Duration::from_secs(2);

/// Keys by their ids, and what they verified.
#[derive(Debug)]
struct KeySet {
    keys: HashMap<String, PublicKey>,
    verified: Verified,
}

impl KeySet {
    fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self { keys: keys.into_iter().map(|key| (key.kid.clone(), key)).collect(), verified: Verified::new() }
    }

    /// A key's id is made of the key: the same ids are the same keys.
    fn has_same_keys(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len() && self.keys.keys().all(|kid| other.keys.contains_key(kid))
    }
}

/// The keys as last seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `None` until account-svc answered for the first time.
    seen: watch::Receiver<Option<Arc<KeySet>>>,
    wanted: Arc<Notify>,
    ended: Ended,
}

/// Follows the keys that account-svc publishes at `accounts`, and the sessions that have ended. The future beside the
/// keys does the work: its owner spawns it and drops it to stop.
pub fn follow(accounts: Channel) -> (Keys, impl Future<Output = ()> + Send + 'static) {
    let (found, seen) = watch::channel(None);
    let wanted = Arc::new(Notify::new());
    let keys = Keys { seen, wanted: Arc::clone(&wanted), ended: Ended::default() };
    let sessions = ended::follow(AccountServiceClient::new(accounts.clone()), keys.ended.clone());
    let keys_work = async move {
        let mut accounts = AccountServiceClient::new(accounts);
        loop {
            let known = match fetch(&mut accounts).await {
                Ok(keys) => {
                    learn(&found, keys);
                    !found.is_closed()
                }
                Err(status) => {
                    tracing::warn!(%status, "can't refresh the token keys");
                    found.borrow().is_some()
                }
            };
            sleep(REFRESH_GAP_MIN).await;
            if known {
                // Elapsed or wanted: both mean to look again.
                let _ = timeout(REFRESH_EVERY, wanted.notified()).await;
            }
        }
    };
    let work = async move {
        tokio::join!(keys_work, sessions);
    };
    (keys, work)
}

/// As [`follow`], over a channel of its own to account-svc at `target`. In a runtime only.
pub fn follow_at(
    target: &Target,
    config: &ChannelConfig,
    tls: Option<&Mutual>,
) -> (Keys, impl Future<Output = ()> + Send + 'static + use<>) {
    follow(Channel::new("account-svc", account_service_server::SERVICE_NAME, target, config, tls))
}

impl Keys {
    /// Keys that never change: those of a service that verifies the tokens it makes. Nothing follows anything.
    #[must_use]
    pub fn fixed(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let (_, seen) = watch::channel(Some(Arc::new(KeySet::new(keys))));
        Self { seen, wanted: Arc::new(Notify::new()), ended: Ended::default() }
    }

    /// From now on refuses the tokens that were made in these sessions. None of them lives longer than
    /// `token_ttl_seconds`; after that the sessions are forgotten.
    pub fn end(&self, sessions: impl IntoIterator<Item = Uuid>, token_ttl_seconds: u32) {
        self.ended.add(sessions, unix_seconds(), token_ttl_seconds);
    }

    /// The caller whose token came with the request, if they are what `access` asks for and whom `user_id` names.
    pub async fn authorize(
        &self,
        access: Access,
        metadata: &MetadataMap,
        auth_token: &str,
        user_id: i64,
    ) -> Result<Caller, Refusal> {
        let Some(token) = token(metadata, auth_token)? else {
            return Err(unauthenticated("sign in first: this needs a token (authorization: Bearer …)"));
        };
        self.verify(token).await?.require(access)?.must_be(user_id)
    }

    /// The caller that `token` was made for.
    pub async fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        let known = self.seen.borrow().clone();
        if let Some(bearer) = known.and_then(|set| set.verified.find(token, unix_seconds())) {
            return self.still_on(bearer);
        }
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
        let kid = kid.ok_or_else(|| unauthenticated("the token is malformed: sign in again"))?;
        let (key, verified) = self.find(&kid).await?;
        let claims: Claims = key
            .verify(TOKEN_TYPE, token)
            .map_err(|_| unauthenticated("the token has expired or is not ours: sign in again"))?;
        let caller = claims.caller().ok_or_else(|| unauthenticated("the token makes no sense: sign in again"))?;
        let bearer = Bearer { caller, session: claims.sid };
        verified.remember(token, bearer, claims.exp);
        self.still_on(bearer)
    }

    fn still_on(&self, bearer: Bearer) -> Result<Caller, Refusal> {
        match bearer.session.is_some_and(|session| self.ended.has(session)) {
            true => Err(unauthenticated("this session has ended: sign in again")),
            false => Ok(bearer.caller),
        }
    }

    /// The key with that id, and where to remember what it verifies.
    async fn find(&self, kid: &str) -> Result<(PublicKey, Verified), Refusal> {
        let mut seen = self.seen.clone();
        let key = |set: &KeySet| Some((set.keys.get(kid)?.clone(), set.verified.clone()));
        let known = seen.borrow_and_update().as_deref().and_then(key);
        if let Some(known) = known {
            return Ok(known);
        }
        self.wanted.notify_one();
        // Elapsed, or nobody follows any more: what is known is all there is.
        let _ = timeout(UNKNOWN_KEY_WAIT_MAX, seen.changed()).await;
        match seen.borrow().as_deref() {
            Some(set) => key(set).ok_or_else(|| unauthenticated("the token is not ours: sign in again")),
            None => Err(Refusal::unavailable("tokens can't be verified right now: try again", REFRESH_GAP_MIN)),
        }
    }
}

/// Takes the keys in. What the same keys verified before stays verified. Whoever waits for a key is woken either way.
fn learn(found: &watch::Sender<Option<Arc<KeySet>>>, keys: KeySet) {
    found.send_modify(|known| {
        if !known.as_ref().is_some_and(|known| known.has_same_keys(&keys)) {
            *known = Some(Arc::new(keys));
        }
    });
}

async fn fetch(accounts: &mut AccountServiceClient<Channel>) -> Result<KeySet, tonic::Status> {
    let mut request = Request::new(GetJwksRequest {});
    request.set_timeout(FETCH_MAX);
    trace::of_nobody(request.metadata_mut().as_mut());
    let answer = timeout(FETCH_MAX, accounts.get_jwks(request))
        .await
        .map_err(|_| tonic::Status::deadline_exceeded("account-svc did not answer"))??;
    let keys = answer.into_inner().keys;
    Ok(KeySet::new(keys.iter().filter_map(|key| PublicKey::new(&key.x).ok())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        contract::account::Role,
        reason::Reason,
        signing::{SigningKey, generate_pem},
    };

    fn key() -> SigningKey {
        SigningKey::from_pem(&generate_pem().unwrap()).unwrap()
    }

    #[test]
    fn a_key_that_is_withdrawn_takes_what_it_verified_with_it() {
        let (old, new) = (key(), key());
        let (found, seen) = watch::channel(None);
        learn(&found, KeySet::new([old.public().clone()]));
        let first = seen.borrow().clone().unwrap();
        let bearer = Bearer { caller: Caller { user_id: 7, role: Role::Customer }, session: None };
        first.verified.remember("a.b.c", bearer, i64::MAX);
        learn(&found, KeySet::new([old.public().clone()]));
        let same = seen.borrow().clone().unwrap();
        assert!(same.verified.find("a.b.c", 0).is_some(), "the same keys: still verified");
        learn(&found, KeySet::new([new.public().clone()]));
        let other = seen.borrow().clone().unwrap();
        assert!(other.verified.find("a.b.c", 0).is_none());
    }

    #[tokio::test]
    async fn a_session_that_ended_takes_its_tokens_with_it_and_no_others() {
        let own = key();
        let keys = Keys::fixed([own.public().clone()]);
        let (session, other) = (Uuid::new_v4(), Uuid::new_v4());
        let token = |sid: Uuid| {
            let claims = json!({"iss": "usher", "sub": "7", "role": "CUSTOMER", "sid": sid, "iat": 0, "exp": u32::MAX});
            own.sign(TOKEN_TYPE, &claims).unwrap()
        };
        let (first, second) = (token(session), token(other));
        assert!(keys.verify(&first).await.is_ok() && keys.verify(&second).await.is_ok());
        keys.end([session], 60);
        assert_eq!(keys.verify(&first).await.unwrap_err().reason(), Reason::Unauthenticated, "though remembered");
        assert!(keys.verify(&second).await.is_ok());
        assert!(keys.verify(&token(session)).await.is_err(), "nor any other of that session");
    }

    #[tokio::test]
    async fn fixed_keys_verify_their_own_tokens_and_refuse_others_at_once() {
        let (own, foreign) = (key(), key());
        let claims = json!({"iss": "usher", "sub": "7", "role": "ADMIN", "iat": 0, "exp": u32::MAX});
        let keys = Keys::fixed([own.public().clone()]);
        let caller = keys.verify(&own.sign(TOKEN_TYPE, &claims).unwrap()).await.unwrap();
        assert_eq!(caller, Caller { user_id: 7, role: Role::Admin });

        let again = keys.verify(&own.sign(TOKEN_TYPE, &claims).unwrap()).await.unwrap();
        assert_eq!(again, caller, "remembered");
        let token = foreign.sign(TOKEN_TYPE, &claims).unwrap();
        let refused = timeout(UNKNOWN_KEY_WAIT_MAX / 2, keys.verify(&token)).await.expect("nobody fetches: no wait");
        assert_eq!(refused.unwrap_err().reason(), Reason::Unauthenticated);
    }
}
