//! What an operation takes beside its body: the path's variables, the query's parameters, a few headers.

use std::collections::HashSet;

use http::header;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::{examples::Examples, schema::Schemas};
use crate::{
    descriptors::Descriptors,
    rest::{RESUME_FIELD, SIGNATURE_HEADER},
    routes::{Body, Route},
    transcode::text,
};

/// The parameters of `route`.
pub(super) fn of(route: &Route, contract: &Descriptors, examples: &Examples, schemas: &mut Schemas<'_>) -> Vec<Value> {
    let example = examples.request(&route.rpc);
    let path = route.variables.iter().map(|variable| ("path", variable.way.clone()));
    let query = in_query(route).into_iter().map(|way| ("query", way));
    let placed = path.chain(query).collect::<Vec<_>>().into_iter();
    let fields = placed.filter_map(|(place, way)| {
        let leaf = way.last()?;
        let name = name(&way);
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": place == "path",
            "description": contract.comment(&leaf.parent_message().parent_file(), leaf.path()),
            "schema": schemas.parameter(leaf),
        });
        if let Some(example) = example.and_then(|example| example.pointer(&format!("/{}", name.replace('.', "/")))) {
            parameter["example"] = as_text_reads(example);
        }
        Some(parameter)
    });
    fields.chain(headers(route)).collect()
}

/// A number in a string is a number in an address.
fn as_text_reads(example: &Value) -> Value {
    example.as_str().and_then(|text| text.parse::<i64>().ok()).map_or_else(|| example.clone(), Value::from)
}

/// The ways to all fields that the query may fill.
fn in_query(route: &Route) -> Vec<Vec<FieldDescriptor>> {
    let mut ways = Vec::new();
    if matches!(route.body, Body::None | Body::Field(_)) {
        leaves(&route.rpc.method.input(), &mut Vec::new(), &mut HashSet::new(), &mut ways);
    }
    let taken = |way: &Vec<FieldDescriptor>| {
        route.variables.iter().any(|variable| variable.way == *way)
            || matches!(&route.body, Body::Field(body) if way.first() == Some(body))
    };
    ways.retain(|way| !taken(way));
    ways
}

/// Adds the ways to the fields that text can fill. A message that holds its own kind is not followed without end.
fn leaves(
    message: &MessageDescriptor,
    way: &mut Vec<FieldDescriptor>,
    above: &mut HashSet<String>,
    ways: &mut Vec<Vec<FieldDescriptor>>,
) {
    if !above.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        way.push(field.clone());
        match field.kind() {
            Kind::Message(inner) if !text::is_text(&inner) => {
                if !field.is_list() && !field.is_map() && !text::is_json(&inner) {
                    leaves(&inner, way, above, ways);
                }
            }
            _ => ways.push(way.clone()),
        }
        way.pop();
    }
    above.remove(message.full_name());
}

fn name(way: &[FieldDescriptor]) -> String {
    way.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}

/// Whether an answer may be one that the caller has already.
pub(super) fn knows_tags(route: &Route) -> bool {
    route.http_method() == "GET" && !route.rpc.method.is_server_streaming() && !route.is_answered_raw()
}

fn headers(route: &Route) -> Vec<Value> {
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}});
    let mut headers = Vec::new();
    if route.is_raw() {
        headers.push(header(SIGNATURE_HEADER, "The sender's signature over the body."));
    }
    if route.rpc.method.is_server_streaming() && route.rpc.method.input().get_field_by_name(RESUME_FIELD).is_some() {
        headers.push(header("Last-Event-ID", "Goes on after the event with this id, as browsers do by themselves."));
    }
    if knows_tags(route) {
        let known = "The tags of answers that the caller has: 304 where one of them is still the same.";
        headers.push(header(header::IF_NONE_MATCH.as_str(), known));
    }
    headers
}
