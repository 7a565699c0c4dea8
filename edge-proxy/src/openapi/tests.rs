//! The document against the contract: complete, and without a dead reference.

use prost_reflect::{DynamicMessage, Value as Dynamic};
use usher::contract::access::Access;

use super::*;
use crate::{
    routes::{Answer, Body},
    transcode::{Violations, json},
};

fn made() -> (Value, RouteTable) {
    let contract = Descriptors::load().unwrap();
    let routes = RouteTable::derive(&contract).unwrap();
    (document(&contract, &routes), routes)
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str() {
            Some(target) if name == "$ref" => found.push(target.to_owned()),
            _ => references(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_route_is_an_operation_with_words() {
    let (document, routes) = made();
    for route in routes.iter() {
        let operation = &document["paths"][route.path()][route.http_method().to_lowercase()];
        assert!(operation["description"].as_str().unwrap().len() > 10, "{} has no comment", route.rpc());
        let open = operation["security"] == json!([]);
        assert_eq!(open, route.access() == Access::Public, "{}", route.rpc());
    }
}

#[test]
fn no_reference_is_dead_and_no_two_messages_share_a_name() {
    let (document, _) = made();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for target in found {
        let path = target.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some_and(Value::is_object), "{target}");
    }
    let contract = Descriptors::load().unwrap();
    let methods: Vec<_> = contract.methods().collect();
    let mut names: Vec<_> = methods.iter().flat_map(|method| [method.input(), method.output()]).collect();
    names.sort_by_key(|message| message.full_name().to_owned());
    names.dedup();
    let mut short: Vec<_> = names.iter().map(|message| message.name().to_owned()).collect();
    short.sort_unstable();
    short.dedup();
    assert_eq!(short.len(), names.len());
}

#[test]
fn parameters_say_where_they_go() {
    let (document, _) = made();
    let event = &document["paths"]["/v1/event/{event_id}"]["get"]["parameters"][0];
    assert_eq!((&event["in"], &event["required"]), (&json!("path"), &json!(true)));
    let search = document["paths"]["/v1/search"]["get"]["parameters"].as_array().unwrap();
    let from = search.iter().find(|parameter| parameter["name"] == "from").unwrap();
    assert_eq!((&from["in"], &from["schema"]["format"]), (&json!("query"), &json!("date-time")));
    assert!(document["paths"]["/v1/reserve"]["post"]["parameters"].is_null(), "all in the body");
}

#[test]
fn a_raw_answer_is_bytes_of_any_kind() {
    let (document, _) = made();
    let ticket = &document["paths"]["/v1/booking/{booking_id}/ticket/{ticket_id}"]["get"];
    assert_eq!(ticket["responses"]["200"]["content"], json!({"*/*": {"schema": {}}}));
    assert_eq!(ticket["responses"]["404"]["$ref"], "#/components/responses/404");
    assert!(document["components"]["schemas"]["google.api.HttpBody"].is_null(), "nobody gets it as JSON");
}

/// Reads JSON as the edge reads requests: what is unknown or of the wrong type is no example.
#[track_caller]
fn read(message: &prost_reflect::MessageDescriptor, example: &Value) -> DynamicMessage {
    let mut wrong = Violations::default();
    let read = json::message(message, example.clone(), "", &mut wrong);
    wrong.into_result().unwrap_or_else(|wrong| panic!("{}: {wrong:?}", message.full_name()));
    match read {
        Some(Dynamic::Message(read)) => read,
        other => panic!("{}: {other:?}", message.full_name()),
    }
}

#[test]
fn every_operation_has_examples_that_are_what_they_should_be() {
    let (document, routes) = made();
    let examples = Examples::read();
    for route in routes.iter() {
        let rpc = &route.rpc;
        let where_to = "put one into examples.json, beside the contract";
        let operation = &document["paths"][route.path()][route.http_method().to_lowercase()];
        if rpc.method.input().fields().len() > 0 && !matches!(route.body, Body::Raw(_)) {
            let request = examples.request(rpc).unwrap_or_else(|| panic!("{} has no request: {where_to}", route.rpc()));
            read(&rpc.method.input(), request);
            let in_body = !operation["requestBody"]["content"]["application/json"]["example"].is_null();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_parameters = parameters.filter(|parameter| !parameter["example"].is_null()).count();
            assert!(in_body || in_parameters == request.as_object().unwrap().len(), "{}: {request}", route.rpc());
        }
        if !matches!(route.answer, Answer::Raw(_)) {
            let answer = examples.answer(rpc).unwrap_or_else(|| panic!("{} has no answer: {where_to}", route.rpc()));
            let shown: Value =
                serde_json::from_slice(&crate::transcode::encode(&read(&rpc.method.output(), answer)).unwrap())
                    .unwrap();
            assert_eq!(&shown, answer, "{}: exactly as it is sent", route.rpc());
        }
    }
    let rpcs: Vec<_> = routes.iter().map(Route::rpc).collect();
    assert!(examples.names().all(|name| rpcs.contains(&name)), "an example of what there is not");
}

#[test]
fn every_reason_is_told_under_its_status() {
    let (document, _) = made();
    let taken = &document["components"]["responses"]["409"];
    assert!(taken["description"].as_str().unwrap().contains("`SEAT_TAKEN`: Somebody else holds"), "{taken}");
    let example = &taken["content"]["application/json"]["examples"]["SEAT_TAKEN"]["value"];
    assert_eq!((&example["code"], &example["details"][0]["metadata"]["ticket_id"]), (&json!(10), &json!("7340033")));
    for status in ["400", "401", "403", "404", "406", "408", "413", "415", "429", "500", "501", "503", "504"] {
        assert!(document["components"]["responses"][status].is_object(), "{status}");
    }
}

#[test]
fn what_is_sent_may_be_said_in_more_ways_than_what_is_answered() {
    let (document, _) = made();
    let schemas = &document["components"]["schemas"];
    let sent = &schemas["ReserveRequest"]["properties"]["ticket_id"];
    assert_eq!(sent["type"], json!(["integer", "string", "null"]));
    let answered = &schemas["Reservation"];
    assert_eq!(answered["properties"]["amount"]["type"], "string");
    assert!(answered["required"].as_array().unwrap().contains(&json!("amount")), "always there");
    assert!(!answered["required"].as_array().unwrap().contains(&json!("expires_at")), "may be missing");
    assert_eq!(
        schemas["SellAtDoorRequest.PaymentSent"]["enum"],
        json!(["PAYMENT_UNSPECIFIED", "CASH", "COMPLIMENTARY", 0, 1, 2])
    );
    assert!(schemas["ScreenSent"].is_object() && schemas["Screen"].is_object(), "goes both ways");
}

#[test]
fn rules_that_no_rpc_has_yet_are_told_as_well() {
    let (contract, routes) = &*crate::conformance::RULES;
    let document = document(contract, routes);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(
        found.iter().all(|target| document.pointer(target.strip_prefix('#').unwrap()).is_some_and(Value::is_object))
    );
    let get = &document["paths"]["/v1/{parent.name}/rules/{name}"]["get"];
    assert!(get["operationId"].as_str().unwrap().starts_with("Get"), "each binding has an id of its own: {get}");
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let mut ids: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    let named = |name: &str| get["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == name);
    assert_eq!(named("parent.name").unwrap()["in"], "path");
    assert_eq!(named("w_int32").unwrap()["schema"]["type"], "integer");
    assert!(named("json_object").is_none() && named("any").is_none(), "not in a query");
    assert!(document["paths"]["/v1/custom"].is_null(), "OpenAPI has no such method");
    let part = &document["paths"]["/v1/part/i64"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(part["type"], "string");
}
