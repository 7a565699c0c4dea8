//! `SignUp`: makes an account and signs it in.

use tonic::Request;
use usher::contract::account::{SignUpRequest, SignUpResponse};

use super::{Accounts, client_address::client_address, encode};
use crate::{
    error::Error,
    registration::{Form, Registration},
    sign_in::Opening,
    store::users::{self, NewUser},
};

pub async fn handle(service: &Accounts, request: Request<SignUpRequest>) -> Result<SignUpResponse, Error> {
    let address = client_address(request.metadata());
    let SignUpRequest { user_name, email, password, gender, address: postal } = request.into_inner();
    let form = Form { user_name, email, password: password.into(), gender, address: postal };
    let Registration { user_name, email, password, gender, address: postal } = Registration::parse(form)?;
    service.throttle.sign_up(address.as_deref())?;
    let password_hash = service.hasher.hash(password).await?;
    let new = NewUser { user_name, email: email.as_str().to_owned(), password_hash, gender, address: postal };
    let opening = Opening::new(service.lifetimes)?;
    let opened = opening.clone();
    let insert = service.database.transaction(move |conn| {
        let (new, opened) = (new.clone(), opened.clone());
        Box::pin(async move {
            let (user_id, role) = users::insert_user(conn, &new).await?;
            Ok::<_, Error>((user_id, role, opened.begin(conn, user_id).await?))
        })
    });
    let (user_id, role, refresh_expires_at) = insert.await?;
    Ok(encode::signed_up(opening.signed_in(&service.tokens, user_id, role, refresh_expires_at)?))
}
