//! Between the web's forms and messages, by the contract's descriptors alone: JSON, query strings and path segments in,
//! JSON out. Knows nothing of HTTP. Every refusal names the field, as its sender wrote it.

pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod strict;
pub(crate) mod text;
mod violations;

pub(crate) use violations::Violations;

use prost_reflect::{DynamicMessage, SerializeOptions};

/// The message as proto3 JSON: the contract's own names, 64-bit numbers as strings, nothing left out that has a value
/// by default.
pub(crate) fn encode(message: &DynamicMessage) -> Result<Vec<u8>, serde_json::Error> {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let mut json = Vec::new();
    message.serialize_with_options(&mut serde_json::Serializer::new(&mut json), &options)?;
    Ok(json)
}

#[cfg(test)]
mod tests;
