//! An identity provider's keys, and the check of a signature by one of them. Three algorithms of public keys and no other:
//! never `none`, and never one whose key both sides have. A key is good for the one algorithm that is its own, whatever a
//! token says. Pure.

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Error;

/// What an ID token says.
pub type Claims = Map<String, Value>;

/// How far the clocks of provider and house may differ, in seconds.
const CLOCKS_DIFFER_SECONDS: u64 = 60;

/// A key set as it is published (RFC 7517).
#[derive(Deserialize)]
pub struct Published {
    keys: Vec<Value>,
}

/// A key that verifies.
#[derive(Clone)]
pub struct Key {
    pub kid: Option<String>,
    pub algorithm: Algorithm,
    verifier: DecodingKey,
}

impl Published {
    /// The keys that verify ID tokens. Others, for encryption or of kinds that are not known here, are left out.
    pub fn usable(self) -> Vec<Key> {
        self.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).filter_map(|jwk| key(&jwk)).collect()
    }
}

fn key(jwk: &Jwk) -> Option<Key> {
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named.to_string() != format!("{algorithm:?}")) {
        return None;
    }
    Some(Key { kid: jwk.common.key_id.clone(), algorithm, verifier: DecodingKey::from_jwk(jwk).ok()? })
}

/// The key that a token says it is signed with, and how.
pub fn header(token: &str) -> Result<(Option<String>, Algorithm), Error> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Error::IdToken("it is malformed"))?;
    match header.alg {
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => Ok((header.kid, header.alg)),
        _ => Err(Error::IdToken("it must be signed with RS256, ES256 or EdDSA")),
    }
}

/// What the token says, if the key signed it and it is for this house, now.
pub fn verify(token: &str, key: &Key, issuer: &str, audience: &str) -> Result<Claims, Error> {
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.validate_nbf = true;
    validation.leeway = CLOCKS_DIFFER_SECONDS;
    let read = jsonwebtoken::decode::<Claims>(token, &key.verifier, &validation);
    Ok(read.map_err(|_| Error::IdToken("it has expired, is not for this house, or is not the provider's"))?.claims)
}
