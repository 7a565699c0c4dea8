//! `LogIn`: tokens for who knows the password.

use secrecy::SecretString;
use tonic::Request;
use usher::contract::account::{LogInRequest, LogInResponse};

use super::{Accounts, client_address::client_address, encode};
use crate::{
    error::Error,
    password, registration,
    sign_in::Opening,
    store::users::{self, Credentials},
};

pub async fn handle(service: &Accounts, request: Request<LogInRequest>) -> Result<LogInResponse, Error> {
    let address = client_address(request.metadata());
    let LogInRequest { email, password } = request.into_inner();
    let password = SecretString::from(password);
    let email = registration::credentials(&email, &password)?;
    let attempt = service.throttle.log_in(&email, address.as_deref())?;
    // The primary: who signed up a moment ago can log in, and who lost a role no longer gets it.
    let read = service.database.read_primary(move |conn| {
        let email = email.clone();
        Box::pin(async move { users::find_credentials(conn, email.as_str()).await })
    });
    let found = read.await?;
    let hash = found.as_ref().map(|account| account.password_hash.clone());
    let matches = service.hasher.verify(password.clone(), hash).await?;
    let Some(account) = found.filter(|_| matches) else {
        attempt.failed();
        return Err(Error::WrongCredentials);
    };
    drop(attempt);

    let (user_id, role) = (account.user_id, account.role);
    let stronger = stronger_hash(service, account, password).await;
    let opening = Opening::new(service.lifetimes)?;
    let opened = opening.clone();
    let begin = service.database.transaction(move |conn| {
        let (opened, stronger) = (opened.clone(), stronger.clone());
        Box::pin(async move {
            if let Some((old, new)) = &stronger {
                users::replace_password_hash(conn, user_id, old, new).await?;
            }
            opened.begin(conn, user_id).await
        })
    });
    let refresh_expires_at = begin.await?;
    Ok(encode::logged_in(opening.signed_in(&service.tokens, user_id, role, refresh_expires_at)?))
}

/// The hash that takes the place of one that was made when less was asked of them, with that one. This is the only moment
/// at which the password is known; where there is no time to hash it again, the next log-in will do.
async fn stronger_hash(service: &Accounts, account: Credentials, password: SecretString) -> Option<(String, String)> {
    if !password::is_outdated(&account.password_hash) {
        return None;
    }
    match service.hasher.hash(password).await {
        Ok(hash) => Some((account.password_hash, hash)),
        Err(error) => {
            tracing::debug!(%error, "an outdated hash stays for now");
            None
        }
    }
}
