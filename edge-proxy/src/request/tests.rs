//! Requests against the rules of `google/api/http.proto`, on the contract's own messages under addresses made for the
//! purpose: rules that no RPC of Usher uses today must hold on the day one does.

use std::sync::LazyLock;

use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use usher::contract::api::{HttpRule, http_rule::Pattern};

use super::*;
use crate::{descriptors::Descriptors, transcode::encode};

fn route(rpc: &str, path: &str, body: &str) -> Route {
    let pattern = Some(Pattern::Post(path.to_owned()));
    let rule = HttpRule { pattern, body: body.to_owned(), ..HttpRule::default() };
    Route::make(&Descriptors::load().unwrap(), rpc, &rule).unwrap()
}

/// The request's message as JSON without what is empty, or the fields that are wrong.
fn sent(route: &Route, path: &str, query: &str, body: &[u8]) -> Result<Json, Vec<String>> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let variables = route.template.matches(path).unwrap();
    let sent = Sent { variables: &variables, query, headers: &headers, body: Bytes::copy_from_slice(body) };
    match decode(route, sent) {
        Ok(message) => Ok(without_empty(serde_json::from_slice(&encode(&message).unwrap()).unwrap())),
        Err(refused) => {
            let json = refused.json();
            let bad =
                json["details"].as_array().unwrap().iter().find_map(|detail| detail["field_violations"].as_array());
            Err(bad.unwrap().iter().map(|violation| violation["field"].as_str().unwrap().to_owned()).collect())
        }
    }
}

/// Template and body of the rule; path, query and body of the request; what comes of them.
type Case =
    (&'static str, &'static str, &'static str, &'static str, &'static str, Result<Json, &'static [&'static str]>);

/// For properties: a contract is not read again for each of hundreds of cases.
static IN_BODY: LazyLock<Route> = LazyLock::new(|| route("Reserve", "/r", "*"));
static IN_QUERY: LazyLock<Route> = LazyLock::new(|| route("Reserve", "/r", ""));
static IN_FIELD: LazyLock<Route> = LazyLock::new(|| route("Book", "/r", "card_info"));

fn without_empty(json: Json) -> Json {
    let Json::Object(members) = json else { return json };
    let empty = [json!(""), json!("0"), json!(0), json!([]), json!({})];
    let kept = members.into_iter().map(|(name, value)| (name, without_empty(value)));
    Json::Object(kept.filter(|(_, value)| !empty.contains(value)).collect())
}

/// Any text but the one that [`without_empty`] takes for a number that is not there.
fn any_text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("reads as an empty number", |text| text != "0")
}

#[test]
fn path_query_and_body_go_where_the_rule_says() {
    let nested = json!({"card_info": {"payment_method": "pm"}});
    let cases: [Case; 18] = [
        // A variable fills a field, at any depth, and is decoded on its own.
        ("/b/{request_id}", "", "/b/a%2Fb+c", "", "", Ok(json!({"request_id": "a/b+c"}))),
        ("/b/{card_info.payment_method}", "", "/b/pm", "", "", Ok(nested.clone())),
        ("/b/{ticket_id}/x/{user_id}", "", "/b/1/x/2", "", "", Ok(json!({"ticket_id": "1", "user_id": "2"}))),
        ("/b/{ticket_id}", "", "/b/one", "", "", Err(&["ticket_id"])),
        ("/b/{request_id}", "", "/b/%C3%28", "", "", Err(&["request_id"])),
        // Without a body, all else is in the query: nested by dots, lists by repetition, in either spelling.
        ("/b", "", "/b", "card_info.payment_method=pm", "", Ok(nested.clone())),
        ("/b", "", "/b", "cardInfo.paymentMethod=pm&&", "", Ok(nested)),
        ("/b", "", "/b", "ticket_ids=1&ticketIds=2&ticket_ids=2", "", Ok(json!({"ticket_ids": ["1", "2", "2"]}))),
        ("/b", "", "/b", "request_id=a%26b%3Dc=d+e%2B", "", Ok(json!({"request_id": "a&b=c=d e+"}))),
        ("/b", "", "/b", "card_info=pm", "", Err(&["card_info"])),
        ("/b", "", "/b", "card_info.payment_method=a&cardInfo.payment_method=b", "", Err(&["cardInfo.payment_method"])),
        ("/b", "", "/b", "ticket_ids.x=1&nothing=2", "", Err(&["ticket_ids.x", "nothing"])),
        // A body of one field leaves the others to the query, and takes nothing from it.
        (
            "/b",
            "card_info",
            "/b",
            "ticket_id=4",
            r#"{"payment_method": "pm"}"#,
            Ok(json!({
                "ticket_id": "4", "card_info": {"payment_method": "pm"},
            })),
        ),
        ("/b", "card_info", "/b", "card_info.payment_method=pm", "{}", Err(&["card_info.payment_method"])),
        ("/b", "card_info", "/b", "", r#"{"ticket_id": 4}"#, Err(&["card_info.ticket_id"])),
        // A whole body leaves nothing to the query; the path wins over it.
        (
            "/b/{ticket_id}",
            "*",
            "/b/4",
            "",
            r#"{"ticket_id": 5, "request_id": "r"}"#,
            Ok(json!({
                "ticket_id": "4", "request_id": "r",
            })),
        ),
        ("/b", "*", "/b", "request_id=r", "{}", Err(&["request_id"])),
        ("/b", "*", "/b", "", "", Ok(json!({}))),
    ];
    for (template, in_body, path, query, body, expected) in cases {
        let came = sent(&route("Book", template, in_body), path, query, body.as_bytes());
        let expected = expected.map_err(|fields| fields.iter().map(|&field| field.to_owned()).collect::<Vec<_>>());
        assert_eq!(came, expected, "{template} {in_body:?}: {path}?{query} {body}");
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back_as_it_was(
        ids in prop::collection::vec(any::<i64>(), 0..5), one in any::<i64>(), text in any_text(),
    ) {
        let given = json!({"ticket_ids": ids, "user_id": one, "request_id": text});
        let once = sent(&IN_BODY, "/r", "", given.to_string().as_bytes()).unwrap();
        let twice = sent(&IN_BODY, "/r", "", once.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(once["request_id"].as_str().unwrap_or_default(), text);
        let read: Vec<i64> =
            once["ticket_ids"].as_array().into_iter().flatten().map(|id| id.as_str().unwrap().parse().unwrap()).collect();
        prop_assert_eq!(read, ids);
    }

    #[test]
    fn text_in_a_query_arrives_as_it_was(text in any_text()) {
        let query: String = form(&text);
        let came = sent(&IN_QUERY, "/r", &format!("request_id={query}"), b"").unwrap();
        prop_assert_eq!(came["request_id"].as_str().unwrap_or_default(), text);
    }

    #[test]
    fn whatever_is_sent_is_taken_or_refused_as_the_senders_fault(
        query in "[ -~]{0,60}", body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for route in [&IN_BODY, &IN_QUERY, &IN_FIELD] {
            let sent = Sent { variables: &[], query: &query, headers: &headers, body: body.clone().into() };
            if let Err(refused) = decode(route, sent) {
                prop_assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
            }
        }
    }
}

/// The text as forms send it.
fn form(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string().replace("%20", "+")
}
