//! `GetMe`: the account that the token belongs to.

use tonic::Request;
use usher::contract::{
    access::Access,
    account::{GetMeRequest, GetMeResponse},
};

use super::Accounts;
use crate::{error::Error, store::users};

pub async fn handle(service: &Accounts, request: Request<GetMeRequest>) -> Result<GetMeResponse, Error> {
    let caller = service.keys.authorize(Access::SignedIn, request.metadata(), "", 0).await?;
    // The primary: who signed up a moment ago is there.
    let found = service.database.read_primary(|conn| Box::pin(users::find_account(conn, caller.user_id))).await?;
    let account = found.ok_or(Error::AccountGone)?;
    Ok(GetMeResponse {
        user_id: account.user_id,
        user_name: account.user_name,
        email: account.email,
        gender: account.gender,
        address: account.address,
        role: account.role.into(),
    })
}
