//! Whom the claims of an ID token name. Its signature, issuer, audience and expiry were checked before. Pure.

use serde_json::Value;
use usher::contract::account::Role;

use super::keys::Claims;
use crate::{email::Email, error::Error};

/// How old an ID token may be, in seconds: it proves that somebody signed in just now.
const AGE_SECONDS_MAX: i64 = 600;
/// How far the provider's clock may be ahead, in seconds.
const CLOCKS_DIFFER_SECONDS: i64 = 60;
const SUBJECT_CHARS_MAX: usize = 255;
const USER_NAME_CHARS_MAX: usize = 200;

/// What is expected of the provider.
#[derive(Debug, Clone)]
pub struct Expected {
    pub issuer: String,
    pub audience: String,
    /// The claim that says what a user may do.
    pub role_claim: Option<String>,
    /// The words in it.
    pub admin: String,
    pub scanner: String,
}

/// Whom an ID token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's name for the user; never another user's.
    pub subject: String,
    pub email: Option<Email>,
    pub user_name: String,
    /// What the user may do; `None` where the provider is not asked.
    pub role: Option<Role>,
}

/// Reads the claims at `now`, in seconds since 1970.
pub fn identity(claims: &Claims, expected: &Expected, nonce: &str, now: i64) -> Result<Identity, Error> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let made_at =
        claims.get("iat").and_then(Value::as_f64).ok_or(Error::IdToken("it does not say when it was made"))?;
    #[expect(clippy::cast_possible_truncation, reason = "a number that is no time fails the next check either way")]
    let age = now.saturating_sub(made_at as i64);
    if !(-CLOCKS_DIFFER_SECONDS..=AGE_SECONDS_MAX).contains(&age) {
        return Err(Error::IdToken("it was not made just now"));
    }
    if text("nonce").unwrap_or_default() != nonce {
        return Err(Error::IdToken("its nonce is not the one that was sent"));
    }
    if text("azp").is_some_and(|party| party != expected.audience) {
        return Err(Error::IdToken("it was made for another client"));
    }
    let subject = text("sub").filter(|subject| (1..=SUBJECT_CHARS_MAX).contains(&subject.chars().count()));
    let subject = subject.ok_or(Error::IdToken("it names nobody"))?;
    Ok(Identity {
        subject: subject.to_owned(),
        email: text("email").filter(|_| !is_denied(claims.get("email_verified"))).and_then(Email::parse),
        user_name: user_name(["name", "preferred_username", "email", "sub"].into_iter().filter_map(text)),
        role: expected.role_claim.as_deref().map(|claim| role(claims, claim, expected)),
    })
}

/// Some providers send words for truth.
fn is_denied(verified: Option<&Value>) -> bool {
    matches!(verified, Some(Value::Bool(false))) || verified.and_then(Value::as_str) == Some("false")
}

fn user_name<'a>(candidates: impl Iterator<Item = &'a str>) -> String {
    let clean = |name: &str| -> String {
        let printed = name.chars().filter(|c| !c.is_control()).collect::<String>();
        printed.trim().chars().take(USER_NAME_CHARS_MAX).collect()
    };
    candidates.map(clean).find(|name| !name.is_empty()).unwrap_or_else(|| "nameless".to_owned())
}

fn role(claims: &Claims, claim: &str, expected: &Expected) -> Role {
    let words: Vec<&str> = match find(claims, claim) {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match words {
        words if words.contains(&expected.admin.as_str()) => Role::Admin,
        words if words.contains(&expected.scanner.as_str()) => Role::Scanner,
        _ => Role::Customer,
    }
}

/// A claim by its name, else by its way: `realm_access.roles`. A name may have dots itself: it is often a URL.
fn find<'c>(claims: &'c Claims, way: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(way) {
        return Some(value);
    }
    let mut steps = way.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_000_000;

    fn expected(role_claim: Option<&str>) -> Expected {
        Expected {
            issuer: "https://login.example".to_owned(),
            audience: "usher".to_owned(),
            role_claim: role_claim.map(ToOwned::to_owned),
            admin: "house-admins".to_owned(),
            scanner: "doors".to_owned(),
        }
    }

    fn read(more: &Value, role_claim: Option<&str>, nonce: &str) -> Result<Identity, Error> {
        let mut claims = json!({"sub": "u-1", "iat": NOW - 5, "email": "Ann@Example.org", "name": " Ann\n "});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        identity(claims.as_object().unwrap(), &expected(role_claim), nonce, NOW)
    }

    #[test]
    fn an_id_token_names_somebody() {
        let ann = read(&json!({}), None, "").unwrap();
        let email = Email::parse("ann@example.org");
        assert_eq!(ann, Identity { subject: "u-1".to_owned(), email, user_name: "Ann".to_owned(), role: None });
        assert_eq!(read(&json!({"email_verified": false}), None, "").unwrap().email, None);
        assert_eq!(read(&json!({"email_verified": "false"}), None, "").unwrap().email, None);
        assert!(read(&json!({"email_verified": true}), None, "").unwrap().email.is_some());
        assert_eq!(read(&json!({"name": "\u{7}", "preferred_username": "ann7"}), None, "").unwrap().user_name, "ann7");
        assert_eq!(read(&json!({"name": "x".repeat(900)}), None, "").unwrap().user_name.len(), 200);
    }

    #[test]
    fn one_that_is_old_or_meant_for_something_else_names_nobody() {
        for more in [
            json!({"iat": NOW - 601}),
            json!({"iat": NOW + 61}),
            json!({"iat": null}),
            json!({"iat": 1e300}),
            json!({"nonce": "n-1"}),
            json!({"azp": "another"}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "x".repeat(256)}),
        ] {
            assert!(matches!(read(&more, None, ""), Err(Error::IdToken(_))), "{more}");
        }
        assert!(read(&json!({"nonce": "n-1"}), None, "n-1").is_ok());
        assert!(read(&json!({}), None, "n-1").is_err(), "a nonce that was sent must come back");
        assert!(read(&json!({"azp": "usher"}), None, "").is_ok());
    }

    #[test]
    fn the_role_is_what_the_provider_says_where_it_is_asked() {
        let role = |more: Value, claim: &str| read(&more, Some(claim), "").unwrap().role;
        assert_eq!(role(json!({"roles": ["x", "house-admins", "doors"]}), "roles"), Some(Role::Admin));
        assert_eq!(role(json!({"roles": "doors"}), "roles"), Some(Role::Scanner));
        assert_eq!(role(json!({"roles": "ADMIN"}), "roles"), Some(Role::Customer));
        assert_eq!(role(json!({}), "roles"), Some(Role::Customer), "who lost all roles has none");
        assert_eq!(role(json!({"realm": {"roles": ["doors"]}}), "realm.roles"), Some(Role::Scanner));
        assert_eq!(role(json!({"https://x.example/r": ["doors"]}), "https://x.example/r"), Some(Role::Scanner));
        assert_eq!(read(&json!({"roles": "house-admins"}), None, "").unwrap().role, None);
    }
}
