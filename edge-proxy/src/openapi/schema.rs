//! Messages as JSON schemas (draft 2020-12), each under its name, with the contract's comments.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use crate::descriptors::Descriptors;

/// The schemas of all messages that were asked for, and of those that they have inside.
pub(super) struct Schemas<'c> {
    contract: &'c Descriptors,
    /// By name; null while it is being made, so that a message may hold its own kind.
    made: BTreeMap<String, Value>,
}

/// A schema that stands among the components.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

impl<'c> Schemas<'c> {
    pub(super) const fn new(contract: &'c Descriptors) -> Self {
        Self { contract, made: BTreeMap::new() }
    }

    /// All of them, by name.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.made.into_iter().collect()
    }

    /// The schema of a message.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Value {
        if message.full_name() == "google.protobuf.Timestamp" {
            return json!({"type": "string", "format": "date-time"});
        }
        let name = short(message.full_name());
        if !self.made.contains_key(&name) {
            self.made.insert(name.clone(), Value::Null);
            let made = self.object(message);
            self.made.insert(name.clone(), made);
        }
        reference(&name)
    }

    /// The schema of a field, without its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let kind = field.kind();
        if let (true, Some(entry)) = (field.is_map(), kind.as_message()) {
            let values = self.single(&entry.map_entry_value_field().kind());
            return json!({"type": "object", "additionalProperties": values});
        }
        let single = self.single(&kind);
        if field.is_list() { json!({"type": "array", "items": single}) } else { single }
    }

    fn object(&mut self, message: &MessageDescriptor) -> Value {
        let mut properties = Map::new();
        for field in message.fields() {
            let mut schema = self.field(&field);
            let comment = self.contract.comment(&message.parent_file(), field.path());
            if let (false, Some(schema)) = (comment.is_empty(), schema.as_object_mut()) {
                schema.insert("description".to_owned(), comment.into());
            }
            properties.insert(field.name().to_owned(), schema);
        }
        json!({
            "type": "object",
            "description": self.contract.comment(&message.parent_file(), message.path()),
            "properties": properties,
            "additionalProperties": false,
        })
    }

    fn single(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.message(message),
            Kind::Enum(names) => self.enumeration(names),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
            Kind::Float => json!({"type": "number", "format": "float"}),
            Kind::Double => json!({"type": "number", "format": "double"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({"type": ["string", "integer"], "format": "int64"}),
            Kind::Uint64 | Kind::Fixed64 => json!({"type": ["string", "integer"], "format": "uint64"}),
        }
    }

    fn enumeration(&mut self, names: &EnumDescriptor) -> Value {
        let name = short(names.full_name());
        let values: Vec<_> = names.values().map(|value| value.name().to_owned()).collect();
        let comment = self.contract.comment(&names.parent_file(), names.path());
        self.made
            .entry(name.clone())
            .or_insert_with(|| json!({"type": "string", "description": comment, "enum": values}));
        reference(&name)
    }
}

/// `usher.booking.v1.Booking.Status` is `Booking.Status`: no two services of Usher have the same name for two things.
fn short(full_name: &str) -> String {
    let inner = full_name.strip_prefix("usher.").unwrap_or(full_name);
    let mut parts = inner.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (_, Some(version), Some(name)) if version.starts_with('v') => name.to_owned(),
        _ => full_name.to_owned(),
    }
}
