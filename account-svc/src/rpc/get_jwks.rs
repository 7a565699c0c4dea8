//! `GetJwks`: the keys that verify tokens. Needs no database: tokens are verified while it is down.

use usher::contract::account::{GetJwksResponse, JsonWebKey};

use super::Accounts;

pub fn handle(service: &Accounts) -> GetJwksResponse {
    let keys = service.tokens.public_keys().iter().map(|key| JsonWebKey {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: key.x.clone(),
        kid: key.kid.clone(),
        r#use: "sig".to_owned(),
        alg: "EdDSA".to_owned(),
    });
    GetJwksResponse { keys: keys.collect() }
}
