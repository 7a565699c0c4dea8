//! Single values from text: a path segment, a query parameter, a JSON string. The proto3 JSON mapping's rules.

use std::str::FromStr;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use prost_reflect::{Kind, MessageDescriptor, Value};

use super::wellknown::WellKnown;

/// The value that `text` is for a field of that kind; an error says what it must be.
pub(crate) fn value(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => number(text, "a 32-bit whole number").map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => number(text, "a 64-bit whole number").map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => number(text, "a 32-bit whole number, not negative").map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => number(text, "a 64-bit whole number, not negative").map(Value::U64),
        Kind::Float => float(text, f32::is_finite).map(Value::F32),
        Kind::Double => float(text, f64::is_finite).map(Value::F64),
        Kind::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("must be true or false".to_owned()),
        },
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Bytes => bytes(text).map(Value::Bytes),
        Kind::Enum(names) => {
            let by_name = names.get_value_by_name(text).map(|value| value.number());
            let number = by_name.or_else(|| text.parse().ok().filter(|&number| names.get_value(number).is_some()));
            number.map(Value::EnumNumber).ok_or_else(|| {
                let known: Vec<_> = names.values().map(|value| value.name().to_owned()).collect();
                format!("must be one of {}", known.join(", "))
            })
        }
        Kind::Message(message) => match WellKnown::of(message) {
            Some(own_form) => own_form.read_text(message, text),
            None => Err("is an object: give its fields one by one (a.b=…)".to_owned()),
        },
    }
}

/// Whether text can be a whole message of that type.
pub(crate) fn is_text(message: &MessageDescriptor) -> bool {
    matches!(WellKnown::of(message), Some(WellKnown::Wrapper(_) | WellKnown::FieldMask | WellKnown::Text(_)))
}

/// Whether a message of that type is JSON as it comes, without fields that text could fill one by one.
pub(crate) fn is_json(message: &MessageDescriptor) -> bool {
    matches!(WellKnown::of(message), Some(WellKnown::Any | WellKnown::Json(_)))
}

fn number<T: FromStr>(text: &str, what: &str) -> Result<T, String> {
    // Rust takes a plus that JSON does not.
    let plain = Some(text).filter(|text| !text.starts_with('+'));
    plain.and_then(|text| text.parse().ok()).ok_or_else(|| format!("must be {what}"))
}

fn float<T: FromStr + Copy>(text: &str, is_finite: fn(T) -> bool) -> Result<T, String> {
    let (known, named) = match text {
        "Infinity" => ("inf", true),
        "-Infinity" => ("-inf", true),
        "NaN" => ("nan", true),
        // Rust takes words that JSON does not.
        text if text.starts_with(['-', '.']) || text.starts_with(|first: char| first.is_ascii_digit()) => (text, false),
        _ => ("", false),
    };
    // What is too large becomes infinite without having said so.
    let value = known.parse().ok().filter(|&value| named || is_finite(value));
    value.ok_or_else(|| "must be a number".to_owned())
}

fn bytes(text: &str) -> Result<bytes::Bytes, String> {
    let forms = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    let decoded = forms.iter().find_map(|form| form.decode(text.as_bytes()).ok());
    decoded.map(Into::into).ok_or_else(|| "must be base64".to_owned())
}
