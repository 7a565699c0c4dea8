//! Messages as JSON schemas (draft 2020-12), each under its name, with the contract's comments. What may be sent is wider
//! than what is answered: numbers as strings, names as numbers, null for what is left out.

use std::collections::{BTreeMap, HashSet};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use crate::descriptors::Descriptors;

/// What numbers look like in a string.
const WHOLE: &str = "^-?[0-9]+$";
const REAL: &str = "^(-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?|NaN|-?Infinity)$";

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the caller.
    Sent,
    /// To the caller.
    Answered,
}

/// The schemas of all messages that were asked for, and of those that they have inside.
pub(super) struct Schemas<'c> {
    contract: &'c Descriptors,
    /// The messages that answers are made of: one that is sent as well has another name there.
    answered: HashSet<String>,
    /// By name; null while it is being made, so that a message may hold its own kind.
    made: BTreeMap<String, Value>,
}

/// A schema that stands among the components.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

impl<'c> Schemas<'c> {
    pub(super) fn new(contract: &'c Descriptors) -> Self {
        let mut answered = HashSet::new();
        contract.methods().for_each(|method| reach(&method.output(), &mut answered));
        Self { contract, answered, made: BTreeMap::new() }
    }

    /// All of them, by name.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.made.into_iter().collect()
    }

    /// The schema of a message.
    pub(super) fn message(&mut self, message: &MessageDescriptor, way: Way) -> Value {
        if let Some(own_form) = self.own_form(message, way) {
            return own_form;
        }
        let own = short(message.full_name());
        let twice = way == Way::Sent && self.answered.contains(message.full_name());
        let name = if twice { format!("{own}Sent") } else { own };
        if !self.made.contains_key(&name) {
            self.made.insert(name.clone(), Value::Null);
            let made = self.object(message, way);
            self.made.insert(name.clone(), made);
        }
        reference(&name)
    }

    /// The schema of a field, without its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor, way: Way) -> Value {
        let kind = field.kind();
        if let (true, Some(entry)) = (field.is_map(), kind.as_message()) {
            let values = self.single(&entry.map_entry_value_field().kind(), way);
            return json!({"type": "object", "additionalProperties": values});
        }
        let single = self.single(&kind, way);
        if field.is_list() { json!({"type": "array", "items": single}) } else { single }
    }

    /// The schema of a path's or a query's parameter: text, whatever it is read as.
    pub(super) fn parameter(&mut self, field: &FieldDescriptor) -> Value {
        let single = match field.kind() {
            Kind::Message(message) => self.message(&message, Way::Answered),
            Kind::Enum(names) => {
                let (names, numbers) = values(&names);
                let said: Vec<_> = names.into_iter().chain(numbers.iter().map(ToString::to_string)).collect();
                json!({"type": "string", "enum": said})
            }
            kind => match self.single(&kind, Way::Answered) {
                // In an address there are no strings to tell numbers from.
                number if number["pattern"] == WHOLE => whole(&kind),
                other => other,
            },
        };
        if field.is_list() { json!({"type": "array", "items": single}) } else { single }
    }

    fn object(&mut self, message: &MessageDescriptor, way: Way) -> Value {
        let mut properties = Map::new();
        for field in message.fields() {
            let mut schema = self.field(&field, way);
            if way == Way::Sent {
                schema = or_null(schema);
            }
            let comment = self.contract.comment(&message.parent_file(), field.path());
            if let (false, Some(schema)) = (comment.is_empty(), schema.as_object_mut()) {
                schema.insert("description".to_owned(), comment.into());
            }
            properties.insert(field.name().to_owned(), schema);
        }
        let mut object = json!({
            "type": "object",
            "description": self.contract.comment(&message.parent_file(), message.path()),
            "properties": properties,
            "additionalProperties": false,
        });
        // What has its default is answered, too.
        let always = message.fields().filter(|field| way == Way::Answered && !field.supports_presence());
        let always: Vec<_> = always.map(|field| field.name().to_owned()).collect();
        if !always.is_empty() {
            object["required"] = always.into();
        }
        object
    }

    fn single(&mut self, kind: &Kind, way: Way) -> Value {
        match (kind, way) {
            (Kind::Message(message), way) => self.message(message, way),
            (Kind::Enum(names), way) => self.enumeration(names, way),
            (Kind::Bool, _) => json!({"type": "boolean"}),
            (Kind::String, _) => json!({"type": "string"}),
            (Kind::Bytes, _) => json!({"type": "string", "contentEncoding": "base64"}),
            (Kind::Float | Kind::Double, Way::Answered) => json!({"type": "number", "format": float(kind)}),
            (Kind::Float | Kind::Double, Way::Sent) => {
                json!({"type": ["number", "string"], "format": float(kind), "pattern": REAL})
            }
            (Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64, Way::Answered) => {
                json!({"type": "string", "format": whole(kind)["format"], "pattern": WHOLE})
            }
            (kind, Way::Answered) => whole(kind),
            (kind, Way::Sent) => {
                let mut number = whole(kind);
                number["type"] = json!(["integer", "string"]);
                number["pattern"] = WHOLE.into();
                number
            }
        }
    }

    fn enumeration(&mut self, names: &EnumDescriptor, way: Way) -> Value {
        let (all, numbers) = values(names);
        let own = short(names.full_name());
        let (name, mut schema) = match way {
            Way::Answered => (own, json!({"type": "string", "enum": all})),
            Way::Sent => {
                let all: Vec<Value> =
                    all.into_iter().map(Value::from).chain(numbers.into_iter().map(Value::from)).collect();
                (format!("{own}Sent"), json!({"type": ["string", "integer"], "enum": all}))
            }
        };
        schema["description"] = self.described(names).into();
        self.made.entry(name.clone()).or_insert(schema);
        reference(&name)
    }

    /// What the enum is, and what each of its values is.
    fn described(&self, names: &EnumDescriptor) -> String {
        let file = names.parent_file();
        let values = names
            .values()
            .map(|value| format!("\n- `{}`: {}", value.name(), self.contract.comment(&file, value.path())));
        std::iter::once(self.contract.comment(&file, names.path()).to_owned()).chain(values).collect()
    }

    /// What is not written as an object of its fields.
    fn own_form(&mut self, message: &MessageDescriptor, way: Way) -> Option<Value> {
        Some(match message.full_name().strip_prefix("google.protobuf.")? {
            "Timestamp" => json!({"type": "string", "format": "date-time"}),
            "Duration" => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"}),
            "FieldMask" => json!({"type": "string"}),
            "Struct" => json!({"type": "object"}),
            "ListValue" => json!({"type": "array", "items": {}}),
            "Value" => json!({}),
            "Any" => json!({"type": "object", "properties": {"@type": {"type": "string"}}}),
            "Empty" => json!({"type": "object", "additionalProperties": false}),
            wrapper if wrapper.ends_with("Value") => self.single(&message.get_field_by_name("value")?.kind(), way),
            _ => return None,
        })
    }
}

fn whole(kind: &Kind) -> Value {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            json!({"type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX})
        }
        Kind::Uint32 | Kind::Fixed32 => {
            json!({"type": "integer", "format": "uint32", "minimum": 0, "maximum": u32::MAX})
        }
        Kind::Uint64 | Kind::Fixed64 => {
            json!({"type": "integer", "format": "uint64", "minimum": 0, "maximum": u64::MAX})
        }
        _ => json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX}),
    }
}

const fn float(kind: &Kind) -> &'static str {
    if matches!(kind, Kind::Float) { "float" } else { "double" }
}

fn values(names: &EnumDescriptor) -> (Vec<String>, Vec<i32>) {
    names.values().map(|value| (value.name().to_owned(), value.number())).unzip()
}

/// Null is a way to leave a field out.
fn or_null(schema: Value) -> Value {
    let types: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.clone().into()],
        Value::Array(several) => several.clone(),
        _ => return json!({"anyOf": [schema, {"type": "null"}]}),
    };
    let mut schema = schema;
    schema["type"] = types.into_iter().chain(["null".into()]).collect();
    schema
}

/// Adds the message and all that it has inside.
fn reach(message: &MessageDescriptor, reached: &mut HashSet<String>) {
    if reached.insert(message.full_name().to_owned()) {
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind() {
                reach(&inner, reached);
            }
        }
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
