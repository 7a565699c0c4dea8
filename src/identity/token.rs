//! What a token says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Caller;
use crate::contract::account::Role;

/// The `iss` of every token.
pub const ISSUER: &str = "usher";
/// The `typ` in a token's header.
pub const TOKEN_TYPE: &str = "JWT";

/// The claims of an auth token (RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made the token: [`ISSUER`].
    pub iss: String,
    /// The account's id, in decimal.
    pub sub: String,
    /// What the account may do: `CUSTOMER`, `ADMIN` or `SCANNER`.
    pub role: String,
    /// The session that the token was made in. One without a session is good until it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// When the token was made, in seconds since 1970.
    pub iat: i64,
    /// When it stops to be accepted, in seconds since 1970.
    pub exp: i64,
}

impl Claims {
    /// The caller that the claims name; `None` where they make no sense.
    pub(super) fn caller(&self) -> Option<Caller> {
        let role = Role::from_str_name(&self.role).filter(|role| *role != Role::Unspecified)?;
        let user_id = self.sub.parse().ok().filter(|id| *id > 0)?;
        (self.iss == ISSUER).then_some(Caller { user_id, role })
    }
}
