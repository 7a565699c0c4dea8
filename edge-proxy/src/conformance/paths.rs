//! Path templates, bindings, methods and which of several wins.

use serde_json::{Value as Json, json};
use usher::contract::api::{CustomHttpPattern, HttpRule, http_rule::Pattern};

use super::{RULES, becomes, refused};
use crate::routes::{Error, Route};

#[test]
fn a_path_leads_to_its_rpc_with_its_variables() {
    let cases: [(&str, &str, &str, Json); 25] = [
        // A variable is a segment, decoded on its own: an encoded slash is part of it.
        ("GET", "/v1/rules/a", "Get", json!({"name": "a"})),
        ("GET", "/v1/rules/a%2Fb%20c+d%25", "Get", json!({"name": "a/b c+d%"})),
        ("GET", "/v1/rules/caf%C3%A9", "Get", json!({"name": "café"})),
        ("GET", "/v1/rules/a%zz%", "Get", json!({"name": "a%zz%"})),
        // It may fill a field inside another, and span segments that are named.
        ("GET", "/v1/houses/7/rules/a", "Get", json!({"parent": {"name": "houses/7"}, "name": "a"})),
        // One that spans segments is decoded, too, all but its encoded slashes.
        (
            "GET",
            "/v1/houses/a%2Fb%2f%20c/rules/d%2Fe",
            "Get",
            json!({"parent": {"name": "houses/a%2Fb%2f c"}, "name": "d/e"}),
        ),
        // ** takes all that is left, and nothing where nothing is.
        ("GET", "/v1/files/a/b/c.txt", "Get", json!({"path": "a/b/c.txt"})),
        ("GET", "/v1/files/%41%2F/%252F", "Get", json!({"path": "A%2F/%2F"})),
        ("GET", "/v1/files/", "Get", json!({})),
        ("GET", "/v1/files", "Get", json!({})),
        // Before a verb as well.
        ("GET", "/v1/docs/a/b:read", "Get", json!({"path": "docs/a/b"})),
        ("GET", "/v1/docs:read", "Get", json!({"path": "docs"})),
        // * outside of a variable is any one segment, and fills nothing.
        ("GET", "/v1/any/thing/of/a", "Get", json!({"name": "a"})),
        // Literals win over variables, and a verb over none.
        ("GET", "/v1/rules/best", "Get", json!({})),
        ("POST", "/v1/rules/a:sort", "Sort", json!({"name": "a"})),
        ("POST", "/v1/rules/a:b:sort", "Sort", json!({"name": "a:b"})),
        ("POST", "/v1/rules:sortAll", "Sort", json!({})),
        ("GET", "/v1/rules/a:other", "Get", json!({"name": "a:other"})),
        // Scalars of every kind; enums by name or number.
        ("GET", "/v1/number/-7/RED/true/aGk", "Get", json!({"i64": "-7", "color": "RED", "yes": true, "raw": "aGk="})),
        ("GET", "/v1/number/7/-2/false/_-8", "Get", json!({"i64": "7", "color": "DARK_RED", "raw": "/+8="})),
        // Each method its own RPC; the same path may be several.
        ("POST", "/v1/rules", "Create", json!({})),
        ("PUT", "/v1/rules/a", "Replace", json!({"name": "a"})),
        ("DELETE", "/v1/rules/a", "Delete", json!({"name": "a"})),
        // Methods that HTTP has not, any method, and a HEAD of its own beside the GET's.
        ("LOOKUP", "/v1/custom", "Lookup", json!({})),
        ("HEAD", "/v1/rules/a", "Lookup", json!({"name": "a"})),
    ];
    for (method, target, rpc, message) in cases {
        becomes(method, target, "", rpc, message);
    }
    for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"] {
        becomes(method, "/v1/whatever", "", "Lookup", json!({}));
    }
    becomes("HEAD", "/v1/files/a", "", "Get", json!({"path": "a"}));
}

#[test]
fn another_path_is_404_and_another_method_405_with_those_that_there_are() {
    for path in [
        "/",
        "",
        "*",
        "/v1",
        "/v1/rules/",
        "/v1//rules",
        "/v1/rules/a/",
        "/v1/rules/a/b",
        "/v1/files/a//b",
        "/v1/houses/7/8/rules/a",
        "/v1/houses//rules/a",
        "/v1/docs/a/b",
        "/V1/rules/a",
        "/v1/rule%73/a",
        "/v1/any//of/a",
    ] {
        refused("GET", path, "", 404, &[]);
    }
    refused("POST", "/v1/rules/a", "", 405, &["DELETE", "GET", "HEAD", "PATCH", "PUT"]);
    refused("GET", "/v1/rules:sortAll", "", 405, &["POST"]);
    refused("GET", "/v1/custom", "", 405, &["LOOKUP"]);
}

#[test]
fn a_variable_that_is_none_is_refused_by_its_fields_name() {
    refused("GET", "/v1/number/x/PINK/yes/*", "", 400, &["i64", "color", "yes", "raw"]);
    refused("GET", "/v1/rules/%ff", "", 400, &["name"]);
    refused("GET", "/v1/houses/%ff/rules/a", "", 400, &["parent.name"]);
}

#[test]
fn rules_that_do_not_hold_together_are_refused_at_start() {
    let made = |rpc: &str, pattern: Pattern, body: &str, answer: &str| {
        let rule = HttpRule {
            pattern: Some(pattern),
            body: body.to_owned(),
            response_body: answer.to_owned(),
            ..HttpRule::default()
        };
        Route::make(&RULES.0, rpc, &rule)
    };
    let get = |path: &str| Pattern::Get(path.to_owned());
    assert!(made("Get", get("/v1/{parent.parent.name}"), "", "text").is_ok());
    for path in [
        "/v1/{nothing}",
        "/v1/{texts}",
        "/v1/{parent}",
        "/v1/{labels}",
        "/v1/{parents.name}",
        "/v1/{at}",
        "/v1/{name.x}",
    ] {
        assert!(matches!(made("Get", get(path), "", ""), Err(Error::Field { .. })), "{path}");
    }
    for path in ["", "v1", "/v1/{name", "/v1/{name=**}/x", "/v1/{name}/{name}"] {
        assert!(matches!(made("Get", get(path), "", ""), Err(Error::Template { .. })), "{path}");
    }
    assert!(matches!(made("Create", get("/v1"), "nothing", ""), Err(Error::Field { .. })));
    assert!(matches!(made("Create", get("/v1"), "parent.name", ""), Err(Error::Field { .. })), "only at the top");
    assert!(matches!(made("Get", get("/v1"), "", "nothing"), Err(Error::Field { .. })));
    assert!(matches!(made("Watch", get("/v1"), "", "picture"), Err(Error::Unsupported { .. })));
    let custom = |kind: &str| Pattern::Custom(CustomHttpPattern { kind: kind.to_owned(), path: "/v1".to_owned() });
    assert!(made("Get", custom("PURGE"), "", "").is_ok());
    assert!(matches!(made("Get", custom("NOT A METHOD"), "", ""), Err(Error::Unsupported { .. })));
}
