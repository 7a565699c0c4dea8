//! Bodies: `body` in its forms, and the proto3 JSON mapping in.

use serde_json::{Value as Json, json};

use super::{becomes, refused, sent};

#[test]
fn the_body_goes_where_the_rule_says() {
    // "*": all but what the path fills, which wins; then nothing is left for the query.
    becomes(
        "POST",
        "/v1/rules",
        r#"{"name": "a", "parent": {"i64": 5}}"#,
        "Create",
        json!({"name": "a", "parent": {"i64": "5"}}),
    );
    becomes("PUT", "/v1/rules/a", r#"{"name": "b", "text": "c"}"#, "Replace", json!({"name": "a", "text": "c"}));
    refused("POST", "/v1/rules?text=a", "{}", 400, &["text"]);
    // A field of its own: the rest is in the query, and of the field nothing.
    becomes(
        "PATCH",
        "/v1/rules/a?text=t&i64=5",
        r#"{"text": "u", "parent": {"yes": true}}"#,
        "Replace",
        json!({"text": "t", "i64": "5", "parent": {"name": "a", "text": "u", "parent": {"yes": true}}}),
    );
    refused("PATCH", "/v1/rules/a?parent.text=t", "{}", 400, &["parent.text"]);
    refused("PATCH", "/v1/rules/a", r#"{"nothing": 1}"#, 400, &["parent.nothing"]);
    // It may be a list, or a scalar.
    becomes(
        "PUT",
        "/v1/lists/a",
        r#"[{"name": "b"}, {}]"#,
        "Replace",
        json!({"name": "a", "parents": [{"name": "b"}, {}]}),
    );
    refused("PUT", "/v1/lists/a", r#"[{"name": "b"}, {"nothing": 1}, 5]"#, 400, &["parents[1].nothing", "parents[2]"]);
    refused("PUT", "/v1/lists/a", "{}", 400, &["parents"]);
    becomes("PUT", "/v1/texts/a?i64=5", r#""a text""#, "Replace", json!({"name": "a", "text": "a text", "i64": "5"}));
    // None: all is in the query.
    becomes("DELETE", "/v1/rules/a?text=t", "", "Delete", json!({"name": "a", "text": "t"}));
    // An HttpBody takes the bytes as they come, whether it is a field or the request itself.
    becomes(
        "POST",
        "/v1/pictures/a",
        "{not json",
        "Store",
        json!({"name": "a", "picture": {"content_type": "application/json", "data": "e25vdCBqc29u"}}),
    );
    becomes(
        "POST",
        "/v1/upload",
        "{not json",
        "Upload",
        json!({"content_type": "application/json", "data": "e25vdCBqc29u"}),
    );
    // A request that is JSON itself is its JSON.
    becomes("POST", "/v1/keep", r#"{"a": [1, null, {"b": "c"}]}"#, "Keep", json!({"a": [1.0, null, {"b": "c"}]}));
    refused("POST", "/v1/keep", "[]", 400, &["(body)"]);
}

/// A body and the message that it is, in the mapping's own form.
#[test]
fn each_type_is_read_in_all_its_forms() {
    let max = "9007199254740993";
    let cases: [(Json, Json); 49] = [
        (json!({"wInt32": 5, "i64s": []}), json!({"w_int32": 5})),
        (json!({"text": null, "texts": null, "labels": null, "parent": null, "at": null, "color": null}), json!({})),
        // Numbers: as numbers or strings, whole ones with an exponent or a point as well.
        (json!({"i32": -5, "u32": "5", "s32": 5.0}), json!({"i32": -5, "u32": 5, "s32": 5})),
        (json!({"i64": max, "u64": 9_007_199_254_740_993_u64}), json!({"i64": max, "u64": max})),
        (
            json!({"i64": i64::MIN, "u64": u64::MAX}),
            json!({"i64": "-9223372036854775808", "u64": "18446744073709551615"}),
        ),
        (json!({"i64s": [1, "2", 3.0, 4e2]}), json!({"i64s": ["1", "2", "3", "400"]})),
        (json!({"single": "1.5", "real": 2}), json!({"single": 1.5, "real": 2.0})),
        (json!({"single": "NaN", "real": "Infinity"}), json!({"single": "NaN", "real": "Infinity"})),
        (json!({"single": "-Infinity", "real": "-1e3"}), json!({"single": "-Infinity", "real": -1000.0})),
        (json!({"real": 1e308, "single": 3.4e38}), json!({"real": 1e308, "single": 3.4e38})),
        (json!({"yes": true}), json!({"yes": true})),
        (json!({"maybe": 0}), json!({"maybe": 0})),
        (json!({"maybe": null}), json!({})),
        // Bytes: both alphabets, with or without padding.
        (json!({"raw": "/+8="}), json!({"raw": "/+8="})),
        (json!({"raw": "_-8"}), json!({"raw": "/+8="})),
        (json!({"raw": "/+8"}), json!({"raw": "/+8="})),
        (json!({"raw": "_-8="}), json!({"raw": "/+8="})),
        // Enums by name or number.
        (
            json!({"color": "DARK_RED", "colors": [1, "RED", -2]}),
            json!({"color": "DARK_RED", "colors": ["RED", "RED", "DARK_RED"]}),
        ),
        // Maps, with keys of any kind.
        (json!({"labels": {"a": "b", "": ""}}), json!({"labels": {"a": "b", "": ""}})),
        (json!({"by_number": {"-5": {"name": "a"}}}), json!({"by_number": {"-5": {"name": "a"}}})),
        (json!({"byTruth": {"true": 5, "false": "6"}}), json!({"by_truth": {"true": "5", "false": "6"}})),
        // One of several; null is none, unless null is what it is of.
        (json!({"one": ""}), json!({"one": ""})),
        (json!({"one": null, "two": 0}), json!({"two": 0})),
        (json!({"three": {"three": {}}}), json!({"three": {"three": {}}})),
        (json!({"none": null}), json!({"none": null})),
        (json!({"none": "NULL_VALUE"}), json!({"none": null})),
        // Times and durations.
        (json!({"at": "2030-01-01T00:00:00Z"}), json!({"at": "2030-01-01T00:00:00Z"})),
        (json!({"at": "2030-01-01T00:00:00.123456789-01:30"}), json!({"at": "2030-01-01T01:30:00.123456789Z"})),
        (json!({"at": "0001-01-01T00:00:00Z"}), json!({"at": "0001-01-01T00:00:00Z"})),
        (json!({"at": "9999-12-31T23:59:59.999999999Z"}), json!({"at": "9999-12-31T23:59:59.999999999Z"})),
        (json!({"times": ["2030-01-01T00:00:00Z"]}), json!({"times": ["2030-01-01T00:00:00Z"]})),
        (json!({"length": "3.000000001s"}), json!({"length": "3.000000001s"})),
        (json!({"length": "-0.5s"}), json!({"length": "-0.500s"})),
        (json!({"length": "315576000000s"}), json!({"length": "315576000000s"})),
        (json!({"mask": "parent.wInt32,text"}), json!({"mask": "parent.wInt32,text"})),
        // Any JSON.
        (
            json!({"json_object": {"a": {"b": [1, "c", null, true]}}}),
            json!({"json_object": {"a": {"b": [1.0, "c", null, true]}}}),
        ),
        (json!({"json_value": null}), json!({"json_value": null})),
        (json!({"json_value": [1, {}]}), json!({"json_value": [1.0, {}]})),
        (json!({"json_list": [null, "a"]}), json!({"json_list": [null, "a"]})),
        (json!({"json_values": [null, 1, [null]]}), json!({"json_values": [null, 1.0, [null]]})),
        // Wrappers are as what they wrap, and know nothing from zero.
        (
            json!({"w_bool": false, "w_string": "", "w_bytes": "_-8"}),
            json!({"w_bool": false, "w_string": "", "w_bytes": "/+8="}),
        ),
        (
            json!({"w_int32": 0, "w_int64": 5, "w_uint32": "6", "w_uint64": "7"}),
            json!({"w_int32": 0, "w_int64": "5", "w_uint32": 6, "w_uint64": "7"}),
        ),
        (json!({"w_double": "NaN", "w_float": 1}), json!({"w_double": "NaN", "w_float": 1.0})),
        (json!({"w_int64s": [1, "2"], "w_int32": null}), json!({"w_int64s": ["1", "2"]})),
        // Any message, by its type.
        (
            json!({"any": {"@type": "type.googleapis.com/usher.rules.v1.Rule", "wInt64": 5, "color": 1}}),
            json!({"any": {"@type": "type.googleapis.com/usher.rules.v1.Rule", "w_int64": "5", "color": "RED"}}),
        ),
        (
            json!({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.5s"}}),
            json!({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.500s"}}),
        ),
        (
            json!({"any": {"@type": "x/google.protobuf.Any", "value": {"@type": "x/google.protobuf.BoolValue", "value": true}}}),
            json!({"any": {"@type": "x/google.protobuf.Any", "value": {"@type": "x/google.protobuf.BoolValue", "value": true}}}),
        ),
        (json!({"empty": {}}), json!({"empty": {}})),
        (json!({"parents": [{}, {"name": "a"}]}), json!({"parents": [{}, {"name": "a"}]})),
    ];
    for (body, message) in cases {
        becomes("POST", "/v1/rules", &body.to_string(), "Create", message);
    }
    // An Any of nothing has no type to be written with; it is taken all the same.
    assert!(sent("POST", "/v1/rules", br#"{"any": {}}"#).is_ok());
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let cases: [(&str, &[&str]); 52] = [
        ("[]", &["(body)"]),
        ("null", &["(body)"]),
        (r#""a""#, &["(body)"]),
        ("{", &["(body)"]),
        ("{} {}", &["(body)"]),
        (r#"{"text": "a",}"#, &["(body)"]),
        (r#"{"text": 'a'}"#, &["(body)"]),
        (r#"{"i32": 007}"#, &["(body)"]),
        (r#"{"i32": NaN}"#, &["(body)"]),
        (r#"{"text": "a", "text": "a"}"#, &["(body)"]),
        (r#"{"text": "\ud800"}"#, &["(body)"]),
        (r#"{"w_int32": 1, "wInt32": 1}"#, &["w_int32"]),
        (
            r#"{"nothing": 1, "parent": {"nothing": 1}, "parents": [{}, {"nothing": 1}]}"#,
            &["nothing", "parent.nothing", "parents[1].nothing"],
        ),
        (r#"{"by_number": {"5": {"nothing": 1}, "x": {}}}"#, &["by_number[5].nothing", "by_number[x]"]),
        (r#"{"labels": {"a": 1, "b": null}, "by_truth": {"yes": 1}}"#, &["by_truth[yes]", "labels[a]", "labels[b]"]),
        (r#"{"labels": []}"#, &["labels"]),
        (r#"{"texts": "a"}"#, &["texts"]),
        (r#"{"texts": ["a", null, 1]}"#, &["texts[1]", "texts[2]"]),
        (r#"{"text": 1}"#, &["text"]),
        (r#"{"parent": "a"}"#, &["parent"]),
        (r#"{"parent": [{}]}"#, &["parent"]),
        (r#"{"i32": 1.5}"#, &["i32"]),
        (r#"{"i32": 2147483648}"#, &["i32"]),
        (r#"{"i32": "1 "}"#, &["i32"]),
        (r#"{"i32": ""}"#, &["i32"]),
        (r#"{"i32": "+1"}"#, &["i32"]),
        (r#"{"i32": true}"#, &["i32"]),
        (r#"{"u32": -1}"#, &["u32"]),
        (r#"{"i64": 9223372036854775808}"#, &["i64"]),
        (r#"{"u64": 18446744073709551616}"#, &["u64"]),
        (r#"{"u64": -1}"#, &["u64"]),
        (r#"{"single": 1e39}"#, &["single"]),
        (r#"{"real": 1e309}"#, &["(body)"]),
        (r#"{"real": "1,5"}"#, &["real"]),
        (r#"{"real": "inf"}"#, &["real"]),
        (r#"{"yes": "true"}"#, &["yes"]),
        (r#"{"yes": 1}"#, &["yes"]),
        (r#"{"raw": "*"}"#, &["raw"]),
        (r#"{"raw": 1}"#, &["raw"]),
        (r#"{"color": "PINK", "colors": [7]}"#, &["color", "colors[0]"]),
        (r#"{"color": "red"}"#, &["color"]),
        (r#"{"one": "a", "two": 1}"#, &["two"]),
        (r#"{"none": null, "one": "a"}"#, &["one"]),
        (r#"{"at": "2030-01-01"}"#, &["at"]),
        (r#"{"at": 5}"#, &["at"]),
        (r#"{"at": "10000-01-01T00:00:00Z"}"#, &["at"]),
        (r#"{"length": "5"}"#, &["length"]),
        (r#"{"length": "315576000001s", "mask": "a b"}"#, &["length", "mask"]),
        (r#"{"w_int32": "x", "w_bool": "true", "w_int64s": [null]}"#, &["w_bool", "w_int32", "w_int64s[0]"]),
        (r#"{"any": {"@type": "x/usher.rules.v1.Rule", "parent": {"nothing": 1}}}"#, &["any.parent.nothing"]),
        (
            r#"{"any": {"name": "a"}, "parent": {"any": {"@type": "x/no.such.Type"}}}"#,
            &["any.@type", "parent.any.@type"],
        ),
        (r#"{"any": {"@type": "x/google.protobuf.Duration", "value": "5", "more": 1}}"#, &["any.more", "any.value"]),
    ];
    for (body, names) in cases {
        refused("POST", "/v1/rules", body, 400, names);
    }
    assert_eq!(sent("POST", "/v1/rules", b"{\"text\": \"\xff\"}").unwrap_err(), (400, vec!["(body)".to_owned()]));
}

#[test]
fn depth_is_bounded_where_every_service_can_still_read_it() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
    // The deepest that passes is deepest as JSON that stays JSON: what it becomes must still be readable.
    let deepest = nested(r#"{"a":"#, "}", 31);
    let (_, message) = sent("POST", "/v1/keep", deepest.as_bytes()).unwrap();
    let encoded = prost::Message::encode_to_vec(&message);
    assert!(
        prost_reflect::DynamicMessage::decode(prost_reflect::ReflectMessage::descriptor(&message), encoded.as_slice())
            .is_ok()
    );
    refused("POST", "/v1/keep", &nested(r#"{"a":"#, "}", 32), 400, &["(body)"]);
    refused("POST", "/v1/rules", &nested(r#"{"parent":"#, "}", 32), 400, &["(body)"]);
    refused("POST", "/v1/rules", &nested(r#"{"parents":["#, "]}", 100_000), 400, &["(body)"]);
}
