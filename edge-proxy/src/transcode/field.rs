//! Finding fields by the names that clients use: the contract's own and their lowerCamelCase.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::wellknown::WellKnown;

/// The field that a client calls `name`.
pub(crate) fn find(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name))
}

/// The fields along `path` (`a.b.c`); an error says what there is instead.
pub(crate) fn resolve(message: &MessageDescriptor, path: &str) -> Result<Vec<FieldDescriptor>, String> {
    let mut message = message.clone();
    let mut way = Vec::new();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let field = find(&message, name).ok_or_else(|| unknown(&message))?;
        if names.peek().is_some() {
            message = match field.kind() {
                Kind::Message(inner) if !field.is_list() && WellKnown::of(&inner).is_none() && !field.is_map() => inner,
                _ => return Err(format!("has no fields of its own at {name}")),
            };
        }
        way.push(field);
    }
    Ok(way)
}

/// What to say where `message` has no such field.
pub(crate) fn unknown(message: &MessageDescriptor) -> String {
    let names: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
    match names.is_empty() {
        true => "is unknown: there are no fields here".to_owned(),
        false => format!("is unknown; known here: {}", names.join(", ")),
    }
}
