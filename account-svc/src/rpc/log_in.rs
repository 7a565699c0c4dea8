//! `LogIn`: a token for who knows the password.

use secrecy::SecretString;
use tonic::Request;
use usher::contract::account::{LogInRequest, LogInResponse};

use super::{Accounts, timestamp};
use crate::{clock, error::Error, registration, store::users};

pub async fn handle(service: &Accounts, request: Request<LogInRequest>) -> Result<LogInResponse, Error> {
    let LogInRequest { email, password } = request.into_inner();
    let password = SecretString::from(password);
    let email = registration::credentials(&email, &password)?;
    // The primary: who signed up a moment ago can log in, and who lost a role no longer gets it.
    let read = service.database.read_primary(move |conn| {
        let email = email.clone();
        Box::pin(async move { users::find_credentials(conn, email.as_str()).await })
    });
    let found = read.await?;
    let hash = found.as_ref().map(|account| account.password_hash.clone());
    let matches = service.hasher.verify(password, hash).await?;
    let account = found.filter(|_| matches).ok_or(Error::WrongCredentials)?;
    let token = service.tokens.issue(account.user_id, account.role, clock::unix_seconds())?;
    Ok(LogInResponse {
        user_id: account.user_id,
        auth_token: token.text,
        expires_at: Some(timestamp(token.expires_at)),
        ..Default::default()
    })
}
