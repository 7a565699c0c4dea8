//! What can't be a request is told so, before any service hears of it.

use reqwest::Method;
use serde_json::json;

use crate::edge::{Answer, Edge};

#[tokio::test]
async fn an_unknown_path_names_the_one_that_was_meant() {
    let edge = Edge::open().await;
    let mistyped = edge.get("/v1/serach?query=x").await.refused(404, "UNKNOWN_PATH");
    assert_eq!(mistyped.detail("ErrorInfo")["metadata"], json!({"closest": "/v1/search"}));
    assert!(mistyped.json["message"].as_str().unwrap().contains("/v1/search"), "{}", mistyped.text);
    for path in ["/wp-login.php", "/v1/search/", "/v1//search", "/v1/event/1%2Fseats/2", "/%ff", "/v1/event//seats"] {
        edge.get(path).await.refused(404, "UNKNOWN_PATH");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let edge = Edge::open().await;
    for (method, path, allow) in [
        (Method::GET, "/v1/reserve", "POST"),
        (Method::DELETE, "/v1/search", "GET, HEAD"),
        (Method::POST, "/docs", "GET, HEAD"),
        (Method::PUT, "/healthz", "GET, HEAD"),
    ] {
        let refused = Answer::to(edge.request(method, path)).await.refused(405, "INVALID_ARGUMENT");
        assert_eq!(refused.header("allow"), allow, "{path}");
    }
    edge.stopped().await;
}

#[tokio::test]
async fn a_wrong_query_names_each_parameter() {
    let edge = Edge::open().await;
    for (query, field) in [
        ("querry=x", "querry"),
        ("page=1&page=2", "page"),
        ("theater_id=1&theaterId=1", "theaterId"),
        ("page=two", "page"),
        ("page=99999999999", "page"),
        ("from=yesterday", "from"),
        ("query=%ff", "query"),
        ("%ff=1", "%ff"),
        ("query.x=1", "query.x"),
        ("page", "page"),
    ] {
        let refused = edge.get(&format!("/v1/search?{query}")).await.refused(400, "INVALID_ARGUMENT");
        assert_eq!(refused.fields(), [field], "{query}: {}", refused.text);
    }
    let unknown = edge.get("/v1/search?querry=x&pgae=1").await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(unknown.fields(), ["querry", "pgae"], "all at once");
    assert!(unknown.text.contains("theater_id"), "says what there is: {}", unknown.text);
    let path = edge.get("/v1/event/%ff").await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(path.fields(), ["event_id"]);
    let in_path = edge.get("/v1/event/1?event_id=2").await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(in_path.fields(), ["event_id"]);
    assert_eq!(edge.house.seen.lock().unwrap().search, usher::contract::search::SearchRequest::default());
    edge.stopped().await;
}

#[tokio::test]
async fn a_wrong_body_is_refused_and_reaches_nobody() {
    let edge = Edge::open().await;
    let token = edge.token(7, "CUSTOMER");
    let post = |body: Vec<u8>| {
        let request = edge.request(Method::POST, "/v1/reserve").bearer_auth(&token);
        Answer::to(request.header("content-type", "application/json").body(body))
    };
    for (body, field) in [
        (&b"ticket_id=1"[..], "(body)"),
        (br#"{"ticket_id":"#, "(body)"),
        (br#"{"ticket_id":"5"}{}"#, "(body)"),
        (b"[]", "(body)"),
        (b"null", "(body)"),
        (b"{\"request_id\":\"\xff\xfe\"}", "(body)"),
        (br#"{"ticket_id":1,"ticket_id":2}"#, "(body)"),
        (br#"{"ticket_id":"A1"}"#, "ticket_id"),
        (br#"{"ticket_ids":[1,{}]}"#, "ticket_ids[1]"),
        (br#"{"tikcet":1}"#, "tikcet"),
        (br#"{"request_id":7}"#, "request_id"),
    ] {
        let refused = post(body.to_vec()).await.refused(400, "INVALID_ARGUMENT");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    post("[".repeat(100_000).into_bytes()).await.refused(400, "INVALID_ARGUMENT");
    let many = (0..100_000).map(|n| format!("\"a{n}\":0,")).collect::<Vec<_>>().concat();
    let many = post(format!("{{{many}\"z\":0}}").into_bytes()).await.refused(400, "INVALID_ARGUMENT");
    assert!(many.text.len() < 20_000, "a large mistake makes no large answer: {}", many.text.len());

    let query = edge.post_as(7, "/v1/reserve?ticket_id=1", &json!({})).await.refused(400, "INVALID_ARGUMENT");
    assert_eq!(query.fields(), ["ticket_id"]);
    assert_eq!(edge.house.seen.lock().unwrap().reserve, usher::contract::booking::ReserveRequest::default());
    edge.stopped().await;
}

#[tokio::test]
async fn a_body_of_another_type_or_size_is_refused() {
    let edge = Edge::open_with(&["--body-bytes-max=1024".to_owned()]).await;
    let post = || edge.request(Method::POST, "/v1/reserve").bearer_auth(edge.token(7, "CUSTOMER"));
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/grpc"] {
        let form = post().header("content-type", content_type).body("{}");
        Answer::to(form).await.refused(415, "INVALID_ARGUMENT");
    }
    Answer::to(post().body("{}")).await.refused(415, "INVALID_ARGUMENT");
    let latin = post().header("content-type", "application/json; charset=iso-8859-1").body("{}");
    Answer::to(latin).await.refused(415, "INVALID_ARGUMENT");
    let named = post().header("content-type", "Application/JSON; charset=utf-8").body("{}");
    Answer::to(named).await.ok();

    let large = post().header("content-type", "application/json").body(vec![b' '; 1025]);
    Answer::to(large).await.refused(413, "INVALID_ARGUMENT");
    let very = post().header("content-type", "application/json").body(vec![b' '; 8 << 20]);
    Answer::to(very).await.refused(413, "INVALID_ARGUMENT");
    let fits = post().header("content-type", "application/json").body(format!("{{{}}}", " ".repeat(1022)));
    Answer::to(fits).await.ok();
    edge.stopped().await;
}

#[tokio::test]
async fn who_accepts_nothing_that_there_is_is_told_what_there_is() {
    let edge = Edge::open().await;
    let accept =
        |path: &str, accept: &'static str| Answer::to(edge.request(Method::GET, path).header("accept", accept));
    for wanted in ["application/json", "text/html, */*;q=0.1", "application/jwk-set+json"] {
        accept("/v1/search", wanted).await.ok();
    }
    let refused = accept("/v1/search", "text/html").await.refused(406, "INVALID_ARGUMENT");
    assert!(refused.text.contains("application/json"), "{}", refused.text);
    let refused = accept("/v1/event/1/seats", "application/json").await.refused(406, "INVALID_ARGUMENT");
    assert!(refused.text.contains("text/event-stream or application/x-ndjson"), "{}", refused.text);
    for (wanted, given) in [
        ("text/event-stream, application/x-ndjson;q=0.9", "text/event-stream"),
        ("application/x-ndjson, */*", "application/x-ndjson"),
        ("*/*", "text/event-stream"),
    ] {
        assert_eq!(accept("/v1/event/1/seats", wanted).await.header("content-type"), given, "{wanted}");
    }
    edge.stopped().await;
}
