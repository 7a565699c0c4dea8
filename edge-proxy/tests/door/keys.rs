//! The keys of tokens change while the edge runs, and nobody makes it ask for them too often.

use std::sync::{Arc, atomic::Ordering};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use usher::{
    identity::TOKEN_TYPE,
    signing::{SigningKey, generate_pem},
};

use crate::edge::{Answer, Edge};

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::from_pem(&generate_pem().unwrap()).unwrap())
}

async fn search(edge: &Edge, token: &str) -> Answer {
    Answer::to(edge.request(Method::GET, "/v1/search").bearer_auth(token)).await
}

#[tokio::test]
async fn a_new_key_is_taken_at_its_first_token_and_the_old_one_while_it_is_published() {
    let edge = Edge::open().await;
    let before = edge.token(7, "CUSTOMER");
    search(&edge, &before).await.ok();
    edge.house.keys.lock().unwrap().insert(0, key());
    let after = edge.token(7, "CUSTOMER");
    search(&edge, &after).await.ok();
    search(&edge, &before).await.ok();
    // Withdrawn: noticed with the next look, which another key brings about.
    let newest = key();
    *edge.house.keys.lock().unwrap() = vec![Arc::clone(&newest)];
    search(&edge, &edge.token(7, "CUSTOMER")).await.ok();
    for withdrawn in [&before, &after] {
        search(&edge, withdrawn).await.refused(401, "UNAUTHENTICATED");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn made_up_keys_make_few_looks() {
    let edge = Edge::open().await;
    edge.get("/v1/search").await.ok();
    let claims = json!({"iss": "usher", "sub": "7", "role": "ADMIN", "iat": 0, "exp": u32::MAX});
    let began = tokio::time::Instant::now();
    let asked = edge.house.keys_asked.load(Ordering::Relaxed);
    let made_up = (0..200).map(|_| {
        let token = key().sign(TOKEN_TYPE, &claims).unwrap();
        let edge = &edge;
        async move { search(edge, &token).await.refused(401, "UNAUTHENTICATED") }
    });
    join_all(made_up).await;
    let asked = edge.house.keys_asked.load(Ordering::Relaxed) - asked;
    // Two a second at most, however many tokens there are.
    let most = 2 + usize::try_from(began.elapsed().as_millis() / 500).unwrap();
    assert!(asked <= most && asked < 40, "{asked}, at most {most}");
    edge.stopped().await;
}
