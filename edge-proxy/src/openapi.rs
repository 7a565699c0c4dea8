//! The REST surface as an OpenAPI 3.1 document, from the same descriptors that requests are routed by.

mod schema;

use std::collections::BTreeMap;

use prost_reflect::FieldDescriptor;
use serde_json::{Map, Value, json};
use usher::contract::access::Access;

use crate::{
    descriptors::Descriptors,
    routes::{Body, Route, RouteTable},
    surface::{Place, RAW_ANSWER, inputs},
};
use schema::{Schemas, reference};

/// The document.
pub(crate) fn document(contract: &Descriptors, routes: &RouteTable) -> Value {
    let mut schemas = Schemas::new(contract);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in routes.iter() {
        let operation = operation(contract, route, &mut schemas);
        paths.entry(route.path()).or_default().insert(route.http_method().to_lowercase(), operation);
    }
    let mut components = schemas.finish();
    components.insert("Status".to_owned(), status());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Usher",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Assigned-seat ticketing. 64-bit numbers travel as strings, money in minor units, times in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    })
}

fn operation(contract: &Descriptors, route: &Route, schemas: &mut Schemas<'_>) -> Value {
    let method = &route.rpc.method;
    let comment = contract.comment(&method.parent_file(), method.path());
    let summary = comment.split_inclusive(". ").next().unwrap_or_default().trim();
    let service = method.parent_service();
    let mut operation = json!({
        "operationId": method.name(),
        "tags": [service.name()],
        "summary": summary,
        "description": comment,
        "responses": {
            "200": success(route, schemas),
            "default": {
                "description": "What went wrong, and what to do",
                "content": {"application/json": {"schema": reference("Status")}},
            },
        },
    });
    let parameters = inputs(route).into_iter().filter(|(place, _)| *place != Place::Body);
    let parameters: Vec<_> = parameters.map(|(place, field)| parameter(contract, place, &field, schemas)).collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = request_body(route, schemas) {
        operation["requestBody"] = body;
    }
    operation["security"] = match route.access() {
        Access::Public => json!([]),
        _ => json!([{"token": []}]),
    };
    operation
}

fn parameter(contract: &Descriptors, place: Place, field: &FieldDescriptor, schemas: &mut Schemas<'_>) -> Value {
    json!({
        "name": field.name(),
        "in": if place == Place::Path { "path" } else { "query" },
        "required": place == Place::Path,
        "description": contract.comment(&field.parent_message().parent_file(), field.path()),
        "schema": schemas.field(field),
    })
}

fn request_body(route: &Route, schemas: &mut Schemas<'_>) -> Option<Value> {
    let content = match &route.body {
        Body::None => return None,
        Body::Whole => json!({"application/json": {"schema": schemas.message(&route.rpc.method.input())}}),
        Body::Field(field) => json!({"application/json": {"schema": schemas.field(field)}}),
        Body::Raw(_) => json!({"*/*": {"schema": {}}}),
    };
    Some(json!({"required": true, "content": content}))
}

fn success(route: &Route, schemas: &mut Schemas<'_>) -> Value {
    if route.is_answered_raw() {
        // Bytes have no schema (OpenAPI 3.1, "Considerations for File Uploads").
        return json!({"description": RAW_ANSWER, "content": {"*/*": {"schema": {}}}});
    }
    let method = &route.rpc.method;
    let schema = schemas.message(&method.output());
    match method.is_server_streaming() {
        true => json!({"description": "One event a message", "content": {"text/event-stream": {"schema": schema}}}),
        false => json!({"description": "Done", "content": {"application/json": {"schema": schema}}}),
    }
}

/// `google.rpc.Status`, as this edge sends it.
fn status() -> Value {
    json!({
        "type": "object",
        "description": "google.rpc.Status: what went wrong, for people and for programs",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "integer", "description": "google.rpc.Code"},
            "message": {"type": "string", "description": "What happened and what to do"},
            "details": {
                "type": "array",
                "description": "google.rpc.ErrorInfo with the reason; BadRequest with the fields; RetryInfo with a delay",
                "items": {
                    "type": "object",
                    "required": ["@type"],
                    "properties": {
                        "@type": {"type": "string"},
                        "reason": {"type": "string", "description": "SEAT_TAKEN, HOLD_EXPIRED, …"},
                        "domain": {"type": "string"},
                        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                        "field_violations": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"field": {"type": "string"}, "description": {"type": "string"}},
                            },
                        },
                        "retry_delay": {"type": "string"},
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests;
