//! The document against the contract: complete, and without a dead reference.

use super::*;

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
    assert_eq!(ticket["responses"]["default"]["content"]["application/json"]["schema"], reference("Status"));
    assert!(document["components"]["schemas"]["google.api.HttpBody"].is_null(), "nobody gets it as JSON");
}
