//! Server streams as server-sent events.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::edge::Edge;

#[tokio::test]
async fn each_message_is_an_event() {
    let edge = Edge::open().await;
    let watched = edge.get("/v1/event/1/seats").await;
    assert_eq!((watched.status, watched.header("content-type")), (200, "text/event-stream"));
    let event = |version| {
        let data = json!({"version": version, "snapshot": false, "tickets": [], "stale": false});
        let sent = watched.text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
        sent.map(|sent| serde_json::from_str::<Value>(sent).unwrap()).any(|sent| sent == data)
    };
    assert!(event("1") && event("2"), "{}", watched.text);
    assert_eq!(watched.text.matches("\n\n").count(), 2, "{}", watched.text);
    edge.stopped().await;
}

#[tokio::test]
async fn a_stream_that_fails_at_once_is_refused_as_anything_else() {
    let edge = Edge::open_with(&["--request-deadline-ms=300".to_owned()]).await;
    edge.get("/v1/event/9/seats").await.refused(501, "UNIMPLEMENTED");
    edge.get("/v1/event/x/seats").await.refused(400, "INVALID_ARGUMENT");
    edge.get("/v1/event/4/seats").await.refused(504, "DEADLINE_EXCEEDED");
    edge.stopped().await;
}

#[tokio::test]
async fn a_stream_that_fails_later_says_so() {
    let edge = Edge::open().await;
    for (path, reason) in [("/v1/event/2/seats", "UNKNOWN_EVENT"), ("/v1/event/5/seats", "INTERNAL")] {
        let watched = edge.get(path).await;
        assert_eq!(watched.status, 200);
        let (_, failure) = watched.text.split_once("event: error\ndata: ").unwrap();
        let failure: Value = serde_json::from_str(failure.trim()).unwrap();
        assert_eq!(failure["details"][0]["reason"], reason);
        assert!(!watched.text.contains("inside"), "{}", watched.text);
    }
    edge.stopped().await;
}

#[tokio::test]
async fn an_open_stream_outlives_deadlines_but_not_the_edge() {
    let flags = ["--request-deadline-ms=200".to_owned(), "--streams-max=1".to_owned()];
    let edge = Edge::open_with(&flags).await;
    let mut open = edge.request(Method::GET, "/v1/event/3/seats").send().await.unwrap();
    assert!(open.chunk().await.unwrap().unwrap().starts_with(b"data: "));
    assert!(edge.house.seen.lock().unwrap().metadata.get("grpc-timeout").is_none());
    edge.get("/v1/event/3/seats").await.refused(503, "UNAVAILABLE");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), open.chunk()).await.is_err(), "still open");
    edge.ask_to_stop();
    let last = String::from_utf8(open.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(last.starts_with("event: error\ndata: ") && last.contains("UNAVAILABLE"), "{last}");
    assert!(open.chunk().await.unwrap().is_none());
    edge.stopped().await;
}
