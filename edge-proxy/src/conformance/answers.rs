//! Answers: `response_body` in its forms, and the proto3 JSON mapping out.

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};

use super::{RULES, sent};
use crate::{
    rest::{Answers, Form},
    routes::{Answer, Found, Route},
};

fn route(path: &str) -> &'static Route {
    match RULES.1.find(&http::Method::GET, path) {
        Found::Route(route, _) => route,
        other => panic!("{path}: {other:?}"),
    }
}

/// What is answered at `path` where the service answers that message.
fn answered(path: &str, message: &Json, form: Form) -> String {
    let (_, message) = sent("POST", "/v1/rules", message.to_string().as_bytes()).unwrap();
    let answer = Answers::new().encode(route(path), form, &Bytes::from(message.encode_to_vec())).unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

#[test]
fn the_answer_is_the_field_that_the_rule_names() {
    let message = json!({
        "name": "a", "parent": {"i64": 5, "single": 1.5}, "parents": [{"name": "b"}, {}], "i64": 7, "labels": {"x": "y"},
        "text": "line\nbreak",
    });
    let part = |name: &str| {
        serde_json::from_str::<Json>(&answered(&format!("/v1/part/{name}"), &message, Form::Json)).unwrap()
    };
    let parent = part("parent");
    assert_eq!((&parent["i64"], &parent["single"], &parent["name"]), (&json!("5"), &json!(1.5), &json!("")));
    assert_eq!(part("parents").as_array().unwrap().len(), 2);
    assert_eq!(part("parents")[0]["name"], "b");
    assert_eq!((part("i64"), part("labels")), (json!("7"), json!({"x": "y"})));
    assert!(matches!(&route("/v1/part/picture").answer, Answer::Raw(Some(field)) if field.name() == "picture"));

    let nothing = |name: &str| answered(&format!("/v1/part/{name}"), &json!({}), Form::Json);
    assert_eq!(
        [nothing("parent"), nothing("parents"), nothing("i64"), nothing("labels")],
        ["null", "[]", "\"0\"", "{}"]
    );
    assert_eq!(answered("/v1/watch", &message, Form::Event), "data: \"line\\nbreak\"\n\n", "in a stream, too");
    assert_eq!(answered("/v1/watch", &message, Form::Line), "\"line\\nbreak\"\n");
}

#[test]
fn answers_are_in_the_mappings_own_form() {
    let shown: Json = serde_json::from_str(&answered(
        "/v1/rules/best",
        &json!({"maybe": 0, "real": "NaN", "at": "2030-01-01T00:00:00Z"}),
        Form::Json,
    ))
    .unwrap();
    // What has a value by default is shown, what is not there is not.
    for (name, value) in [
        ("name", json!("")),
        ("i32", json!(0)),
        ("i64", json!("0")),
        ("real", json!("NaN")),
        ("yes", json!(false)),
        ("raw", json!("")),
        ("color", json!("COLOR_UNSPECIFIED")),
        ("texts", json!([])),
        ("labels", json!({})),
        ("maybe", json!(0)),
        ("at", json!("2030-01-01T00:00:00Z")),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    for name in ["parent", "one", "two", "length", "w_int32", "any"] {
        assert!(shown.get(name).is_none(), "{name}");
    }
}

#[test]
fn an_enum_value_that_is_newer_than_the_edge_is_its_number() {
    let rule = RULES.0.pool().get_message_by_name("usher.rules.v1.Rule").unwrap();
    // Field 21, varint 9.
    let newer = DynamicMessage::decode(rule, &[0xA8, 0x01, 0x09][..]).unwrap();
    let answer =
        Answers::new().encode(route("/v1/rules/best"), Form::Json, &Bytes::from(newer.encode_to_vec())).unwrap();
    assert_eq!(serde_json::from_slice::<Json>(&answer).unwrap()["color"], 9);
}
