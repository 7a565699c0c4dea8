//! The REST surface as documents describe it: what goes where, and what it is called. Pure.

use prost_reflect::{FieldDescriptor, Kind};
use usher::contract::access::Access;

use crate::routes::{Answer, Body, Route};

/// Where a field of a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into the body.
    Body,
}

/// Every field of the request, and where it goes.
pub(crate) fn inputs(route: &Route) -> Vec<(Place, FieldDescriptor)> {
    let in_path = |field: &FieldDescriptor| route.variables.iter().any(|variable| variable.way.first() == Some(field));
    let fields = route.rpc.method.input().fields().collect::<Vec<_>>().into_iter();
    let placed = fields.map(|field| {
        let place = match &route.body {
            _ if in_path(&field) => Place::Path,
            Body::Whole => Place::Body,
            Body::Field(body) | Body::Raw(Some(body)) if *body == field => Place::Body,
            Body::None | Body::Field(_) | Body::Raw(_) => Place::Query,
        };
        (place, field)
    });
    placed.collect()
}

/// What is said of an answer that is a body of its own kind.
pub(crate) const RAW_ANSWER: &str = "The body itself, not JSON: its Content-Type says of what kind it is.";

/// Every field of the answer's JSON; none of a body of its own kind.
pub(crate) fn outputs(route: &Route) -> Vec<FieldDescriptor> {
    match &route.answer {
        Answer::Raw(_) => Vec::new(),
        Answer::Field(field) => vec![field.clone()],
        Answer::Whole => route.rpc.method.output().fields().collect(),
    }
}

/// Who may call.
pub(crate) const fn access(access: Access) -> &'static str {
    match access {
        Access::Public => "Everybody",
        Access::Unspecified | Access::SignedIn => "Signed in: needs a token",
        Access::Scanner => "Needs a scanner's or an admin's token",
        Access::Admin => "Needs an admin's token",
        Access::Internal => "Nobody from outside",
    }
}

/// A field's type, in the words of JSON.
pub(crate) fn type_name(field: &FieldDescriptor) -> String {
    let name = match field.kind() {
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => "int64 in a string".to_owned(),
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => "time (RFC 3339)".to_owned(),
        Kind::Message(message) => message.name().to_owned(),
        Kind::Enum(names) => {
            names.values().skip(1).map(|value| value.name().to_owned()).collect::<Vec<_>>().join(" | ")
        }
        Kind::Bool => "true | false".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::Bytes => "base64".to_owned(),
        Kind::Float | Kind::Double => "number".to_owned(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => "int32".to_owned(),
    };
    if field.is_list() { format!("list of {name}") } else { name }
}
