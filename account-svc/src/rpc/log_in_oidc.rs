//! `LogInOidc`: tokens for who is signed in at the identity provider.

use tonic::Request;
use usher::{
    contract::account::{LogInOidcRequest, LogInOidcResponse, Role},
    database::Connection,
    reason::Refusal,
};

use super::{Accounts, client_address::client_address, encode};
use crate::{
    clock,
    error::Error,
    oidc::Identity,
    sign_in::Opening,
    store::{
        identities,
        users::{self, NewUser},
    },
};

pub async fn handle(service: &Accounts, request: Request<LogInOidcRequest>) -> Result<LogInOidcResponse, Error> {
    let address = client_address(request.metadata());
    let LogInOidcRequest { id_token, nonce } = request.into_inner();
    let provider = service.provider.as_ref().ok_or(Error::NoProvider)?;
    if id_token.is_empty() {
        return Err(Refusal::field("id_token", "must be an ID token of the identity provider").into());
    }
    let attempt = service.throttle.attempt(address.as_deref())?;
    let identity = match provider.verify(&id_token, &nonce, clock::unix_seconds()).await {
        Err(wrong @ Error::IdToken(_)) => {
            attempt.failed();
            return Err(wrong);
        }
        verified => verified?,
    };
    drop(attempt);

    let issuer = provider.issuer().to_owned();
    let opening = Opening::new(service.lifetimes)?;
    // No password opens an account that was made this way.
    let (opened, nobodys) = (opening.clone(), service.hasher.nobodys());
    let sign_in = || {
        let (issuer, identity, opened, nobodys) = (issuer.clone(), identity.clone(), opened.clone(), nobodys.clone());
        service.database.transaction(move |conn| {
            let (issuer, identity, opened, nobodys) =
                (issuer.clone(), identity.clone(), opened.clone(), nobodys.clone());
            Box::pin(async move {
                let (user_id, role) = account(conn, &issuer, &identity, &nobodys).await?;
                Ok::<_, Error>((user_id, role, opened.begin(conn, user_id).await?))
            })
        })
    };
    let begun = match sign_in().await {
        // Perhaps by the same user's other log-in, a moment ago: then there is an account now.
        Err(Error::EmailTaken) => sign_in().await,
        begun => begun,
    };
    let (user_id, role, refresh_expires_at) = begun?;
    Ok(encode::logged_in_oidc(opening.signed_in(&service.tokens, user_id, role, refresh_expires_at)?))
}

/// The account of the provider's user, made at the first log-in. An account that was made with a password is never taken
/// over because the address is the same: whoever made it may have typed somebody else's.
async fn account(
    conn: &mut Connection,
    issuer: &str,
    identity: &Identity,
    nobodys: &str,
) -> Result<(i64, Role), Error> {
    let user_id = match identities::find_user(conn, issuer, &identity.subject).await? {
        Some(user_id) => user_id,
        None => {
            let email = identity.email.as_ref().ok_or(Error::IdToken("it has no verified email address"))?;
            let new = NewUser {
                user_name: identity.user_name.clone(),
                email: email.as_str().to_owned(),
                password_hash: nobodys.to_owned(),
                gender: String::new(),
                address: String::new(),
            };
            let (user_id, _) = users::insert_user(conn, &new).await?;
            identities::link(conn, issuer, &identity.subject, user_id).await?;
            user_id
        }
    };
    let known = users::find_role(conn, user_id).await?.ok_or(Error::AccountGone)?;
    match identity.role {
        Some(role) if role != known => {
            users::set_role(conn, user_id, role).await?;
            Ok((user_id, role))
        }
        _ => Ok((user_id, known)),
    }
}
