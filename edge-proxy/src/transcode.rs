//! Between the web's forms and messages, by the contract's descriptors alone: JSON, query strings and path segments in,
//! JSON out. Knows nothing of HTTP. Every refusal names the field, as its sender wrote it.

pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod strict;
pub(crate) mod text;
mod violations;
mod wellknown;
mod write;

pub(crate) use violations::Violations;

use prost_reflect::{DynamicMessage, FieldDescriptor};

/// The message as proto3 JSON.
pub(crate) fn encode(message: &DynamicMessage) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::new();
    write::message(&mut json, message).map(|()| json)
}

/// One field of the message as proto3 JSON; null where it may be left out, and is.
pub(crate) fn encode_field(message: &DynamicMessage, field: &FieldDescriptor) -> Result<Vec<u8>, serde_json::Error> {
    if field.supports_presence() && !message.has_field(field) {
        return Ok(b"null".to_vec());
    }
    let mut json = Vec::new();
    write::value(&mut json, field, &message.get_field(field)).map(|()| json)
}

#[cfg(test)]
mod tests;
