//! From an HTTP request to the RPC's message: path variables, query parameters and body, each into its fields, as
//! `google/api/http.proto` says. Collects all that is wrong before it refuses.

use std::{borrow::Cow, collections::HashSet};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value};

use crate::{
    refusal::{self, Refused},
    routes::{Body, Route, Variable},
    transcode::{Violations, field, json, strict, text},
};

/// What a request brings.
#[derive(Debug)]
pub(crate) struct Sent<'r> {
    /// The raw text of the path's variables.
    pub(crate) variables: &'r [&'r str],
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
        Body::Whole => {
            let whole = json::message(&message.descriptor(), parse(sent.headers, &sent.body)?, "", &mut wrong);
            if let Some(Value::Message(whole)) = whole {
                message = whole;
            }
        }
        Body::Field(field) => {
            let value = json::field_value(field, parse(sent.headers, &sent.body)?, field.name(), &mut wrong);
            if let Some(value) = value {
                message.set_field(field, value);
            }
        }
        Body::Raw(None) => fill_raw(&mut message, sent.headers, sent.body),
        Body::Raw(Some(field)) => {
            if let Value::Message(raw) = message.get_field_mut(field) {
                fill_raw(raw, sent.headers, sent.body);
            }
        }
    }
    for (variable, raw) in route.variables.iter().zip(sent.variables) {
        // The path wins over the body: it is what was routed by.
        if let Err(why) = fill_variable(&mut message, variable, raw) {
            wrong.push(&path_of(&variable.way), why);
        }
    }
    query_into(&mut message, route, sent.query, &mut wrong);
    wrong.into_result().map(|()| message).map_err(refusal::fields)
}

fn fill_variable(message: &mut DynamicMessage, variable: &Variable, raw: &str) -> Result<(), String> {
    let Some(leaf) = variable.way.last() else { return Ok(()) };
    let decoded = if variable.spans { decoded_between_slashes(raw) } else { percent_decode_str(raw).into() };
    let said = std::str::from_utf8(&decoded).map_err(|_| "must be UTF-8".to_owned())?;
    set(message, &variable.way, text::value(&leaf.kind(), said)?)
}

/// All but the encoded slashes, which stay as they are: decoded they would look like those that part segments.
fn decoded_between_slashes(raw: &str) -> Cow<'_, [u8]> {
    let mut decoded = Vec::new();
    let mut left = raw;
    while let Some(at) = left.as_bytes().windows(3).position(|three| three.eq_ignore_ascii_case(b"%2F")) {
        decoded.extend(percent_decode_str(&left[..at]));
        decoded.extend_from_slice(&left.as_bytes()[at..at + 3]);
        left = &left[at + 3..];
    }
    decoded.extend(percent_decode_str(left));
    decoded.into()
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
    let Some(leaf) = way.last() else { return Err("is unknown".to_owned()) };
    if route.variables.iter().any(|variable| variable.way == way) {
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
    set(message, &way, value)
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

/// Puts the value where the way leads; a list gets it added.
fn set(message: &mut DynamicMessage, way: &[FieldDescriptor], value: Value) -> Result<(), String> {
    let Some((field, rest)) = way.split_first() else { return Ok(()) };
    json::alone(message, field)?;
    match (rest, message.get_field_mut(field)) {
        ([], Value::List(list)) => list.push(value),
        ([], single) => *single = value,
        (rest, Value::Message(inner)) => return set(inner, rest, value),
        _ => {}
    }
    Ok(())
}

fn parse(headers: &HeaderMap, body: &Bytes) -> Result<serde_json::Value, Refused> {
    if body.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    if !is_json(headers) {
        let wrong = "the body must be JSON: send content-type: application/json";
        return Err(Refused::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong));
    }
    let text = std::str::from_utf8(body).map_err(|_| refusal::field("(body)", "must be UTF-8"))?;
    strict::parse(text).map_err(|error| refusal::field("(body)", format!("must be JSON: {error}")))
}

/// JSON is UTF-8 between systems (RFC 8259, 8.1): another charset is another type.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let mime = parts.next().unwrap_or_default();
    let mut charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let utf_8 = |(_, charset): (_, &str)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8");
    mime.eq_ignore_ascii_case("application/json") && charsets.all(utf_8)
}

/// The bytes as they came: somebody signed them.
fn fill_raw(raw: &mut DynamicMessage, headers: &HeaderMap, body: Bytes) {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    raw.set_field_by_name("content_type", Value::String(content_type.to_owned()));
    raw.set_field_by_name("data", Value::Bytes(body));
}

#[cfg(test)]
mod tests;
