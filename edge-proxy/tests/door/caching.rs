//! What may be kept, what is still the same, and what is made smaller on its way.

use reqwest::Method;

use crate::edge::{Answer, Edge};

#[tokio::test]
async fn an_answer_that_is_still_the_same_is_not_sent_again() {
    let edge = Edge::open().await;
    let first = edge.get("/v1/event/7").await;
    assert_eq!((first.header("etag"), first.header("cache-control")), ("\"a tag\"", "public, max-age=1"));
    for (has, status) in [("\"a tag\"", 304), ("\"another\", W/\"a tag\"", 304), ("*", 304), ("\"another\"", 200)] {
        let asked = Answer::to(edge.request(Method::GET, "/v1/event/7").header("if-none-match", has)).await;
        assert_eq!((asked.status, asked.header("etag")), (status, "\"a tag\""), "{has}");
        assert_eq!(asked.text.is_empty(), status == 304);
        assert_eq!(
            edge.house.seen.lock().unwrap().metadata.get("if-none-match").unwrap(),
            has,
            "the service may save work"
        );
    }
    let unsaid = edge.get("/v1/search?query=x").await;
    assert_eq!((unsaid.header("etag"), unsaid.header("cache-control")), ("", "no-store"));
    edge.stopped().await;
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_understands_that() {
    let edge = Edge::open().await;
    let asked =
        |path: &str, accept: &str| Answer::to(edge.request(Method::GET, path).header("accept-encoding", accept));
    let plain = asked("/v1/event/4000", "identity").await;
    assert_eq!((plain.header("content-encoding"), plain.header("etag")), ("", "\"a tag\""));
    for encoding in ["gzip", "zstd"] {
        let small = asked("/v1/event/4000", encoding).await;
        assert_eq!((small.header("content-encoding"), small.header("etag")), (encoding, "W/\"a tag\""));
        assert!(small.bytes.len() < plain.bytes.len() / 10, "{}", small.bytes.len());
        assert!(small.header("vary").contains("accept-encoding"));
    }
    assert_eq!(
        asked("/v1/event/1/seats", "gzip").await.header("content-encoding"),
        "",
        "events don't wait for one another"
    );
    edge.stopped().await;
}
