//! The web client: files from memory, as small as the asker reads them, under a strict policy.

use std::fs;

use reqwest::{Method, header};

use crate::edge::{Answer, Edge};

/// A built client with as little as can be.
fn build() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("index.html", "<p>customer</p>");
    write("admin.html", "<p>house</p>");
    write("assets/main-1a2b.js", "plain");
    write("assets/main-1a2b.js.br", "brotli");
    folder
}

async fn open(folder: &tempfile::TempDir, more: &[&str]) -> Edge {
    let mut flags = vec![format!("--web-dir={}", folder.path().display())];
    flags.extend(more.iter().map(ToString::to_string));
    Edge::open_with(&flags).await
}

#[tokio::test]
async fn the_client_draws_its_own_paths_and_leaves_the_api_alone() {
    let folder = build();
    let edge = open(&folder, &[]).await;
    for path in ["/", "/event/7", "/bookings", "/booking/bkg_1", "/pay/return?payment_intent=pi_1"] {
        let page = edge.get(path).await;
        assert_eq!(
            (page.status, page.text.as_str(), page.header("cache-control")),
            (200, "<p>customer</p>", "no-cache"),
            "{path}"
        );
        assert!(page.header("content-security-policy").contains("script-src 'self'"), "{path}");
    }
    for path in ["/admin", "/admin/events/7"] {
        assert_eq!(edge.get(path).await.text, "<p>house</p>", "{path}");
    }
    assert_eq!(edge.get("/v1/search").await.status, 200);
    assert_eq!(edge.get("/healthz").await.status, 200);
    edge.get("/nowhere").await.refused(404, "UNKNOWN_PATH");
    edge.get("/assets/../../Cargo.toml").await.refused(404, "UNKNOWN_PATH");
    assert_eq!(Answer::to(edge.request(Method::POST, "/bookings")).await.status, 405);
    edge.stopped().await;
}

#[tokio::test]
async fn a_path_begins_with_the_page_that_was_built_for_it() {
    let folder = build();
    for (name, text) in
        [("event.html", "an event"), ("page.html", "plain"), ("index.en.html", "english"), ("index.de.html", "deutsch")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let edge = open(&folder, &[]).await;
    for (path, language, text) in [
        ("/event/7", "de", "an event"),
        ("/bookings", "de", "plain"),
        ("/", "DE-at,en;q=0.8", "deutsch"),
        ("/?q=hamlet", "de", "deutsch"),
        ("/", "en,de;q=0.5", "english"),
        ("/", "fr-CH, fr;q=0.9, de;q=0.7, *;q=0.5", "deutsch"),
        ("/", "fr", "<p>customer</p>"),
        ("/", "../event", "<p>customer</p>"),
    ] {
        is_answered(&edge, path, language, text).await;
    }
    edge.stopped().await;
}

#[tokio::test]
async fn a_search_begins_with_the_page_of_what_is_found() {
    let folder = build();
    for (name, text) in [("index.de.html", "deutsch"), ("search.html", "found"), ("search.de.html", "gefunden")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let edge = open(&folder, &[]).await;
    for (path, language, text) in [
        ("/?q=hamlet", "de", "gefunden"),
        ("/?utm_source=letter&page=2", "en", "found"),
        ("/?utm_source=letter", "de", "deutsch"),
        ("/?q=&when=", "de", "deutsch"),
        ("/?quite", "fr", "<p>customer</p>"),
    ] {
        is_answered(&edge, path, language, text).await;
    }
    edge.stopped().await;
}

async fn is_answered(edge: &Edge, path: &str, language: &str, text: &str) {
    let page = Answer::to(edge.request(Method::GET, path).header(header::ACCEPT_LANGUAGE, language)).await;
    assert_eq!((page.status, page.text.as_str()), (200, text), "{path} {language}");
    assert_eq!(page.header("vary"), "accept-encoding, accept-language");
}

#[tokio::test]
async fn a_file_is_sent_once_and_small() {
    let folder = build();
    let edge = open(&folder, &[]).await;
    let path = "/assets/main-1a2b.js";
    let plain = edge.get(path).await;
    assert_eq!((plain.text.as_str(), plain.header("content-type")), ("plain", "text/javascript; charset=utf-8"));
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    let small = Answer::to(edge.request(Method::GET, path).header(header::ACCEPT_ENCODING, "br")).await;
    assert_eq!((small.text.as_str(), small.header("content-encoding")), ("brotli", "br"));
    assert_eq!((small.header("etag"), small.header("vary")), (plain.header("etag"), "accept-encoding"));
    let tag = plain.header("etag");
    let again = Answer::to(edge.request(Method::GET, path).header(header::IF_NONE_MATCH, tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let head = Answer::to(edge.request(Method::HEAD, path)).await;
    assert_eq!((head.status, head.header("content-length"), head.text.as_str()), (200, "5", ""));
    edge.stopped().await;
}

#[tokio::test]
async fn the_client_is_told_how_customers_pay() {
    let folder = build();
    let edge = open(&folder, &["--payment-form-url=http://127.0.0.1:9/sandbox/card-form"]).await;
    let config = edge.get("/config.json").await;
    assert!(config.header("content-security-policy").contains("frame-src http://127.0.0.1:9"));
    assert_eq!(
        config.ok()["payment"],
        serde_json::json!({"provider": "form", "form_url": "http://127.0.0.1:9/sandbox/card-form"})
    );
    edge.stopped().await;
    let edge = open(&folder, &["--payment-publishable-key=pk_test_1"]).await;
    let config = edge.get("/config.json").await.ok();
    assert_eq!(config["payment"], serde_json::json!({"provider": "stripe", "publishable_key": "pk_test_1"}));
    edge.stopped().await;
}
