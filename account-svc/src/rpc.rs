//! The contract's service; delegates only.

mod client_address;
mod encode;
mod get_jwks;
mod get_me;
mod list_ended_sessions;
mod log_in;
mod log_in_oidc;
mod log_out;
mod refresh;
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

use crate::{
    ended::EndedSessions, hasher::Hasher, oidc::Provider, store::sessions::Lifetimes, throttle::Throttle,
    tokens::Tokens,
};

/// What the RPCs work with.
pub struct Accounts {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) hasher: Hasher,
    pub(crate) tokens: Tokens,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) throttle: Throttle,
    pub(crate) ended: EndedSessions,
    /// `None` where the house trusts no identity provider.
    pub(crate) provider: Option<Provider>,
}

#[async_trait]
impl AccountService for Accounts {
    async fn sign_up(&self, request: Request<SignUpRequest>) -> Result<Response<SignUpResponse>, Status> {
        Ok(Response::new(sign_up::handle(self, request).await?))
    }

    async fn log_in(&self, request: Request<LogInRequest>) -> Result<Response<LogInResponse>, Status> {
        Ok(Response::new(log_in::handle(self, request).await?))
    }

    async fn log_in_oidc(&self, request: Request<LogInOidcRequest>) -> Result<Response<LogInOidcResponse>, Status> {
        Ok(Response::new(log_in_oidc::handle(self, request).await?))
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        Ok(Response::new(refresh::handle(self, request).await?))
    }

    async fn log_out(&self, request: Request<LogOutRequest>) -> Result<Response<LogOutResponse>, Status> {
        Ok(Response::new(log_out::handle(self, request).await?))
    }

    async fn list_ended_sessions(
        &self,
        request: Request<ListEndedSessionsRequest>,
    ) -> Result<Response<ListEndedSessionsResponse>, Status> {
        Ok(Response::new(list_ended_sessions::handle(self, &request)))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        Ok(Response::new(get_me::handle(self, request).await?))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        Ok(Response::new(get_jwks::handle(self)))
    }
}
