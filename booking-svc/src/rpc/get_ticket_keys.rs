//! `GetTicketKeys`: the keys that verify tickets. Needs no database.

use usher::contract::booking::{GetTicketKeysResponse, TicketKey};

use super::Booking;

pub fn handle(service: &Booking) -> GetTicketKeysResponse {
    let keys = service.admitting_keys.iter().map(|key| TicketKey {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: key.x.clone(),
        kid: key.kid.clone(),
        r#use: "sig".to_owned(),
        alg: "EdDSA".to_owned(),
    });
    GetTicketKeysResponse { keys: keys.collect() }
}
