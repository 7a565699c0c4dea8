//! Messages as proto3 JSON: the contract's own names, 64-bit numbers as strings, nothing left out that has a value by
//! default. Forms that are written as they are anywhere (times, masks, JSON itself) are left to the library.

use std::io::Write as _;

use data_encoding::BASE64;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, SerializeOptions, Value};
use serde_json::Error;

use super::wellknown::{self, WellKnown};

/// Writes the message.
pub(super) fn message(out: &mut Vec<u8>, message: &DynamicMessage) -> Result<(), Error> {
    let descriptor = message.descriptor();
    match WellKnown::of(&descriptor) {
        Some(WellKnown::Wrapper(field)) => return single(out, &field.kind(), &message.get_field(&field)),
        Some(_) => {
            let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
            return message.serialize_with_options(&mut serde_json::Serializer::new(out), &options);
        }
        None => {}
    }
    out.push(b'{');
    let mut first = true;
    for field in descriptor.fields().filter(|field| !field.supports_presence() || message.has_field(field)) {
        if !first {
            out.push(b',');
        }
        first = false;
        string(out, field.name())?;
        out.push(b':');
        value(out, &field, &message.get_field(&field))?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes what the field has.
pub(super) fn value(out: &mut Vec<u8>, field: &FieldDescriptor, value: &Value) -> Result<(), Error> {
    let kind = field.kind();
    match value {
        Value::List(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                single(out, &kind, item)?;
            }
            out.push(b']');
            Ok(())
        }
        Value::Map(entries) => {
            let Some(entry) = kind.as_message() else { return Ok(()) };
            let kind = entry.map_entry_value_field().kind();
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key_text(key), value)).collect();
            entries.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
            out.push(b'{');
            for (n, (key, value)) in entries.into_iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                string(out, &key)?;
                out.push(b':');
                single(out, &kind, value)?;
            }
            out.push(b'}');
            Ok(())
        }
        value => single(out, &kind, value),
    }
}

fn single(out: &mut Vec<u8>, kind: &Kind, value: &Value) -> Result<(), Error> {
    match value {
        Value::Bool(value) => serde_json::to_writer(out, value),
        Value::I32(value) => serde_json::to_writer(out, value),
        Value::U32(value) => serde_json::to_writer(out, value),
        Value::I64(value) => quoted(out, value),
        Value::U64(value) => quoted(out, value),
        Value::F32(value) if value.is_finite() => serde_json::to_writer(out, value),
        Value::F64(value) if value.is_finite() => serde_json::to_writer(out, value),
        Value::F32(value) => string(out, unbounded(f64::from(*value))),
        Value::F64(value) => string(out, unbounded(*value)),
        Value::String(value) => string(out, value),
        Value::Bytes(value) => string(out, &BASE64.encode(value)),
        Value::EnumNumber(number) => match kind.as_enum() {
            Some(names) if wellknown::is_null(names.full_name()) => serde_json::to_writer(out, &()),
            // What is newer than this edge has no name here.
            names => match names.and_then(|names| names.get_value(*number)) {
                Some(value) => string(out, value.name()),
                None => serde_json::to_writer(out, number),
            },
        },
        Value::Message(inner) => message(out, inner),
        // Not inside one another.
        Value::List(_) | Value::Map(_) => serde_json::to_writer(out, &()),
    }
}

fn string(out: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    serde_json::to_writer(out, text)
}

fn quoted(out: &mut Vec<u8>, number: impl std::fmt::Display) -> Result<(), Error> {
    write!(out, "\"{number}\"").map_err(Error::io)
}

const fn unbounded(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
