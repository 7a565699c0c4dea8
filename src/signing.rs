//! Ed25519 keys: reading them from a file, naming them, signing and verifying compact JWS (RFC 7515, RFC 8037) and bare
//! bytes (RFC 8032). Knows nothing of what is signed.

use std::{fmt, path::Path, sync::Arc};

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
const PUBLIC_PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PUBLIC_PEM_END: &str = "-----END PUBLIC KEY-----";
/// What stands before the 32 bytes of every Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410, 4).
const PUBLIC_DER_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The length of a public key, in bytes.
pub const KEY_BYTES: usize = 32;
/// The length of a signature, in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// How far the clocks of two machines may differ: a token is accepted so much longer.
const CLOCKS_DIFFER_SECONDS: u64 = 5;

/// What is wrong with a key or a signature.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key's file can't be read.
    #[error("can't read the key: {0}")]
    File(#[from] std::io::Error),
    /// The file holds no Ed25519 key in PKCS#8 PEM.
    #[error("the signing key is no Ed25519 key in PKCS#8 PEM (make one with: openssl genpkey -algorithm ed25519)")]
    Malformed,
    /// It is no public key: neither 32 bytes in base64url nor a file with a key in PEM.
    #[error("this is no Ed25519 public key (make one with: openssl pkey -in private.pem -pubout)")]
    MalformedPublic,
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
    pair: Arc<Ed25519KeyPair>,
    jws: EncodingKey,
    public: PublicKey,
}

/// A key that verifies, as a JSON Web Key names it.
#[derive(Clone)]
pub struct PublicKey {
    /// The key's id: its RFC 7638 thumbprint.
    pub kid: String,
    /// The 32 bytes of the key, base64url without padding.
    pub x: String,
    bytes: [u8; KEY_BYTES],
    thumbprint: [u8; 32],
    jws: DecodingKey,
}

/// A new private key in PKCS#8 PEM, as [`SigningKey::from_pem`] reads it.
pub fn generate_pem() -> Result<String, Error> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| Error::Random)?;
    Ok(format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", BASE64.encode(document.as_ref())))
}

impl SigningKey {
    /// Reads the key from a PKCS#8 PEM file.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::from_pem(&Zeroizing::new(std::fs::read_to_string(path)?))
    }

    /// Reads the key from PKCS#8 PEM.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let der = der(pem, PEM_BEGIN, PEM_END).ok_or(Error::Malformed)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| Error::Malformed)?;
        let public = PublicKey::new(&BASE64URL_NOPAD.encode(pair.public_key().as_ref()))?;
        Ok(Self { pair: Arc::new(pair), jws: EncodingKey::from_ed_der(&der), public })
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
        Ok(jsonwebtoken::encode(&header, claims, &self.jws)?)
    }

    /// Signs bytes as they are. Whoever signs several kinds of things with one key must let them begin differently.
    #[must_use]
    pub fn sign_bytes(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }
}

impl PublicKey {
    /// The key whose 32 bytes are `x`, base64url without padding.
    pub fn new(x: &str) -> Result<Self, Error> {
        let bytes = BASE64URL_NOPAD.decode(x.as_bytes()).map_err(|_| Error::MalformedPublic)?;
        let bytes = bytes.try_into().map_err(|_| Error::MalformedPublic)?;
        // RFC 7638, 3.2: the required members in lexicographic order, no whitespace.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let digest = digest(&SHA256, canonical.as_bytes());
        let thumbprint = digest.as_ref().first_chunk().copied().ok_or(Error::MalformedPublic)?;
        let kid = BASE64URL_NOPAD.encode(&thumbprint);
        Ok(Self { kid, x: x.to_owned(), bytes, thumbprint, jws: DecodingKey::from_ed_components(x)? })
    }

    /// Reads the key from a PEM file: of the public key, or of a private one whose public half it is.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::from_pem(&Zeroizing::new(std::fs::read_to_string(path)?))
    }

    /// Reads the key from PEM, as [`PublicKey::from_file`] does.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        if let Some(der) = der(pem, PUBLIC_PEM_BEGIN, PUBLIC_PEM_END) {
            let bytes = der.strip_prefix(&PUBLIC_DER_HEAD).ok_or(Error::MalformedPublic)?;
            return Self::new(&BASE64URL_NOPAD.encode(bytes));
        }
        SigningKey::from_pem(pem).map(|key| key.public).map_err(|_| Error::MalformedPublic)
    }

    /// The 32 bytes that [`PublicKey::kid`] spells.
    #[must_use]
    pub const fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }

    /// The claims of `token`, if this key signed it under `typ`, and it has not expired (`exp`).
    pub fn verify<C: DeserializeOwned>(&self, typ: &str, token: &str) -> Result<C, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_aud = false;
        validation.leeway = CLOCKS_DIFFER_SECONDS;
        let decoded = jsonwebtoken::decode(token, &self.jws, &validation)?;
        // RFC 8725, 3.11: a token made for one purpose is refused for another.
        if decoded.header.typ.as_deref() != Some(typ) {
            return Err(Error::Token(jsonwebtoken::errors::ErrorKind::InvalidToken.into()));
        }
        Ok(decoded.claims)
    }

    /// Whether this key made `signature` over `message` ([`SigningKey::sign_bytes`]).
    #[must_use]
    pub fn verifies_bytes(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.bytes).verify(message, signature).is_ok()
    }
}

/// What stands between `begin` and `end`, decoded, and wiped when it is dropped: it may be the private half; `None` where this is no such PEM.
fn der(pem: &str, begin: &str, end: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = pem.trim().strip_prefix(begin)?.strip_suffix(end)?.trim();
    BASE64_MIME_PERMISSIVE.decode(body.as_bytes()).ok().map(Zeroizing::new)
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
        let claims = json!({"sub": "7", "exp": u32::MAX});
        let token = key.sign("JWT", &claims).unwrap();
        let public = PublicKey::new(&key.public().x).unwrap();
        assert_eq!(public.verify::<Value>("JWT", &token).unwrap(), claims);
        assert_eq!(public.kid, key.public().kid);
    }

    #[test]
    fn another_key_another_purpose_or_a_changed_token_is_refused() {
        let (key, other) = (key(), key());
        let token = key.sign("JWT", &json!({"sub": "7", "exp": u32::MAX})).unwrap();
        assert!(other.public().verify::<Value>("JWT", &token).is_err());
        assert!(key.public().verify::<Value>("other+jwt", &token).is_err());
        assert!(key.public().verify::<Value>("JWT", &token.replace('.', ".x")).is_err());
    }

    #[test]
    fn a_token_that_expired_or_never_does_is_refused() {
        let key = key();
        for claims in [json!({"exp": 1}), json!({"sub": "7"})] {
            let token = key.sign("JWT", &claims).unwrap();
            assert!(key.public().verify::<Value>("JWT", &token).is_err(), "{claims}");
        }
    }

    #[test]
    fn bytes_are_signed_as_they_are() {
        let (key, other) = (key(), key());
        let signature = key.sign_bytes(b"one");
        assert!(key.public().verifies_bytes(b"one", &signature));
        assert!(!key.public().verifies_bytes(b"two", &signature));
        assert!(!key.public().verifies_bytes(b"one", &signature[1..]));
        assert!(!other.public().verifies_bytes(b"one", &signature));
    }

    #[test]
    fn a_public_key_is_read_from_either_half() {
        let pem = generate_pem().unwrap();
        let key = SigningKey::from_pem(&pem).unwrap();
        let der = [&PUBLIC_DER_HEAD[..], &key.public().bytes].concat();
        let public = format!("{PUBLIC_PEM_BEGIN}\n{}\n{PUBLIC_PEM_END}\n", BASE64.encode(&der));
        for pem in [&pem, &public] {
            assert_eq!(PublicKey::from_pem(pem).unwrap().kid, key.public().kid);
        }
        let short = format!("{PUBLIC_PEM_BEGIN}\n{}\n{PUBLIC_PEM_END}\n", BASE64.encode(&der[..40]));
        for wrong in ["", "no key", &short, &public.replace("PUBLIC", "PRIVATE")] {
            assert!(PublicKey::from_pem(wrong).is_err(), "{wrong}");
        }
        assert!(PublicKey::new("AAAA").is_err() && PublicKey::new("!").is_err());
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        assert!(matches!(SigningKey::from_pem("no key"), Err(Error::Malformed)));
    }
}
