//! Who signs in by way of an identity provider: with an ID token of it and for this house, and with no other.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{Answer, Issuer, Mesh, Setting, Signer};

fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "an ID token's times are wall-clock times")]
    chrono::Utc::now().timestamp()
}

fn claims(issuer: &Issuer, more: &Value) -> Value {
    let mut claims = json!({
        "iss": issuer.url, "aud": "usher", "sub": "u-1", "email": "Ann@example.org", "name": "Ann",
        "iat": now(), "exp": now() + 3_600,
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

async fn log_in(mesh: &Mesh, id_token: &str) -> Answer {
    mesh.guest().post("/v1/login/oidc", &json!({"id_token": id_token})).await
}

async fn mesh(issuer: &Issuer, more: &[(&str, &str)]) -> Mesh {
    let account = [&[("oidc-issuer", issuer.url.as_str()), ("oidc-audience", "usher")], more].concat();
    Mesh::start_as(Setting { account: &account, ..Setting::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_providers_users_are_users_here() {
    let keys = [Signer::rs256("r"), Signer::es256("e"), Signer::eddsa("o")];
    let issuer = Issuer::start(&[&keys[0], &keys[1], &keys[2]]).await;
    let mesh = mesh(&issuer, &[]).await;
    let mut ids = Vec::new();
    for key in &keys {
        let tokens = log_in(&mesh, &key.sign(&claims(&issuer, &json!({})))).await.ok();
        let me = mesh.guest().with_token(0, tokens["auth_token"].as_str().unwrap()).get("/v1/me").await.ok();
        assert_eq!((&me["email"], &me["user_name"]), (&json!("ann@example.org"), &json!("Ann")));
        mesh.guest().post("/v1/refresh", &json!({"refresh_token": tokens["refresh_token"]})).await.ok();
        ids.push(tokens["user_id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "one subject is one account: {ids:?}");
    // Another subject is another account, though it brings the same address: which is somebody's already.
    let other = claims(&issuer, &json!({"sub": "u-2"}));
    log_in(&mesh, &keys[0].sign(&other)).await.refused(409, "EMAIL_TAKEN");
    let other = claims(&issuer, &json!({"sub": "u-2", "email": "bob@example.org"}));
    assert_ne!(log_in(&mesh, &keys[0].sign(&other)).await.ok()["user_id"], ids[0]);
    // No password opens an account that has none.
    for password in ["", "correct horse"] {
        let body = json!({"email": "ann@example.org", "password": password});
        assert_ne!(mesh.guest().post("/v1/login", &body).await.status, 200);
    }
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_password_is_not_taken_over_by_its_address() {
    let key = Signer::eddsa("o");
    let issuer = Issuer::start(&[&key]).await;
    let mesh = mesh(&issuer, &[]).await;
    mesh.customer("ann").await;
    log_in(&mesh, &key.sign(&claims(&issuer, &json!({})))).await.refused(409, "EMAIL_TAKEN");
    let unverified = claims(&issuer, &json!({"email": "new@example.org", "email_verified": false}));
    log_in(&mesh, &key.sign(&unverified)).await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_proves_nothing_gets_nothing() {
    let (key, foreign) = (Signer::rs256("r"), Signer::es256("r"));
    let issuer = Issuer::start(&[&key]).await;
    let mesh = mesh(&issuer, &[]).await;
    let good = claims(&issuer, &json!({}));
    let payload = BASE64URL_NOPAD.encode(good.to_string().as_bytes());
    let unsigned = format!("{}.{payload}.", BASE64URL_NOPAD.encode(br#"{"alg":"none","kid":"r"}"#));
    // The public key as a shared secret.
    let mut shared = Header::new(Algorithm::HS256);
    shared.kid = Some("r".to_owned());
    let secret = EncodingKey::from_secret(key.public["n"].as_str().unwrap().as_bytes());
    let shared = jsonwebtoken::encode(&shared, &good, &secret).unwrap();
    let sign = |more: Value| key.sign(&claims(&issuer, &more));
    let bad = [
        "x".to_owned(),
        unsigned,
        shared,
        foreign.sign(&good),
        Signer::eddsa("r").sign(&good),
        Signer::eddsa("unknown").sign(&good),
        sign(json!({"iss": "https://elsewhere.example"})),
        sign(json!({"aud": "another"})),
        sign(json!({"aud": null})),
        sign(json!({"azp": "another"})),
        sign(json!({"exp": now() - 120})),
        sign(json!({"iat": now() - 3_000})),
        sign(json!({"nbf": now() + 600})),
        sign(json!({"nonce": "of another request"})),
        mesh.token(1, "ADMIN", 600),
    ];
    for token in &bad {
        log_in(&mesh, token).await.refused(401, "UNAUTHENTICATED");
    }
    log_in(&mesh, "").await.refused(400, "INVALID_ARGUMENT").naming("id_token");
    log_in(&mesh, &sign(json!({"aud": ["another", "usher"]}))).await.ok();
    let nonce = json!({"id_token": sign(json!({"nonce": "n-1"})), "nonce": "n-1"});
    mesh.guest().post("/v1/login/oidc", &nonce).await.ok();
    // The provider's own token is no token of ours.
    mesh.guest().with_token(0, sign(json!({}))).get("/v1/me").await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_keys_may_change_and_nobody_makes_us_ask_too_often() {
    let (old, new) = (Signer::eddsa("old"), Signer::es256("new"));
    let issuer = Issuer::start(&[&old]).await;
    let mesh = mesh(&issuer, &[]).await;
    log_in(&mesh, &old.sign(&claims(&issuer, &json!({})))).await.ok();
    let asked = issuer.asked();
    let made_up = (0..60).map(|n| {
        let token = Signer::eddsa(&format!("made-up-{n}")).sign(&claims(&issuer, &json!({})));
        let mesh = &mesh;
        async move { log_in(mesh, &token).await.refused(401, "UNAUTHENTICATED") }
    });
    futures::future::join_all(made_up).await;
    assert!(issuer.asked() - asked <= 4, "{} times", issuer.asked() - asked);

    issuer.publish(&[&new]);
    let token = new.sign(&claims(&issuer, &json!({})));
    mesh.eventually("the new key is known", async || log_in(&mesh, &token).await.status == 200).await;
    log_in(&mesh, &old.sign(&claims(&issuer, &json!({})))).await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_says_who_runs_the_house() {
    let key = Signer::eddsa("o");
    let issuer = Issuer::start(&[&key]).await;
    let mesh = mesh(&issuer, &[("oidc-role-claim", "realm.roles"), ("oidc-admin-value", "usher-admins")]).await;
    let block = async |roles: Value| {
        let token = key.sign(&claims(&issuer, &json!({"realm": {"roles": roles}})));
        let tokens = log_in(&mesh, &token).await.ok();
        let client = mesh.guest().with_token(0, tokens["auth_token"].as_str().unwrap());
        client.post("/v1/boxoffice/block", &json!({})).await
    };
    block(json!(["x"])).await.refused(403, "FORBIDDEN");
    block(json!(["x", "usher-admins"])).await.refused(400, "INVALID_ARGUMENT");
    block(json!([])).await.refused(403, "FORBIDDEN");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_a_provider_says_so_and_one_whose_provider_is_gone_serves_on() {
    let mesh = Mesh::start().await;
    log_in(&mesh, "x").await.refused(501, "UNIMPLEMENTED");
    mesh.stop().await;

    let account = [("oidc-issuer", "http://127.0.0.1:1"), ("oidc-audience", "usher")];
    let mesh = Mesh::start_as(Setting { account: &account, ..Setting::default() }).await;
    let token = Signer::eddsa("o").sign(&json!({"sub": "u-1"}));
    log_in(&mesh, &token).await.refused(503, "UNAVAILABLE");
    mesh.customer("ann").await;
    mesh.stop().await;
}
