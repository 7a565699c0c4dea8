//! Who may pass, and as whom.

use reqwest::Method;
use serde_json::json;

use crate::edge::{Answer, Edge};

async fn get_with(edge: &Edge, path: &str, token: &str) -> Answer {
    Answer::to(edge.request(Method::GET, path).bearer_auth(token)).await
}

#[tokio::test]
async fn a_door_for_the_signed_in_needs_a_good_token() {
    let edge = Edge::open().await;
    let reserve = json!({"ticket_id": 1});
    let nobody = edge.post("/v1/reserve", &reserve).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    let expired = edge.token_until(7, "CUSTOMER", 1);
    for bad in ["garbage", &expired, ""] {
        let request = edge.request(Method::POST, "/v1/reserve").json(&reserve).bearer_auth(bad);
        Answer::to(request).await.refused(401, "UNAUTHENTICATED");
    }
    let basic = edge.request(Method::POST, "/v1/reserve").json(&reserve).header("authorization", "Basic YTpi");
    Answer::to(basic).await.refused(401, "UNAUTHENTICATED");
    let two = edge.request(Method::POST, "/v1/reserve").json(&reserve);
    let two = two.bearer_auth(edge.token(7, "CUSTOMER")).bearer_auth(edge.token(8, "CUSTOMER"));
    Answer::to(two).await.refused(401, "UNAUTHENTICATED");
    edge.post_as(7, "/v1/reserve", &reserve).await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn the_token_goes_on_wherever_it_came_from() {
    let edge = Edge::open().await;
    let token = edge.token(7, "CUSTOMER");
    let forwarded = || edge.house.seen.lock().unwrap().metadata.get("authorization").cloned();
    let bearer = Some(format!("Bearer {token}").parse().unwrap());
    let in_body = json!({"auth_token": token, "user_id": 7, "ticket_id": 1});
    edge.post("/v1/reserve", &in_body).await.ok();
    assert_eq!(forwarded(), bearer);
    get_with(&edge, "/v1/search", &token).await.ok();
    assert_eq!(forwarded(), bearer);
    edge.get("/v1/search").await.ok();
    assert_eq!(forwarded(), None);
    edge.post_as(7, "/v1/reserve", &in_body).await.ok();
    edge.post_as(8, "/v1/reserve", &in_body).await.refused(401, "UNAUTHENTICATED");
    edge.stopped().await;
}

#[tokio::test]
async fn nobody_is_somebody_else() {
    let edge = Edge::open().await;
    edge.post_as(7, "/v1/reserve", &json!({"ticket_id": 1, "user_id": "8"})).await.refused(403, "FORBIDDEN");
    let token = edge.token(7, "CUSTOMER");
    get_with(&edge, "/v1/bookings?user_id=8", &token).await.refused(403, "FORBIDDEN");
    get_with(&edge, "/v1/search?user_id=8", &token).await.refused(403, "FORBIDDEN");
    get_with(&edge, "/v1/search?user_id=7", &token).await.ok();
    edge.get("/v1/search?user_id=8").await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn the_houses_doors_open_by_role() {
    let edge = Edge::open().await;
    let update = |role: &str| {
        let request = edge.request(Method::POST, "/v1/update/event").json(&json!({"event_id": 1}));
        Answer::to(request.bearer_auth(edge.token(7, role)))
    };
    update("CUSTOMER").await.refused(403, "FORBIDDEN");
    update("SCANNER").await.refused(403, "FORBIDDEN");
    update("OWNER").await.refused(401, "UNAUTHENTICATED");
    update("ADMIN").await.ok();
    assert_eq!(edge.house.seen.lock().unwrap().update.event_id, 1);
    edge.stopped().await;
}

#[tokio::test]
async fn a_bad_token_is_told_even_where_none_is_needed_but_keeps_nobody_from_signing_in() {
    let edge = Edge::open().await;
    for bad in ["garbage", &edge.token_until(7, "CUSTOMER", 1)] {
        get_with(&edge, "/v1/search", bad).await.refused(401, "UNAUTHENTICATED");
        let log_in = edge.request(Method::POST, "/v1/login").json(&json!({"email": "a@b.c"})).bearer_auth(bad);
        assert_eq!(Answer::to(log_in).await.ok()["auth_token"], "fresh");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn what_is_public_does_not_wait_for_the_keys() {
    let edge = Edge::open_with(&["--account-url=http://127.0.0.1:1".to_owned()]).await;
    let token = edge.token(7, "CUSTOMER");
    get_with(&edge, "/v1/search", &token).await.ok();
    assert!(edge.house.seen.lock().unwrap().metadata.get("authorization").is_none(), "unproven, so not passed on");
    let named = get_with(&edge, "/v1/search?user_id=7", &token).await.refused(503, "UNAVAILABLE");
    assert_eq!(named.header("retry-after"), "1");
    edge.post_as(7, "/v1/reserve", &json!({})).await.refused(503, "UNAVAILABLE");
    edge.stopped().await;
}
