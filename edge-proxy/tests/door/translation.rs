//! What is asked over REST is what the service is asked, and what it answers is what comes back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::edge::{Answer, Edge};

#[tokio::test]
async fn a_query_fills_the_request_and_the_answer_is_the_contracts_json() {
    let edge = Edge::open().await;
    let path =
        "/v1/search?query=caf%C3%A9+noir%20%25&from=2030-01-01T01:00:00%2B01:00&theaterId=9007199254740993&page=2";
    let found = edge.get(path).await.ok();
    let seen = edge.house.seen.lock().unwrap().search.clone();
    assert_eq!(seen.query.as_deref(), Some("café noir %"));
    assert_eq!((seen.page, seen.theater_id), (2, 9_007_199_254_740_993));
    let event = &found["events"][0];
    assert_eq!(
        (&event["event_id"], &event["start_time"]),
        (&json!("9223372036854775807"), &json!("2030-01-01T00:00:00Z"))
    );
    assert_eq!((&found["page"], &found["total_count"]), (&json!(1), &json!("0")), "zero is said, too");
    assert_eq!(event["cdn_link"], "");
    let without_time = edge.get("/v1/search").await.ok();
    assert!(without_time["events"][0].get("start_time").is_none(), "what is not there is not said");
    assert_eq!(edge.house.seen.lock().unwrap().search.query, None);
    edge.stopped().await;
}

#[tokio::test]
async fn a_body_fills_the_request_in_either_spelling() {
    let edge = Edge::open().await;
    for body in [
        json!({"ticket_ids": ["1", 2], "request_id": "r"}),
        json!({"ticketIds": [1.0, "2"], "requestId": "r", "ticket_id": null}),
    ] {
        let answer = edge.post_as(7, "/v1/reserve", &body).await.ok();
        assert_eq!(answer, json!({}), "a message that is not there is left out");
        let seen = edge.house.seen.lock().unwrap().reserve.clone();
        assert_eq!((seen.ticket_ids, seen.request_id.as_str()), (vec![1, 2], "r"));
    }
    let empty = edge.request(Method::POST, "/v1/reserve").bearer_auth(edge.token(7, "CUSTOMER"));
    Answer::to(empty).await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn a_callback_passes_byte_for_byte_with_its_signature() {
    let edge = Edge::open().await;
    // Neither JSON nor UTF-8, with a type that REST refuses elsewhere: none of it is the edge's business.
    let body: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let callback = edge
        .request(Method::POST, "/v1/payment/callback")
        .header("content-type", "application/json; charset=utf-8")
        .header("stripe-signature", "t=1,v1=abc,v1=def")
        .header("authorization", "Basic whatever")
        .body(body.clone());
    assert_eq!(Answer::to(callback).await.ok(), json!({"received": true}));
    {
        let seen = edge.house.seen.lock().unwrap();
        assert_eq!(seen.callback.data, body);
        assert_eq!(seen.callback.content_type, "application/json; charset=utf-8");
        assert_eq!(seen.metadata.get("stripe-signature").unwrap(), "t=1,v1=abc,v1=def");
        assert!(seen.metadata.get("authorization").is_none());
    }
    edge.stopped().await;
}

#[tokio::test]
async fn the_keys_are_a_json_web_key_set() {
    let edge = Edge::open().await;
    let set = edge.get("/.well-known/jwks.json").await.ok();
    let key = &set["keys"][0];
    assert_eq!(key["x"].as_str().unwrap().len(), 43, "32 bytes in base64url");
    for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("use", "sig"), ("alg", "EdDSA")] {
        assert_eq!(key[member], value);
    }
    assert!(key["kid"].as_str().is_some_and(|kid| !kid.is_empty()));
    assert_eq!(key.as_object().unwrap().len(), 6, "nothing that no key set has: {key}");
    edge.stopped().await;
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let edge = Edge::open().await;
    for path in ["/v1/search", "/docs", "/healthz", "/v1/nowhere", "/v1/event/1/seats"] {
        let (get, head) = (edge.get(path).await, Answer::to(edge.request(Method::HEAD, path)).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn a_house_of_many_seats_passes() {
    let edge = Edge::open().await;
    let large: Value = edge.get("/v1/search?query=large").await.ok();
    assert_eq!(large["events"][0]["description"].as_str().unwrap().len(), 6 << 20);
    edge.stopped().await;
}
