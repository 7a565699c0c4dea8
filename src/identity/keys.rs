//! The keys that verify tokens, followed from account-svc, so that a key can change while the mesh runs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tonic::{Request, metadata::MetadataMap, transport::Channel};

use super::{Caller, Claims, TOKEN_TYPE, token, unauthenticated};
use crate::{
    contract::{
        access::Access,
        account::{GetJwksRequest, account_service_client::AccountServiceClient},
    },
    reason::Refusal,
    signing::PublicKey,
};

/// How often the keys are asked for when nothing else happens.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// The least time between two looks: tokens with made-up key ids must not turn into load on account-svc.
const REFRESH_GAP_MIN: Duration = Duration::from_millis(500);
/// How long one look may take.
const FETCH_MAX: Duration = Duration::from_secs(2);
/// How long a request waits for a key that is not known yet.
const UNKNOWN_KEY_WAIT_MAX: Duration = Duration::from_secs(2);

type KeySet = HashMap<String, PublicKey>;

/// The keys as last seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `None` until account-svc answered for the first time.
    seen: watch::Receiver<Option<Arc<KeySet>>>,
    wanted: Arc<Notify>,
}

/// Follows the keys that account-svc publishes at `accounts`. The future beside the keys does the work: its owner
/// spawns it and drops it to stop.
pub fn follow(accounts: Channel) -> (Keys, impl Future<Output = ()> + Send + 'static) {
    let (found, seen) = watch::channel(None);
    let wanted = Arc::new(Notify::new());
    let keys = Keys { seen, wanted: Arc::clone(&wanted) };
    let work = async move {
        let mut accounts = AccountServiceClient::new(accounts);
        loop {
            let known = match fetch(&mut accounts).await {
                Ok(keys) => found.send(Some(Arc::new(keys))).is_ok(),
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
    (keys, work)
}

impl Keys {
    /// Keys that never change: those of a service that verifies the tokens it makes. Nothing follows anything.
    #[must_use]
    pub fn fixed(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let keys: KeySet = keys.into_iter().map(|key| (key.kid.clone(), key)).collect();
        let (_, seen) = watch::channel(Some(Arc::new(keys)));
        Self { seen, wanted: Arc::new(Notify::new()) }
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
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
        let kid = kid.ok_or_else(|| unauthenticated("the token is malformed: sign in again"))?;
        let key = self.find(&kid).await?;
        let claims: Claims = key
            .verify(TOKEN_TYPE, token)
            .map_err(|_| unauthenticated("the token has expired or is not ours: sign in again"))?;
        claims.caller().ok_or_else(|| unauthenticated("the token makes no sense: sign in again"))
    }

    async fn find(&self, kid: &str) -> Result<PublicKey, Refusal> {
        let mut seen = self.seen.clone();
        let known = seen.borrow_and_update().as_ref().and_then(|keys| keys.get(kid).cloned());
        if let Some(key) = known {
            return Ok(key);
        }
        self.wanted.notify_one();
        // Elapsed, or nobody follows any more: what is known is all there is.
        let _ = timeout(UNKNOWN_KEY_WAIT_MAX, seen.changed()).await;
        match seen.borrow().as_ref() {
            Some(keys) => keys.get(kid).cloned().ok_or_else(|| unauthenticated("the token is not ours: sign in again")),
            None => Err(Refusal::unavailable("tokens can't be verified right now: try again", REFRESH_GAP_MIN)),
        }
    }
}

async fn fetch(accounts: &mut AccountServiceClient<Channel>) -> Result<KeySet, tonic::Status> {
    let mut request = Request::new(GetJwksRequest {});
    request.set_timeout(FETCH_MAX);
    let answer = timeout(FETCH_MAX, accounts.get_jwks(request))
        .await
        .map_err(|_| tonic::Status::deadline_exceeded("account-svc did not answer"))??;
    let keys = answer.into_inner().keys;
    let keys = keys.iter().filter_map(|key| PublicKey::new(&key.x).ok());
    Ok(keys.map(|key| (key.kid.clone(), key)).collect())
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

    #[tokio::test]
    async fn fixed_keys_verify_their_own_tokens_and_refuse_others_at_once() {
        let (own, foreign) = (key(), key());
        let claims = json!({"iss": "usher", "sub": "7", "role": "ADMIN", "iat": 0, "exp": u32::MAX});
        let keys = Keys::fixed([own.public().clone()]);
        let caller = keys.verify(&own.sign(TOKEN_TYPE, &claims).unwrap()).await.unwrap();
        assert_eq!(caller, Caller { user_id: 7, role: Role::Admin });

        let token = foreign.sign(TOKEN_TYPE, &claims).unwrap();
        let refused = timeout(UNKNOWN_KEY_WAIT_MAX / 2, keys.verify(&token)).await.expect("nobody fetches: no wait");
        assert_eq!(refused.unwrap_err().reason(), Reason::Unauthenticated);
    }
}
