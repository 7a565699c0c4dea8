//! Who calls: the claims of a token, and what their bearer may do. Knows no users and makes no tokens.

mod ended;
mod keys;
mod token;
mod verified;
pub(crate) use verified::unix_seconds;

pub use keys::{Keys, follow, follow_at};
pub use token::{Claims, ISSUER, TOKEN_TYPE};

use tonic::metadata::MetadataMap;

use crate::{
    contract::{access::Access, account::Role},
    reason::{Reason, Refusal},
};

/// Somebody whose token was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The account's id.
    pub user_id: i64,
    /// What the account may do.
    pub role: Role,
}

impl Caller {
    /// Refuses a caller who is less than `access` asks for.
    pub fn require(self, access: Access) -> Result<Self, Refusal> {
        let allowed = match access {
            Access::Public | Access::SignedIn | Access::Unspecified => true,
            Access::Scanner => matches!(self.role, Role::Scanner | Role::Admin),
            Access::Admin => self.role == Role::Admin,
            // Parts of Usher bring no token.
            Access::Internal => false,
        };
        if allowed { Ok(self) } else { Err(Refusal::new(Reason::Forbidden, "your account may not do this")) }
    }

    /// Refuses a request that names another user than its token does. 0 names nobody.
    pub fn must_be(self, user_id: i64) -> Result<Self, Refusal> {
        if user_id == 0 || user_id == self.user_id {
            return Ok(self);
        }
        let message = "user_id is not the token's user: leave it out, or sign in as that user";
        Err(Refusal::new(Reason::Forbidden, message).with("user_id", user_id))
    }
}

/// The one token of a request: from its `authorization` header or from `auth_token` in its body. Refuses two that
/// differ; `None` where there is none.
pub fn token<'a>(metadata: &'a MetadataMap, auth_token: &'a str) -> Result<Option<&'a str>, Refusal> {
    let Some(header) = metadata.get("authorization") else {
        return Ok(Some(auth_token).filter(|token| !token.is_empty()));
    };
    let bearer = header.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match bearer {
        None | Some("") => Err(unauthenticated("the authorization header must read: Bearer <token>")),
        Some(bearer) if !auth_token.is_empty() && auth_token != bearer => {
            Err(unauthenticated("auth_token differs from the token in the authorization header: send one of them"))
        }
        bearer => Ok(bearer),
    }
}

fn unauthenticated(message: &str) -> Refusal {
    Refusal::new(Reason::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &'static str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", tonic::metadata::MetadataValue::from_static(value));
        metadata
    }

    #[test]
    fn header_and_body_must_agree() {
        assert_eq!(token(&header("Bearer a.b.c"), "").unwrap(), Some("a.b.c"));
        assert_eq!(token(&header("bearer a.b.c"), "a.b.c").unwrap(), Some("a.b.c"));
        assert_eq!(token(&MetadataMap::new(), "a.b.c").unwrap(), Some("a.b.c"));
        assert_eq!(token(&MetadataMap::new(), "").unwrap(), None);
        assert_eq!(token(&header("Bearer a.b.c"), "x").unwrap_err().reason(), Reason::Unauthenticated);
        assert_eq!(token(&header("Basic abc"), "").unwrap_err().reason(), Reason::Unauthenticated);
    }

    #[test]
    fn only_the_role_opens_the_door() {
        let caller = |role| Caller { user_id: 7, role };
        assert!(caller(Role::Customer).require(Access::Admin).is_err());
        assert!(caller(Role::Customer).require(Access::Scanner).is_err());
        assert!(caller(Role::Scanner).require(Access::Scanner).is_ok());
        assert!(caller(Role::Scanner).require(Access::Admin).is_err());
        assert!(caller(Role::Admin).require(Access::Scanner).is_ok());
        assert!(caller(Role::Unspecified).require(Access::Admin).is_err());
    }

    #[test]
    fn another_users_id_is_forbidden() {
        let caller = Caller { user_id: 7, role: Role::Admin };
        assert!(caller.must_be(0).is_ok() && caller.must_be(7).is_ok());
        assert_eq!(caller.must_be(8).unwrap_err().reason(), Reason::Forbidden);
    }
}
