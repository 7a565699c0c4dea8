//! From an HTTP request to the RPC's message: path variables, query parameters and body, each into its fields, as
//! `google/api/http.proto` says. Collects all that is wrong before it refuses.

use std::{borrow::Cow, collections::HashSet};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use crate::{
    refusal::{self, Refused},
    routes::{Body, Route},
    transcode::{Violations, field, json, strict, text},
};

/// What a request brings.
#[derive(Debug)]
pub(crate) struct Sent<'r> {
    /// The raw text of the path's variables.
    pub(crate) variables: Vec<&'r str>,
    /// The raw query.
    pub(crate) query: &'r str,
    /// The headers.
    pub(crate) headers: &'r HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

/// The message that the request makes for the route's RPC.
pub(crate) fn decode(route: &Route, sent: Sent<'_>) -> Result<DynamicMessage, Refused> {
    let mut message = DynamicMessage::new(route.rpc.method.input());
    let mut wrong = Violations::default();
    match &route.body {
        Body::None => {}
        Body::Whole => json::merge(&mut message, parse(sent.headers, &sent.body)?, "", &mut wrong),
        Body::Field(field) => {
            let value = json::field_value(field, parse(sent.headers, &sent.body)?, field.name(), &mut wrong);
            if let Some(value) = value {
                message.set_field(field, value);
            }
        }
        Body::Raw(field) => raw_into(&mut message, field, sent.headers, sent.body),
    }
    for (way, raw) in route.variables.iter().zip(sent.variables) {
        let value = percent_decode_str(raw).decode_utf8().map_err(|_| "must be UTF-8".to_owned());
        let value =
            value.and_then(|text| leaf(way).map_or(Err(String::new()), |leaf| text::value(&leaf.kind(), &text)));
        match value {
            // The path wins over the body: it is what was routed by.
            Ok(value) => set(&mut message, way, value),
            Err(why) => wrong.push(&path_of(way), why),
        }
    }
    query_into(&mut message, route, sent.query, &mut wrong);
    wrong.into_result().map(|()| message).map_err(refusal::fields)
}

fn query_into(message: &mut DynamicMessage, route: &Route, query: &str, wrong: &mut Violations) {
    let mut seen = HashSet::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), value) = (text_of(name), text_of(value)) else {
            wrong.push(name, "must be UTF-8");
            continue;
        };
        let added = match value {
            None => Err("must be UTF-8".to_owned()),
            Some(value) => parameter(message, route, &name, &value, &mut seen),
        };
        if let Err(why) = added {
            wrong.push(&name, why);
        }
    }
}

fn parameter(
    message: &mut DynamicMessage,
    route: &Route,
    name: &str,
    value: &str,
    seen: &mut HashSet<String>,
) -> Result<(), String> {
    if !matches!(route.body, Body::None | Body::Field(_)) {
        return Err("goes into the body: this path takes no query parameters".to_owned());
    }
    let way = field::resolve(&route.rpc.method.input(), name)?;
    let Some(leaf) = leaf(&way) else { return Err("is unknown".to_owned()) };
    if route.variables.contains(&way) {
        return Err("is given in the path".to_owned());
    }
    if matches!(&route.body, Body::Field(body) if way.first() == Some(body)) {
        return Err("goes into the body".to_owned());
    }
    if leaf.is_map() {
        return Err("can't be given in a query".to_owned());
    }
    let value = text::value(&leaf.kind(), value)?;
    // Under either of its names.
    if !seen.insert(path_of(&way)) && !leaf.is_list() {
        return Err("is given twice".to_owned());
    }
    set(message, &way, value);
    Ok(())
}

/// The text of a query's part: `+` is a space there. `None` where it is no UTF-8.
fn text_of(part: &str) -> Option<Cow<'_, str>> {
    let spaced: Cow<'_, str> = if part.contains('+') { part.replace('+', " ").into() } else { part.into() };
    match spaced {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8().ok(),
        Cow::Owned(text) => percent_decode_str(&text).decode_utf8().ok().map(|text| text.into_owned().into()),
    }
}

fn path_of(way: &[FieldDescriptor]) -> String {
    way.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}

fn leaf(way: &[FieldDescriptor]) -> Option<&FieldDescriptor> {
    way.last()
}

/// Puts the value where the way leads; a list gets it added.
fn set(message: &mut DynamicMessage, way: &[FieldDescriptor], value: Value) {
    match way {
        [] => {}
        [leaf] if leaf.is_list() => {
            if let Some(list) = message.get_field_mut(leaf).as_list_mut() {
                list.push(value);
            }
        }
        [leaf] => message.set_field(leaf, value),
        [next, rest @ ..] => {
            if let Value::Message(inner) = message.get_field_mut(next) {
                set(inner, rest, value);
            }
        }
    }
}

fn parse(headers: &HeaderMap, body: &Bytes) -> Result<serde_json::Value, Refused> {
    if body.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let mime = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !mime.eq_ignore_ascii_case("application/json") {
        let wrong = "the body must be JSON: send content-type: application/json";
        return Err(Refused::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong));
    }
    let text = std::str::from_utf8(body).map_err(|_| refusal::field("(body)", "must be UTF-8"))?;
    strict::parse(text).map_err(|error| refusal::field("(body)", format!("must be JSON: {error}")))
}

/// The bytes as they came: somebody signed them.
fn raw_into(message: &mut DynamicMessage, field: &FieldDescriptor, headers: &HeaderMap, body: Bytes) {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Value::Message(raw) = message.get_field_mut(field) {
        raw.set_field_by_name("content_type", Value::String(content_type.to_owned()));
        raw.set_field_by_name("data", Value::Bytes(body));
    }
}

#[cfg(test)]
mod tests;
