//! Services that refuse, fail, hang or are gone: each is told in its own way, and nothing of the inside is.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use crate::edge::Edge;

#[tokio::test]
async fn a_services_refusal_passes_word_for_word() {
    let edge = Edge::open().await;
    let taken = edge.get("/v1/search?query=taken").await.refused(409, "SEAT_TAKEN");
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SEAT_TAKEN", "domain": "usher",
        "metadata": {"ticket_id": "7"},
    });
    assert_eq!(taken.json, json!({"code": 10, "message": "seat 7 is taken", "details": [info]}));
    let wrong = edge.get("/v1/search?query=twice+wrong").await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(wrong.fields(), ["page", "to"]);
    let busy = edge.get("/v1/search?query=busy").await.refused(503, "UNAVAILABLE");
    assert_eq!((busy.detail("RetryInfo")["retry_delay"].as_str(), busy.header("retry-after")), (Some("1.5s"), "2"));
    let limited = edge.get("/v1/search?query=limited").await.refused(429, "RATE_LIMITED");
    assert_eq!(limited.header("retry-after"), "3");
    edge.get("/v1/theaters").await.refused(501, "UNIMPLEMENTED");
    edge.stopped().await;
}

#[tokio::test]
async fn what_is_said_inside_stays_inside() {
    let edge = Edge::open().await;
    for (query, status, reason) in [("leak", 500, "INTERNAL"), ("foreign", 500, "INTERNAL"), ("bare", 403, "FORBIDDEN")]
    {
        let refused = edge.get(&format!("/v1/search?query={query}")).await.refused(status, reason);
        assert!(!refused.text.contains("10.0.0.7"), "{}", refused.text);
    }
    let unbuilt = edge.get("/v1/theaters").await.refused(501, "UNIMPLEMENTED");
    assert!(!unbuilt.text.contains("inside"), "{}", unbuilt.text);
    edge.stopped().await;
}

#[tokio::test]
async fn a_service_that_hangs_is_not_waited_for() {
    let edge = Edge::open_with(&["--request-deadline-ms=300".to_owned()]).await;
    let began = Instant::now();
    edge.get("/v1/search?query=slow").await.refused(504, "DEADLINE_EXCEEDED");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let budget = edge.house.seen.lock().unwrap().metadata.get("grpc-timeout").unwrap().to_str().unwrap().to_owned();
    let (number, unit) = budget.split_at(budget.len() - 1);
    let micros = number.parse::<u64>().unwrap()
        * match unit {
            "n" => 0,
            "u" => 1,
            "m" => 1_000,
            _ => 1_000_000,
        };
    assert!(micros <= 300_000, "the service knows how long it has: {budget}");
    edge.stopped().await;
}

#[tokio::test]
async fn a_service_that_is_gone_is_unavailable() {
    let edge = Edge::open_with(&["--booking-url=http://127.0.0.1:1".to_owned()]).await;
    let gone = edge.post_as(7, "/v1/reserve", &json!({})).await.refused(503, "UNAVAILABLE");
    assert_eq!((gone.header("retry-after"), gone.detail("RetryInfo")["retry_delay"].as_str()), ("1", Some("0.5s")));
    assert!(!gone.text.contains("127.0.0.1"), "{}", gone.text);
    edge.get("/v1/search").await.ok();
    edge.stopped().await;
}

/// A server that takes the call and then goes, as a process does that is killed.
async fn dying(after: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = 0;
            // An empty SETTINGS frame, so that the other side believes to be connected.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
            while read < after {
                match stream.read(&mut [0; 512]).await {
                    Ok(0) | Err(_) => break,
                    Ok(bytes) => read += bytes,
                }
            }
        }
    });
    url
}

#[tokio::test]
async fn a_service_that_dies_under_the_call_is_unavailable_not_a_defect() {
    for after in [0, 1, 200] {
        let edge = Edge::open_with(&[format!("--booking-url={}", dying(after).await)]).await;
        for _ in 0..3 {
            edge.post_as(7, "/v1/reserve", &json!({"ticket_id": 1})).await.refused(503, "UNAVAILABLE");
        }
        edge.stopped().await;
    }
}

#[tokio::test]
async fn a_silent_service_is_late() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let booking = format!("--booking-url=http://{}", listener.local_addr().unwrap());
    let edge = Edge::open_with(&[booking, "--request-deadline-ms=300".to_owned()]).await;
    edge.post_as(7, "/v1/reserve", &json!({"ticket_id": 1})).await.refused(504, "DEADLINE_EXCEEDED");
    edge.stopped().await;
}

#[tokio::test]
async fn too_many_at_once_are_turned_away() {
    let edge = Edge::open_with(&["--concurrency-max=1".to_owned(), "--request-deadline-ms=3000".to_owned()]).await;
    let (slow, shed) = tokio::join!(edge.get("/v1/search?query=slow"), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(edge.get("/healthz").await.status, 200, "a full edge is alive");
        edge.get("/v1/search").await
    });
    assert_eq!(shed.refused(503, "UNAVAILABLE").header("retry-after"), "1");
    slow.refused(504, "DEADLINE_EXCEEDED");
    edge.get("/v1/search").await.ok();
    edge.stopped().await;
}
