//! JSON into messages, by the proto3 JSON mapping; stricter than it has to be: what is unknown or of the wrong type is
//! named by its path, and all of it at once.

use std::collections::{HashMap, HashSet};

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json};

use super::{
    Violations, field, text,
    wellknown::{self, WellKnown},
};

/// The value of `field` in `json`; `None` for null, which means that it was left out, and where it is wrong.
pub(crate) fn field_value(field: &FieldDescriptor, json: Json, path: &str, wrong: &mut Violations) -> Option<Value> {
    if json.is_null() && (field.is_list() || field.is_map() || !wellknown::takes_null(&field.kind())) {
        return None;
    }
    if field.is_map() {
        return map(field, json, path, wrong);
    }
    if !field.is_list() {
        return single(&field.kind(), json, path, wrong);
    }
    let Json::Array(items) = json else {
        wrong.push(path, format!("must be a list, not {}", kind_of(&json)));
        return None;
    };
    let kind = field.kind();
    let mut values = Vec::with_capacity(items.len());
    for (n, item) in items.into_iter().enumerate() {
        if wrong.is_full() {
            return None;
        }
        values.extend(single(&kind, item, &format!("{path}[{n}]"), wrong));
    }
    Some(Value::List(values))
}

fn members_into(message: &mut DynamicMessage, members: Map<String, Json>, path: &str, wrong: &mut Violations) {
    let descriptor = message.descriptor();
    let mut seen = HashSet::new();
    for (name, json) in members {
        if wrong.is_full() {
            return;
        }
        let at = at(path, &name);
        let Some(field) = field::find(&descriptor, &name) else {
            wrong.push(&at, field::unknown(&descriptor));
            continue;
        };
        if let Err(why) = alone(message, &field) {
            wrong.push(&at, why);
        } else if !seen.insert(field.number()) {
            wrong.push(&at, "is sent twice, under both of its names");
        } else if let Some(value) = field_value(&field, json, &at, wrong) {
            message.set_field(&field, value);
        }
    }
}

/// Refuses a field beside another one of its `oneof` that has a value already.
pub(crate) fn alone(message: &DynamicMessage, field: &FieldDescriptor) -> Result<(), String> {
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
    let taken = oneof.and_then(|oneof| oneof.fields().find(|other| other != field && message.has_field(other)));
    taken.map_or(Ok(()), |sibling| Err(format!("can't be sent together with {}", sibling.name())))
}

/// The value of a single thing of that kind.
pub(super) fn single(kind: &Kind, json: Json, path: &str, wrong: &mut Violations) -> Option<Value> {
    let said = kind_of(&json);
    let value = match (kind, json) {
        (Kind::Message(inner), json) => return message(inner, json, path, wrong),
        (Kind::Bool, Json::Bool(value)) => Ok(Value::Bool(value)),
        (Kind::String, Json::String(value)) => Ok(Value::String(value)),
        (Kind::Enum(names), Json::Null) if wellknown::is_null(names.full_name()) => Ok(Value::EnumNumber(0)),
        (Kind::Bool | Kind::String, _) => Err(format!("must be {}, not {said}", name_of(kind))),
        (_, Json::String(value)) => text::value(kind, &value),
        (Kind::Enum(_), Json::Number(number)) => text::value(kind, &number.to_string()),
        (Kind::Bytes, _) => Err(format!("must be base64 in a string, not {said}")),
        (_, Json::Number(number)) => text::value(kind, &whole(&number)),
        _ => Err(format!("must be {}, not {said}", name_of(kind))),
    };
    value.map_err(|why| wrong.push(&at(path, ""), why)).ok()
}

/// `1.0` and `1e3` are whole numbers, too.
fn whole(number: &serde_json::Number) -> String {
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and exact just before")]
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 => {
            (float as i64).to_string()
        }
        _ => number.to_string(),
    }
}

/// The message of that type that `json` is.
pub(crate) fn message(descriptor: &MessageDescriptor, json: Json, path: &str, wrong: &mut Violations) -> Option<Value> {
    if let Some(own_form) = WellKnown::of(descriptor) {
        return own_form.read_json(descriptor, json, path, wrong);
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    match json {
        Json::Object(members) => members_into(&mut message, members, path, wrong),
        other => wrong.push(&at(path, ""), format!("must be an object, not {}", kind_of(&other))),
    }
    Some(Value::Message(message))
}

fn map(field: &FieldDescriptor, json: Json, path: &str, wrong: &mut Violations) -> Option<Value> {
    let Json::Object(members) = json else {
        wrong.push(path, format!("must be an object, not {}", kind_of(&json)));
        return None;
    };
    let kind = field.kind();
    let entry = kind.as_message()?;
    let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    let mut values = HashMap::new();
    for (name, json) in members {
        if wrong.is_full() {
            return None;
        }
        let at = format!("{path}[{name}]");
        let key = text::value(&key_kind, &name).and_then(|key| map_key(key).ok_or_else(|| "is no key".to_owned()));
        match key {
            Ok(key) => values.extend(single(&value_kind, json, &at, wrong).map(|value| (key, value))),
            Err(why) => wrong.push(&at, why),
        }
    }
    Some(Value::Map(values))
}

fn map_key(value: Value) -> Option<MapKey> {
    match value {
        Value::Bool(key) => Some(MapKey::Bool(key)),
        Value::I32(key) => Some(MapKey::I32(key)),
        Value::I64(key) => Some(MapKey::I64(key)),
        Value::U32(key) => Some(MapKey::U32(key)),
        Value::U64(key) => Some(MapKey::U64(key)),
        Value::String(key) => Some(MapKey::String(key)),
        _ => None,
    }
}

/// How a person names the field: `card_info.payment_method`, or the body itself.
pub(super) fn at(path: &str, name: &str) -> String {
    match (path, name) {
        ("", "") => "(body)".to_owned(),
        (path, "") => path.to_owned(),
        ("", name) => name.to_owned(),
        (path, name) => format!("{path}.{name}"),
    }
}

const fn kind_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

const fn name_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::String => "a string",
        Kind::Bytes => "base64 in a string",
        Kind::Enum(_) => "a name or a number",
        Kind::Float | Kind::Double => "a number",
        Kind::Message(_) => "an object",
        _ => "a whole number",
    }
}
