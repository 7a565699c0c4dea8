//! The contract's service; delegates only.

mod get_jwks;
mod get_me;
mod log_in;
mod sign_up;

use tonic::{Request, Response, Status, async_trait};
use usher::{
    contract::account::{
        GetJwksRequest, GetJwksResponse, GetMeRequest, GetMeResponse, ListEndedSessionsRequest,
        ListEndedSessionsResponse, LogInOidcRequest, LogInOidcResponse, LogInRequest, LogInResponse, LogOutRequest,
        LogOutResponse, RefreshRequest, RefreshResponse, SignUpRequest, SignUpResponse,
        account_service_server::AccountService,
    },
    database::Database,
    identity::Keys,
};

use crate::{hasher::Hasher, tokens::Tokens};

/// What the RPCs work with.
pub struct Accounts {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) hasher: Hasher,
    pub(crate) tokens: Tokens,
}

#[async_trait]
impl AccountService for Accounts {
    async fn sign_up(&self, request: Request<SignUpRequest>) -> Result<Response<SignUpResponse>, Status> {
        Ok(Response::new(sign_up::handle(self, request).await?))
    }

    async fn log_in(&self, request: Request<LogInRequest>) -> Result<Response<LogInResponse>, Status> {
        Ok(Response::new(log_in::handle(self, request).await?))
    }

    async fn log_in_oidc(&self, _: Request<LogInOidcRequest>) -> Result<Response<LogInOidcResponse>, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    async fn refresh(&self, _: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    async fn log_out(&self, _: Request<LogOutRequest>) -> Result<Response<LogOutResponse>, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    async fn list_ended_sessions(
        &self,
        _: Request<ListEndedSessionsRequest>,
    ) -> Result<Response<ListEndedSessionsResponse>, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        Ok(Response::new(get_me::handle(self, request).await?))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        Ok(Response::new(get_jwks::handle(self)))
    }
}

/// The contract's form of seconds since 1970.
const fn timestamp(seconds: i64) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp { seconds, nanos: 0 }
}
