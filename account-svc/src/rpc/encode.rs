//! Answers that bring tokens.

use pbjson_types::Timestamp;
use usher::contract::account::{LogInOidcResponse, LogInResponse, RefreshResponse, SignUpResponse};

use crate::sign_in::SignedIn;

/// The fields that all these answers have.
macro_rules! tokens {
    ($response:ident, $signed_in:ident) => {
        $response {
            user_id: $signed_in.user_id,
            auth_token: $signed_in.auth.text,
            expires_at: Some(Timestamp { seconds: $signed_in.auth.expires_at, nanos: 0 }),
            refresh_token: $signed_in.refresh,
            refresh_expires_at: Some($signed_in.refresh_expires_at.into()),
        }
    };
}

pub fn signed_up(signed_in: SignedIn) -> SignUpResponse {
    tokens!(SignUpResponse, signed_in)
}

pub fn logged_in(signed_in: SignedIn) -> LogInResponse {
    tokens!(LogInResponse, signed_in)
}

pub fn logged_in_oidc(signed_in: SignedIn) -> LogInOidcResponse {
    tokens!(LogInOidcResponse, signed_in)
}

pub fn refreshed(signed_in: SignedIn) -> RefreshResponse {
    tokens!(RefreshResponse, signed_in)
}
