//! Sessions: refresh tokens are good once, a copy ends the session, and who logs out is out.

use argon2::password_hash::{PasswordHasher as _, SaltString};
use serde_json::{Value, json};

use crate::harness::{Client, Mesh, Setting, in_days};

const PASSWORD: &str = "correct horse";

/// Somebody who just signed up; the answer with all tokens.
async fn sign_up(mesh: &Mesh, name: &str) -> Value {
    let body = json!({"user_name": name, "email": format!("{name}@example.org"), "password": PASSWORD});
    mesh.guest().post("/v1/signup", &body).await.ok()
}

async fn log_in(mesh: &Mesh, name: &str) -> Value {
    let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
    mesh.guest().post("/v1/login", &body).await.ok()
}

async fn refresh(mesh: &Mesh, token: &Value) -> crate::harness::Answer {
    mesh.guest().post("/v1/refresh", &json!({"refresh_token": token})).await
}

fn bearer(mesh: &Mesh, tokens: &Value) -> Client {
    mesh.guest().with_token(0, tokens["auth_token"].as_str().unwrap())
}

/// Waits until the edge refuses the auth token.
async fn is_out(mesh: &Mesh, tokens: &Value) {
    let client = bearer(mesh, tokens);
    mesh.eventually("the token is refused", async || client.get("/v1/bookings").await.status == 401).await;
    client.get("/v1/me").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_from_token_to_token() {
    let mesh = Mesh::start().await;
    let first = sign_up(&mesh, "ann").await;
    assert!(first["expires_at"].as_str().unwrap() < in_days(1).as_str(), "{first}");
    assert!(first["refresh_expires_at"].as_str().unwrap() > in_days(29).as_str(), "{first}");
    let mut tokens = first.clone();
    for _ in 0..3 {
        let next = refresh(&mesh, &tokens["refresh_token"]).await.ok();
        assert_eq!(next["user_id"], first["user_id"]);
        assert_ne!(next["refresh_token"], tokens["refresh_token"]);
        bearer(&mesh, &next).get("/v1/me").await.ok();
        tokens = next;
    }
    let kept = mesh.database.kept_of_refresh_tokens().await;
    let sent = first["refresh_token"].as_str().unwrap().strip_prefix("usher_rt_").unwrap();
    let sent = data_encoding::BASE64URL_NOPAD.decode(sent.as_bytes()).unwrap();
    assert_eq!(kept.len(), 4);
    assert!(!kept.contains(&sent), "only its hash is kept");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_given_again_and_two_tabs_get_the_same() {
    let mesh = Mesh::start().await;
    let first = sign_up(&mesh, "ann").await;
    let tabs = futures::future::join_all((0..8).map(|_| refresh(&mesh, &first["refresh_token"]))).await;
    let next: Vec<_> = tabs.into_iter().map(|answer| answer.ok()["refresh_token"].clone()).collect();
    assert!(next.iter().all(|token| *token == next[0]), "{next:?}");
    refresh(&mesh, &next[0]).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_token_ends_its_session_and_no_other() {
    let mesh = Mesh::start().await;
    let first = sign_up(&mesh, "ann").await;
    let elsewhere = log_in(&mesh, "ann").await;
    let next = refresh(&mesh, &first["refresh_token"]).await.ok();
    mesh.database.age_refresh_tokens().await;
    refresh(&mesh, &first["refresh_token"]).await.refused(401, "UNAUTHENTICATED");
    // Neither the thief's line nor the user's goes on.
    refresh(&mesh, &next["refresh_token"]).await.refused(401, "UNAUTHENTICATED");
    is_out(&mesh, &next).await;
    is_out(&mesh, &first).await;
    bearer(&mesh, &elsewhere).get("/v1/me").await.ok();
    refresh(&mesh, &elsewhere["refresh_token"]).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_or_has_expired_gets_nothing() {
    let mesh = Mesh::start().await;
    let first = sign_up(&mesh, "ann").await;
    let made_up = json!(format!("usher_rt_{}", "A".repeat(43)));
    for wrong in [json!(""), json!("x"), made_up, first["auth_token"].clone()] {
        refresh(&mesh, &wrong).await.refused(401, "UNAUTHENTICATED");
    }
    mesh.database.expire_refresh_tokens().await;
    refresh(&mesh, &first["refresh_token"]).await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_out_is_out_everywhere_in_the_mesh() {
    let mesh = Mesh::start().await;
    let (first, other) = (sign_up(&mesh, "ann").await, log_in(&mesh, "ann").await);
    let log_out = |body: Value| {
        let guest = mesh.guest();
        async move { guest.post("/v1/logout", &body).await }
    };
    log_out(json!({})).await.refused(400, "INVALID_ARGUMENT").naming("refresh_token");
    // An auth token that is over keeps nobody from logging out.
    let stale = mesh.guest().with_token(0, mesh.token(1, "CUSTOMER", -60));
    stale.post("/v1/logout", &json!({"refresh_token": first["refresh_token"]})).await.ok();
    is_out(&mesh, &first).await;
    refresh(&mesh, &first["refresh_token"]).await.refused(401, "UNAUTHENTICATED");
    log_out(json!({"refresh_token": first["refresh_token"]})).await.ok();
    bearer(&mesh, &other).get("/v1/me").await.ok();

    // Whoever found an old token can't sign the user out everywhere.
    log_out(json!({"refresh_token": first["refresh_token"], "everywhere": true})).await.refused(401, "UNAUTHENTICATED");
    log_out(json!({"refresh_token": "usher_rt_x", "everywhere": true})).await.refused(401, "UNAUTHENTICATED");
    let third = log_in(&mesh, "ann").await;
    let bob = sign_up(&mesh, "bob").await;
    log_out(json!({"refresh_token": third["refresh_token"], "everywhere": true})).await.ok();
    is_out(&mesh, &third).await;
    is_out(&mesh, &other).await;
    bearer(&mesh, &bob).get("/v1/me").await.ok();
    log_in(&mesh, "ann").await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_taken_is_not_in_the_next_token() {
    let mesh = Mesh::start().await;
    sign_up(&mesh, "alex").await;
    let user = log_in(&mesh, "alex").await["user_id"].as_str().unwrap().parse().unwrap();
    mesh.database.set_role(user, "ADMIN").await;
    let admin = log_in(&mesh, "alex").await;
    let block = async |tokens: &Value| bearer(&mesh, tokens).post("/v1/boxoffice/block", &json!({})).await;
    block(&admin).await.refused(400, "INVALID_ARGUMENT");
    mesh.database.set_role(user, "CUSTOMER").await;
    let next = refresh(&mesh, &admin["refresh_token"]).await.ok();
    block(&next).await.refused(403, "FORBIDDEN");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_throttled_by_account_and_by_address_alike_for_all() {
    let tight = [
        ("login-account-failures-max", "3"),
        ("login-account-seconds", "3600"),
        ("login-address-failures-max", "12"),
        ("login-address-seconds", "3600"),
    ];
    // The test stands for the house's proxy, so that it can call from many addresses.
    let mesh =
        Mesh::start_as(Setting { account: &tight, edge: &[("trusted-proxies", "127.0.0.0/8")], ..Setting::default() })
            .await;
    sign_up(&mesh, "ann").await;
    let attempt = async |email: &str, password: &str, from: &str| {
        let guest = mesh.guest();
        let request = guest.request(reqwest::Method::POST, "/v1/login").header("x-forwarded-for", from);
        guest.send(request.json(&json!({"email": email, "password": password}))).await
    };
    for _ in 0..20 {
        attempt("ann@example.org", PASSWORD, "198.51.100.1").await.ok();
    }
    let mut said = Vec::new();
    for email in ["ann@example.org", "nobody@example.org"] {
        for nth in 2..5 {
            let from = format!("198.51.100.{nth}");
            attempt(email, "wrong horse", &from).await.refused(401, "UNAUTHENTICATED");
        }
        // From wherever it comes, and with whatever password.
        let limited = attempt(email, PASSWORD, "198.51.100.9").await.refused(429, "RATE_LIMITED");
        assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 60);
        said.push(limited.body["message"].clone());
    }
    assert_eq!(said[0], said[1], "the answer does not tell who has an account");

    for nth in 0..12 {
        attempt(&format!("user{nth}@example.org"), "wrong horse", "203.0.113.7").await.refused(401, "UNAUTHENTICATED");
    }
    attempt("user12@example.org", "wrong horse", "203.0.113.7").await.refused(429, "RATE_LIMITED");
    attempt("user12@example.org", "wrong horse", "203.0.113.8").await.refused(401, "UNAUTHENTICATED");
    // Who is no proxy of the house's can't choose where it comes from: nor can what stands before the proxy's own word.
    attempt("user13@example.org", "wrong horse", "192.0.2.1, 203.0.113.7").await.refused(429, "RATE_LIMITED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_hash_is_replaced_at_the_next_log_in() {
    let mesh = Mesh::start().await;
    let user = sign_up(&mesh, "ann").await["user_id"].as_str().unwrap().parse().unwrap();
    let strong = mesh.database.password_hash(user).await;
    log_in(&mesh, "ann").await;
    assert_eq!(mesh.database.password_hash(user).await, strong, "nothing to mend");
    let less = argon2::Params::new(1_024, 1, 1, None).unwrap();
    let less = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, less);
    let salt = SaltString::from_b64("d2Vha3NhbHR3ZWFr").unwrap();
    let weak = less.hash_password(PASSWORD.as_bytes(), &salt).unwrap().to_string();
    mesh.database.set_password_hash(user, &weak).await;
    let wrong = json!({"email": "ann@example.org", "password": "wrong horse"});
    mesh.guest().post("/v1/login", &wrong).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(mesh.database.password_hash(user).await, weak, "only who knows the password mends it");
    log_in(&mesh, "ann").await;
    let mended = mesh.database.password_hash(user).await;
    assert!(mended.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{mended}");
    log_in(&mesh, "ann").await;
    mesh.stop().await;
}
