//! The messages of `google.protobuf` that have a JSON form, or a form of text, of their own: times, durations, wrappers,
//! field masks, any JSON, any message. All others are objects like any message.

use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::Value as Json;

use super::{Violations, json, text};

const PACKAGE: &str = "google.protobuf.";
/// The member of an `Any` that says of which type it is, and the one with the value of those whose form is no object.
const ANY_TYPE: &str = "@type";
const ANY_VALUE: &str = "value";

/// A form of its own.
#[derive(Debug)]
pub(super) enum WellKnown {
    /// Written as its one field is.
    Wrapper(FieldDescriptor),
    /// Paths with commas between.
    FieldMask,
    /// A message of whatever type it names.
    Any,
    /// One string; what it looks like.
    Text(&'static str),
    /// JSON as it comes; what it must be.
    Json(&'static str),
}

impl WellKnown {
    /// The form of `message`; `None` where it is an object like any other.
    pub(super) fn of(message: &MessageDescriptor) -> Option<Self> {
        Some(match message.full_name().strip_prefix(PACKAGE)? {
            "Timestamp" => Self::Text("a time in RFC 3339, such as 2030-12-31T20:00:00Z"),
            "Duration" => Self::Text("a duration in seconds, such as 1.5s"),
            "FieldMask" => Self::FieldMask,
            "Any" => Self::Any,
            "Struct" => Self::Json("an object"),
            "ListValue" => Self::Json("a list"),
            "Value" => Self::Json("JSON"),
            "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value"
            | "BoolValue" | "StringValue" | "BytesValue" => Self::Wrapper(message.get_field_by_name("value")?),
            _ => return None,
        })
    }

    /// The value that `said` is, from a path's variable or a query; an error says what it must be.
    pub(super) fn read_text(&self, message: &MessageDescriptor, said: &str) -> Result<Value, String> {
        match self {
            Self::Wrapper(value) => Ok(wrapped(message, value, text::value(&value.kind(), said)?)),
            Self::FieldMask => field_mask(message, said),
            Self::Text(looks_like) => as_the_library_reads(message, Json::String(said.to_owned()), looks_like),
            Self::Any | Self::Json(_) => Err("can only be sent in a body, as JSON".to_owned()),
        }
    }

    /// The value that `sent` is; what is wrong is added to `wrong`.
    pub(super) fn read_json(
        &self,
        message: &MessageDescriptor,
        sent: Json,
        path: &str,
        wrong: &mut Violations,
    ) -> Option<Value> {
        let value = match (self, sent) {
            (Self::Wrapper(value), sent) => {
                return json::single(&value.kind(), sent, path, wrong).map(|inner| wrapped(message, value, inner));
            }
            (Self::Any, sent) => return any(message, sent, path, wrong),
            (Self::FieldMask, Json::String(said)) => field_mask(message, &said),
            (Self::FieldMask, _) => Err(format!("must be {FIELD_MASK}")),
            (Self::Text(looks_like) | Self::Json(looks_like), sent) => as_the_library_reads(message, sent, looks_like),
        };
        value.map_err(|why| wrong.push(&json::at(path, ""), why)).ok()
    }
}

fn wrapped(message: &MessageDescriptor, field: &FieldDescriptor, value: Value) -> Value {
    let mut wrapper = DynamicMessage::new(message.clone());
    wrapper.set_field(field, value);
    Value::Message(wrapper)
}

fn as_the_library_reads(message: &MessageDescriptor, sent: Json, looks_like: &str) -> Result<Value, String> {
    let read = DynamicMessage::deserialize(message.clone(), sent).map(Value::Message);
    read.map_err(|_| format!("must be {looks_like}"))
}

const FIELD_MASK: &str = "names of fields, separated by commas";

/// In either spelling, as everywhere: `event_name,cancelPolicy.feePercent`.
fn field_mask(message: &MessageDescriptor, said: &str) -> Result<Value, String> {
    let mut paths = Vec::new();
    for path in said.split(',').filter(|_| !said.is_empty()) {
        let plain =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !path.split('.').all(plain) {
            return Err(format!("must be {FIELD_MASK}"));
        }
        let mut snake = String::with_capacity(path.len());
        for letter in path.chars() {
            if letter.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        paths.push(Value::String(snake));
    }
    let mut mask = DynamicMessage::new(message.clone());
    mask.try_set_field_by_name("paths", Value::List(paths)).map_err(|_| format!("must be {FIELD_MASK}"))?;
    Ok(Value::Message(mask))
}

/// A message of a type that the contract knows, its fields beside `@type`; of one with a form of its own, in `value`.
fn any(any: &MessageDescriptor, sent: Json, path: &str, wrong: &mut Violations) -> Option<Value> {
    let mut packed = DynamicMessage::new(any.clone());
    let Json::Object(mut members) = sent else {
        wrong.push(&json::at(path, ""), "must be an object with its type in @type");
        return None;
    };
    if members.is_empty() {
        return Some(Value::Message(packed));
    }
    let named = match members.remove(ANY_TYPE) {
        Some(Json::String(named)) => named,
        _ => String::new(),
    };
    let inner = named.rsplit_once('/').and_then(|(_, name)| any.parent_pool().get_message_by_name(name));
    let Some(inner) = inner else {
        wrong
            .push(&json::at(path, ANY_TYPE), "must name a type of this API, such as type.googleapis.com/its.full.Name");
        return None;
    };
    let value = match WellKnown::of(&inner) {
        None => json::message(&inner, Json::Object(members), path, wrong),
        Some(_) => {
            let value = members.remove(ANY_VALUE).unwrap_or_default();
            members.keys().for_each(|name| wrong.push(&json::at(path, name), "is unknown; known here: @type, value"));
            json::message(&inner, value, &json::at(path, ANY_VALUE), wrong)
        }
    };
    let Some(Value::Message(value)) = value else { return None };
    packed.set_field_by_name("type_url", Value::String(named));
    packed.set_field_by_name("value", Value::Bytes(value.encode_to_vec().into()));
    Some(Value::Message(packed))
}

/// Whether null is a value of that kind, and not a way to leave it out.
pub(super) fn takes_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(names) => is_null(names.full_name()),
        _ => false,
    }
}

/// Whether that enum is the one whose only value is null.
pub(super) fn is_null(full_name: &str) -> bool {
    full_name == "google.protobuf.NullValue"
}
