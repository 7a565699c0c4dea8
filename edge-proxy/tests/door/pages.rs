//! The edge's own pages and probes.

use crate::edge::Edge;

#[tokio::test]
async fn pages_need_nobody_else_and_load_nothing_from_elsewhere() {
    let edge = Edge::open().await;
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/openapi.json", "application/json"),
    ] {
        let page = edge.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, content_type), "{path}");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!page.text.contains("http://") && !page.text.contains("<script"), "{path}");
    }
    let docs = edge.get("/docs").await.text;
    assert!(docs.contains("<code>POST /v1/reserve</code>") && docs.contains("/v1/event/{event_id}"));
    assert_eq!(edge.get("/openapi.json").await.ok()["openapi"], "3.1.0");
    edge.stopped().await;
}

#[tokio::test]
async fn the_page_to_try_things_on_comes_from_its_folder_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("index.html", "<script src=\"/docs/docs.js\"></script>"), ("docs.js", "go()"), ("NOTICE", "x")]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let edge = Edge::open_with(&[format!("--docs-dir={}", folder.path().display())]).await;
    let page = edge.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; ") && !policy.contains("unsafe"), "{policy}");
    let script = edge.get("/docs/docs.js").await;
    assert_eq!((script.text.as_str(), script.header("content-type")), ("go()", "text/javascript; charset=utf-8"));
    for path in ["/docs/", "/docs/NOTICE", "/docs/nothing.js", "/docs/../docs.js", "/docs/%2e%2e/docs.js", "/docsx"] {
        edge.get(path).await.refused(404, "UNKNOWN_PATH");
    }
    edge.stopped().await;

    let list = Edge::open().await.get("/docs").await;
    assert!(list.text.contains("<code>POST /v1/reserve</code>"), "without a folder there is a list");
}

#[tokio::test]
async fn every_answer_is_closed_to_browsers_tricks() {
    let edge = Edge::open().await;
    for path in ["/", "/v1/search", "/v1/nowhere", "/healthz", "/v1/event/1/seats"] {
        let answer = edge.get(path).await;
        for (header, value) in
            [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(answer.header(header), value, "{path}");
        }
    }
    assert_eq!(edge.get("/v1/search").await.header("cache-control"), "no-store");
    edge.stopped().await;
}

#[tokio::test]
async fn the_probes_tell_life_from_readiness() {
    let edge = Edge::open_with(&["--booking-url=http://127.0.0.1:1".to_owned()]).await;
    assert_eq!(edge.get("/healthz").await.status, 200);
    let unready = edge.get("/readyz").await;
    assert_eq!((unready.status, &unready.json["not_serving"]), (503, &serde_json::json!(["booking"])));
    edge.stopped().await;

    let edge = Edge::open_with(&["--drain-notice-ms=1500".to_owned()]).await;
    assert_eq!(edge.get("/readyz").await.status, 200);
    edge.ask_to_stop();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(edge.get("/readyz").await.json["not_serving"], serde_json::json!(["edge"]));
    edge.get("/v1/search").await.ok();
    edge.stop_services();
    edge.stopped().await;
}
