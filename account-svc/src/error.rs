//! What can go wrong in account-svc, and what callers are told.

use tonic::Status;
use usher::{
    database::{self, Fault, Faulty},
    reason::{Reason, Refusal},
};

use crate::hasher;

/// When a caller may come back whose identity provider was out of reach.
const PROVIDER_RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// Why account-svc refuses. Each variant has one reason of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request never got as far as the rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The address has an account.
    #[error("there is an account with this email address: log in, or sign up with another address")]
    EmailTaken,
    /// No account has this address and password; which of the two is wrong is nobody's business.
    #[error("email or password is wrong")]
    WrongCredentials,
    /// There is no refresh token in the request.
    #[error("refresh_token: must be a refresh token of the session")]
    NoRefreshToken,
    /// The refresh token is unknown, expired, or its session has ended.
    #[error("this session is over: sign in again")]
    SessionOver,
    /// The refresh token was used before, and its session has ended for that.
    #[error("this refresh token was used before, so somebody has copied it: the session has ended, sign in again")]
    TokenCopied,
    /// The house trusts no identity provider.
    #[error("this house trusts no identity provider: sign in with a password")]
    NoProvider,
    /// The identity provider's token proves nothing.
    #[error("the ID token was not accepted: {0}; sign in at the identity provider again")]
    IdToken(&'static str),
    /// The identity provider's keys can't be had.
    #[error("the identity provider can't be reached right now: try again")]
    ProviderGone,
    /// The token is good but its account is gone.
    #[error("the token's account does not exist any more: sign up again")]
    AccountGone,
    /// More passwords wait to be hashed than may.
    #[error("too many people sign up or log in right now: try again")]
    TooManyHashes,
    /// The database's.
    #[error(transparent)]
    Database(database::Error),
    /// A defect.
    #[error("{0}")]
    Defect(String),
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        Self::Database(error)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Faulty for Error {
    fn fault(&self) -> Option<Fault> {
        match self {
            Self::Database(error) => error.fault(),
            _ => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(refusal) => refusal,
            Error::EmailTaken => Self::new(Reason::EmailTaken, message),
            Error::WrongCredentials
            | Error::AccountGone
            | Error::SessionOver
            | Error::TokenCopied
            | Error::IdToken(_) => Self::new(Reason::Unauthenticated, message),
            Error::NoRefreshToken => Self::field("refresh_token", "must be a refresh token of the session"),
            Error::NoProvider => Self::new(Reason::Unimplemented, message),
            Error::ProviderGone => Self::unavailable(message, PROVIDER_RETRY_AFTER),
            Error::TooManyHashes => Self::unavailable(message, hasher::RETRY_AFTER),
            Error::Database(error) => error.into(),
            Error::Defect(_) => {
                tracing::error!(message, "a defect");
                Self::new(Reason::Internal, "something went wrong on our side")
            }
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn a_full_queue_says_when_to_come_back() {
        let status = Status::from(Error::TooManyHashes);
        assert_eq!(status.code(), Code::Unavailable);
        let retry = status.get_details_retry_info().unwrap();
        assert_eq!(retry.retry_delay, Some(hasher::RETRY_AFTER));
    }

    #[test]
    fn a_defect_keeps_its_text_to_the_logs() {
        let status = Status::from(Error::Defect("row 7 of users".to_owned()));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("users"), "{}", status.message());
    }
}
