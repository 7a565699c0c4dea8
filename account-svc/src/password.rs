//! Passwords: their slow hash (Argon2id, RFC 9106) and its check. Pure, and slow on purpose: `hasher.rs` decides where
//! and how often it runs.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString, rand_core::OsRng},
};
use secrecy::{ExposeSecret as _, SecretString};

/// Memory of one hash, in KiB. With the two below: what OWASP's Password Storage Cheat Sheet asks for at least.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The password's hash under a fresh salt, in PHC string form.
pub fn hash(password: &SecretString) -> Result<String, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let salt = SaltString::generate(&mut OsRng);
    Ok(argon2.hash_password(password.expose_secret().as_bytes(), &salt)?.to_string())
}

/// Whether a hash was made with less work than is asked for now.
pub fn is_outdated(hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    let Ok(made_with) = Params::try_from(&hash) else { return false };
    let algorithm = Algorithm::try_from(hash.algorithm);
    let work = made_with.m_cost() >= MEMORY_KIB && made_with.t_cost() >= PASSES;
    !(work && algorithm == Ok(Algorithm::Argon2id) && hash.version == Some(Version::V0x13.into()))
}

/// Whether `hash` is of `password`. An error is a hash that is none.
pub fn verify(password: &SecretString, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash)?;
    if hash.hash.is_none() {
        // A row cut short parses, but would read as a wrong password for ever.
        return Err(Error::PhcStringField);
    }
    // The parameters are the hash's own, so that hashes made under older ones still verify.
    match Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(Error::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_verifies() {
        let hash = hash(&"correct horse".into()).unwrap();
        assert!(verify(&"correct horse".into(), &hash).unwrap());
        for other in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert!(!verify(&other.into(), &hash).unwrap(), "{other:?}");
        }
    }

    #[test]
    fn the_hash_says_how_it_was_made_and_not_of_what() {
        let (first, second) = (hash(&"correct horse".into()).unwrap(), hash(&"correct horse".into()).unwrap());
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second, "each has its own salt");
    }

    #[test]
    fn only_a_hash_of_less_work_is_outdated() {
        assert!(!is_outdated(&hash(&"correct horse".into()).unwrap()));
        let tail = "$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
        for (made_with, outdated) in [
            ("$argon2id$v=19$m=19456,t=2,p=1", false),
            ("$argon2id$v=19$m=65536,t=3,p=4", false),
            ("$argon2id$v=19$m=8192,t=2,p=1", true),
            ("$argon2id$v=19$m=19456,t=1,p=1", true),
            ("$argon2i$v=19$m=19456,t=2,p=1", true),
            ("$argon2id$v=16$m=19456,t=2,p=1", true),
        ] {
            assert_eq!(is_outdated(&format!("{made_with}{tail}")), outdated, "{made_with}");
        }
        assert!(!is_outdated("none"), "what is no hash can't be made better");
    }

    #[test]
    fn what_is_no_hash_is_an_error_and_opens_nothing() {
        assert!(verify(&"x".into(), "").is_err());
        assert!(verify(&"x".into(), "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ").is_err());
    }
}
