//! An identity provider: its own keys, a discovery document and a key set, over HTTP.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::get};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// A key that signs nothing outside of these tests: to make one takes seconds.
const RSA: &str = include_str!("issuer_rsa.pem");
const RSA_MODULUS: &str = "pRIsxCkdWNTqj2cJwjLfrWRexFgHsYXvMPKishLhnW_KxnSkRF59_LmZq7FPYW2B9bgsBZHblcdwnSYTY8GDMsk4-unNqmVRI16zBS5U-ikFdZMKngGTvfeC6L5u35G1jon05bOS9SRIh-wC085T_kf7b7FDW7eIKZ2khUvj-1mpxK3HD5VVhYmB8ZoS02q-tevAx5wwPXenTYQhnnD_H96Q8f0IJUUwXTbWKjWk8Pa8VVxOxvVfETvK7OI0dLOkMXNPQ9k7XvRSDs1HO0q2HnGNFrTgOtbxFSfDP-66sDIOldu36IY5XEMXlyd_4gZy1IaZOaaYPUZSKW5pom0SWw";

/// A key of the provider's.
pub struct Signer {
    algorithm: Algorithm,
    key: EncodingKey,
    /// Its public half.
    pub public: Value,
}

impl Signer {
    /// An RSA key.
    pub fn rs256(kid: &str) -> Self {
        let public = json!({"kty": "RSA", "use": "sig", "kid": kid, "n": RSA_MODULUS, "e": "AQAB"});
        Self { algorithm: Algorithm::RS256, key: EncodingKey::from_rsa_pem(RSA.as_bytes()).unwrap(), public }
    }

    /// A key on P-256.
    pub fn es256(kid: &str) -> Self {
        let (curve, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let public = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": kid,
            "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y),
        });
        Self { algorithm: Algorithm::ES256, key: EncodingKey::from_ec_der(pkcs8.as_ref()), public }
    }

    /// An Ed25519 key.
    pub fn eddsa(kid: &str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
        let public = json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x});
        Self { algorithm: Algorithm::EdDSA, key: EncodingKey::from_ed_der(pkcs8.as_ref()), public }
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = self.public["kid"].as_str().map(ToOwned::to_owned);
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// The provider. It ends when it is dropped.
pub struct Issuer {
    /// Its name.
    pub url: String,
    published: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<usize>>,
    _running: AbortOnDropHandle<()>,
}

impl Issuer {
    /// A provider that publishes these keys.
    pub async fn start(keys: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(Mutex::new(0));
        let document = json!({"issuer": url, "jwks_uri": format!("{url}/keys"), "more": ["than", "is", "needed"]});
        let counted = Arc::clone(&asked);
        let keys_page = async move |State(published): State<Arc<Mutex<Vec<Value>>>>| {
            *counted.lock().unwrap() += 1;
            Json(json!({"keys": published.lock().unwrap().clone()}))
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(document)))
            .route("/keys", get(keys_page))
            .with_state(Arc::clone(&published));
        let running = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let issuer = Self { url, published, asked, _running: AbortOnDropHandle::new(running) };
        issuer.publish(keys);
        issuer
    }

    /// Publishes these keys from now on, beside some that nobody here can use.
    pub fn publish(&self, keys: &[&Signer]) {
        let odd = [json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}), json!({"kty": "oct", "k": "AAAA"})];
        let keys = keys.iter().map(|key| key.public.clone());
        *self.published.lock().unwrap() = odd.into_iter().chain(keys).collect();
    }

    /// How often somebody asked for the keys.
    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}
