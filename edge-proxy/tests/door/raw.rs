//! Answers that are no JSON: what the service made, as it made it, and harmless at this address.

use reqwest::Method;

use crate::edge::{Answer, Edge};

/// The raw answer that the house makes for that booking.
async fn ticket(edge: &Edge, method: Method, booking: &str, query: &str) -> Answer {
    let path = format!("/v1/booking/{booking}/ticket/7{query}");
    Answer::to(edge.request(method, &path).bearer_auth(edge.token(7, "CUSTOMER"))).await
}

#[tokio::test]
async fn a_raw_answer_passes_byte_for_byte_under_its_own_type() {
    let edge = Edge::open().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    for named in ["image/png", "image/svg+xml", "text/plain; charset=utf-8"] {
        let answer = ticket(&edge, Method::GET, &named.replace('/', "%2F").replace("; ", "%3B%20"), "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, named));
        assert_eq!(answer.bytes, every_byte);
        assert_eq!(answer.header("content-length"), "256");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn a_raw_answer_is_kept_by_nobody_and_does_nothing_in_a_browser() {
    let edge = Edge::open().await;
    let page = ticket(&edge, Method::GET, "text%2Fhtml", "").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html"));
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert_eq!((page.header("x-content-type-options"), page.header("x-frame-options")), ("nosniff", "DENY"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && policy.ends_with("; sandbox"), "{policy}");
    assert!(!policy.contains("script-src"), "{policy}");
    let json = edge.get("/v1/search").await;
    assert!(!json.header("content-security-policy").contains("sandbox"), "only where it is needed");
    edge.stopped().await;
}

#[tokio::test]
async fn a_raw_answer_of_no_type_or_of_a_broken_one_harms_nobody() {
    let edge = Edge::open().await;
    let broken = ticket(&edge, Method::GET, "two-lines", "").await.refused(500, "INTERNAL");
    assert_eq!(broken.header("set-cookie"), "");
    let untyped = ticket(&edge, Method::GET, "untyped", "").await;
    assert_eq!((untyped.status, untyped.header("content-type")), (200, "application/octet-stream"));
    edge.stopped().await;
}

#[tokio::test]
async fn a_raw_answer_is_asked_for_and_refused_like_any_other() {
    let edge = Edge::open().await;
    edge.get("/v1/booking/image%2Fpng/ticket/7").await.refused(401, "UNAUTHENTICATED");
    ticket(&edge, Method::GET, "none", "").await.refused(404, "UNKNOWN_BOOKING");
    let odd = ticket(&edge, Method::GET, "image%2Fpng", "?format=GIF").await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(odd.fields(), ["format"]);
    ticket(&edge, Method::GET, "image%2Fpng", "?format=PNG").await;
    {
        let seen = edge.house.seen.lock().unwrap();
        assert_eq!((seen.ticket.booking_id.as_str(), seen.ticket.ticket_id, seen.ticket.format), ("image/png", 7, 2));
    }
    let head = ticket(&edge, Method::HEAD, "image%2Fpng", "").await;
    assert_eq!((head.status, head.bytes.len(), head.header("content-length")), (200, 0, "256"));
    edge.stopped().await;
}
