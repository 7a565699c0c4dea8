//! Who may pass, and how often: the RPC's own annotation against the caller's token, its cost against the caller's allowance.
//! Services ask again for themselves who may pass.

use http::{HeaderMap, header, request::Parts};
use prost_reflect::DynamicMessage;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use usher::{
    contract::access::Access,
    identity::{self, Caller, Keys},
    limit::CLIENT_ADDRESS,
    reason::{Reason, Refusal},
};

use crate::{
    limits::Visit,
    routes::{Route, Rpc},
};

/// The metadata of a call by whoever sent `head` and `message`: their token, once it is found good enough.
pub(crate) async fn authorize(
    keys: &Keys,
    route: &Route,
    head: &Parts,
    message: &DynamicMessage,
) -> Result<MetadataMap, Refusal> {
    let rpc = &route.rpc;
    // A stale token must keep nobody from signing in again, and a callback is proven by its signature.
    if rpc.access == Access::Public && (rpc.gives_token || route.is_raw()) {
        let mut metadata = MetadataMap::new();
        if let Some(address) = client_address(rpc, head) {
            metadata.insert(CLIENT_ADDRESS, address);
        }
        return Ok(metadata);
    }
    let sent = metadata(&head.headers)?;
    let auth_token = rpc.auth_token.as_ref().map(|field| message.get_field(field));
    let auth_token = auth_token.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
    let user_id = rpc.user_id.as_ref().and_then(|field| message.get_field(field).as_i64()).unwrap_or_default();
    let caller = match rpc.access {
        Access::Public => match public(keys, &sent, auth_token, user_id).await? {
            Some(caller) => caller,
            None => return Ok(MetadataMap::new()),
        },
        Access::Unspecified | Access::SignedIn => keys.authorize(rpc.access, &sent, auth_token, user_id).await?,
        // Whom the house acts for is not who acts.
        Access::Scanner | Access::Admin | Access::Internal => keys.authorize(rpc.access, &sent, auth_token, 0).await?,
    };
    enter_as(head, caller)?;
    bearer(&sent, auth_token)
}

/// Refuses a gRPC call whose token is not good enough. Its message is not read here: one that brings its token in there, or
/// none, is judged by the service.
pub(crate) async fn authorize_call(keys: &Keys, rpc: &Rpc, head: &Parts) -> Result<(), Refusal> {
    let sent = metadata(&head.headers)?;
    // A stale token must keep nobody from signing in again.
    if rpc.gives_token || identity::token(&sent, "")?.is_none() {
        return Ok(());
    }
    let caller = match rpc.access {
        Access::Public => public(keys, &sent, "", 0).await?,
        access => Some(keys.authorize(access, &sent, "", 0).await?),
    };
    caller.map_or(Ok(()), |caller| enter_as(head, caller))
}

/// Where the call comes from, for the service that counts who tries to sign in from where. Nobody else is told.
pub(crate) fn client_address(rpc: &Rpc, head: &Parts) -> Option<AsciiMetadataValue> {
    let visit = head.extensions.get::<Visit>().filter(|_| rpc.gives_token)?;
    visit.address().to_string().parse().ok()
}

fn enter_as(head: &Parts, caller: Caller) -> Result<(), Refusal> {
    head.extensions.get::<Visit>().map_or(Ok(()), |visit| visit.enter_as(caller.user_id))
}

/// Nobody needs a token for what is public; one that comes must be good, and be of whom the request names. `None` for who
/// is served as anybody.
async fn public(keys: &Keys, sent: &MetadataMap, auth_token: &str, user_id: i64) -> Result<Option<Caller>, Refusal> {
    let Some(token) = identity::token(sent, auth_token)? else {
        return Ok(None);
    };
    match keys.verify(token).await {
        Ok(caller) => caller.must_be(user_id).map(Some),
        // What anybody may see does not wait for account-svc: its bearer is served as anybody.
        Err(unknown) if unknown.reason() == Reason::Unavailable && user_id == 0 => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The caller's token as the services take it, wherever it came from.
fn bearer(sent: &MetadataMap, auth_token: &str) -> Result<MetadataMap, Refusal> {
    let mut metadata = MetadataMap::new();
    if let Some(token) = identity::token(sent, auth_token)? {
        let mut bearer = value(&format!("Bearer {token}"))?;
        // In no table of either side's headers (RFC 7541, 7.1.3): it is secret, and there it would displace all others.
        bearer.set_sensitive(true);
        metadata.insert("authorization", bearer);
    }
    Ok(metadata)
}

/// The one header that says who calls; two of them are refused rather than chosen from.
fn metadata(headers: &HeaderMap) -> Result<MetadataMap, Refusal> {
    let mut metadata = MetadataMap::new();
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(authorization) = sent.next() {
        metadata.insert("authorization", value(authorization.to_str().unwrap_or_default())?);
    }
    match sent.next() {
        None => Ok(metadata),
        Some(_) => Err(Refusal::new(Reason::Unauthenticated, "there are two authorization headers: send one")),
    }
}

fn value(text: &str) -> Result<AsciiMetadataValue, Refusal> {
    text.parse().map_err(|_| Refusal::new(Reason::Unauthenticated, "the token is malformed: sign in again"))
}
