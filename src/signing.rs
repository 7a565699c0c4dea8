//! Ed25519 keys: reading them from a file, naming them, signing and verifying compact JWS (RFC 7515, RFC 8037).
//! Knows nothing of what is signed.

use std::{fmt, path::Path};

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde::{Serialize, de::DeserializeOwned};

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// How far the clocks of two machines may differ: a token is accepted so much longer.
const CLOCKS_DIFFER_SECONDS: u64 = 5;

/// What is wrong with a key or a signature.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key's file can't be read.
    #[error("can't read the signing key: {0}")]
    File(#[from] std::io::Error),
    /// The file holds no Ed25519 key in PKCS#8 PEM.
    #[error("the signing key is no Ed25519 key in PKCS#8 PEM (make one with: openssl genpkey -algorithm ed25519)")]
    Malformed,
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
    /// The token is malformed, expired, or not signed by the key.
    #[error("the token is not valid: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
}

/// A key that signs. Its private half never shows in a log.
#[derive(Clone)]
pub struct SigningKey {
    private: EncodingKey,
    public: PublicKey,
}

/// A key that verifies, as a JSON Web Key names it.
#[derive(Clone)]
pub struct PublicKey {
    /// The key's id: its RFC 7638 thumbprint.
    pub kid: String,
    /// The 32 bytes of the key, base64url without padding.
    pub x: String,
    verifying: DecodingKey,
}

/// A new private key in PKCS#8 PEM, as [`SigningKey::from_pem`] reads it.
pub fn generate_pem() -> Result<String, Error> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| Error::Random)?;
    Ok(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", BASE64.encode(document.as_ref())))
}

impl SigningKey {
    /// Reads the key from a PKCS#8 PEM file.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::from_pem(&std::fs::read_to_string(path)?)
    }

    /// Reads the key from PKCS#8 PEM.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let body = pem.trim().strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END));
        let body = body.ok_or(Error::Malformed)?.trim();
        let der = BASE64_MIME_PERMISSIVE.decode(body.as_bytes()).map_err(|_| Error::Malformed)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| Error::Malformed)?;
        let public = PublicKey::new(&BASE64URL_NOPAD.encode(pair.public_key().as_ref()))?;
        Ok(Self { private: EncodingKey::from_ed_der(&der), public })
    }

    /// The half that verifies.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `claims` as a compact JWS whose header names the key and `typ`.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.public.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.private)?)
    }
}

impl PublicKey {
    /// The key whose 32 bytes are `x`, base64url without padding.
    pub fn new(x: &str) -> Result<Self, Error> {
        // RFC 7638, 3.2: the required members in lexicographic order, no whitespace.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let kid = BASE64URL_NOPAD.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
        Ok(Self { kid, x: x.to_owned(), verifying: DecodingKey::from_ed_components(x)? })
    }

    /// The claims of `token`, if this key signed it under `typ`, and it has not expired (`exp`, where `expires`).
    pub fn verify<C: DeserializeOwned>(&self, typ: &str, token: &str, expires: bool) -> Result<C, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_aud = false;
        validation.validate_exp = expires;
        validation.leeway = CLOCKS_DIFFER_SECONDS;
        if !expires {
            validation.required_spec_claims.clear();
        }
        let decoded = jsonwebtoken::decode(token, &self.verifying, &validation)?;
        // RFC 8725, 3.11: a token made for one purpose is refused for another.
        if decoded.header.typ.as_deref() != Some(typ) {
            return Err(Error::Token(jsonwebtoken::errors::ErrorKind::InvalidToken.into()));
        }
        Ok(decoded.claims)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key() -> SigningKey {
        generate_pem().and_then(|pem| SigningKey::from_pem(&pem)).unwrap()
    }

    #[test]
    fn what_a_key_signs_its_public_half_verifies() {
        let key = key();
        let token = key.sign("JWT", &json!({"sub": "7"})).unwrap();
        let public = PublicKey::new(&key.public().x).unwrap();
        assert_eq!(public.verify::<Value>("JWT", &token, false).unwrap(), json!({"sub": "7"}));
        assert_eq!(public.kid, key.public().kid);
    }

    #[test]
    fn another_key_another_purpose_or_a_changed_token_is_refused() {
        let (key, other) = (key(), key());
        let token = key.sign("JWT", &json!({"sub": "7"})).unwrap();
        assert!(other.public().verify::<Value>("JWT", &token, false).is_err());
        assert!(key.public().verify::<Value>("ticket+jwt", &token, false).is_err());
        assert!(key.public().verify::<Value>("JWT", &token.replace('.', ".x"), false).is_err());
    }

    #[test]
    fn an_expired_token_is_refused_where_it_must_expire() {
        let key = key();
        let token = key.sign("JWT", &json!({"exp": 1})).unwrap();
        assert!(key.public().verify::<Value>("JWT", &token, true).is_err());
        assert!(key.public().verify::<Value>("JWT", &token, false).is_ok());
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        assert!(matches!(SigningKey::from_pem("no key"), Err(Error::Malformed)));
    }
}
