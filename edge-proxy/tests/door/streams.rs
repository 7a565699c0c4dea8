//! Server streams as server-sent events.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::edge::{Answer, Edge};

#[tokio::test]
async fn each_message_is_an_event() {
    let edge = Edge::open().await;
    let watched = edge.get("/v1/event/1/seats").await;
    assert_eq!((watched.status, watched.header("content-type")), (200, "text/event-stream"));
    let event = |version| {
        let data = json!({"version": version, "snapshot": false, "tickets": [], "stale": false});
        let sent = watched
            .text
            .split("\n\n")
            .filter_map(|event| event.strip_prefix(&format!("id: {version}\ndata: ")).map(str::to_owned));
        sent.map(|sent| serde_json::from_str::<Value>(&sent).unwrap()).any(|sent| sent == data)
    };
    assert!(event("1") && event("2"), "{}", watched.text);
    assert!(watched.text.starts_with("retry: "), "{}", watched.text);
    assert_eq!(watched.text.matches("\n\n").count(), 3, "{}", watched.text);
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
    let mut first = Vec::new();
    while !String::from_utf8_lossy(&first).contains("data: ") {
        first.extend(open.chunk().await.unwrap().unwrap());
    }
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

#[tokio::test]
async fn a_browser_that_comes_back_says_how_far_it_had_come() {
    let edge = Edge::open().await;
    let after = |edge: &Edge| edge.house.seen.lock().unwrap().watch.after_version;
    let back = |last: &'static str, path: &str| edge.request(Method::GET, path).header("last-event-id", last);
    Answer::to(back("17", "/v1/event/1/seats")).await.ok();
    assert_eq!(after(&edge), 17);
    Answer::to(back("17", "/v1/event/1/seats?after_version=5")).await.ok();
    assert_eq!(after(&edge), 5, "who says it in the query means that");
    Answer::to(back("", "/v1/event/1/seats")).await.ok();
    assert_eq!(after(&edge), 0);
    let refused = Answer::to(back("x", "/v1/event/1/seats")).await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(refused.fields(), ["Last-Event-ID"]);
    edge.stopped().await;
}

#[tokio::test]
async fn who_wants_lines_gets_lines() {
    let edge = Edge::open().await;
    let lines = |path: &str| edge.request(Method::GET, path).header("accept", "application/x-ndjson");
    let watched = Answer::to(lines("/v1/event/1/seats")).await;
    assert_eq!((watched.status, watched.header("content-type")), (200, "application/x-ndjson"));
    let versions: Vec<_> =
        watched.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["version"].clone()).collect();
    assert_eq!(versions, ["1", "2"]);
    let watched = Answer::to(lines("/v1/event/2/seats")).await;
    let last: Value = serde_json::from_str(watched.text.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["details"][0]["reason"], "UNKNOWN_EVENT");
    edge.stopped().await;
}
