//! `SignUp`: makes an account and signs it in.

use tonic::Request;
use usher::contract::account::{SignUpRequest, SignUpResponse};

use super::{Accounts, timestamp};
use crate::{
    clock,
    error::Error,
    registration::{Form, Registration},
    store::users::{self, NewUser},
};

pub async fn handle(service: &Accounts, request: Request<SignUpRequest>) -> Result<SignUpResponse, Error> {
    let SignUpRequest { user_name, email, password, gender, address } = request.into_inner();
    let form = Form { user_name, email, password: password.into(), gender, address };
    let Registration { user_name, email, password, gender, address } = Registration::parse(form)?;
    let password_hash = service.hasher.hash(password).await?;
    let new = NewUser { user_name, email: email.as_str().to_owned(), password_hash, gender, address };
    let insert = service.database.transaction(move |conn| {
        let new = new.clone();
        Box::pin(async move { users::insert_user(conn, &new).await })
    });
    let (user_id, role) = insert.await?;
    let token = service.tokens.issue(user_id, role, clock::unix_seconds())?;
    Ok(SignUpResponse {
        user_id,
        auth_token: token.text,
        expires_at: Some(timestamp(token.expires_at)),
        ..Default::default()
    })
}
