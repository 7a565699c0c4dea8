//! The REST surface as an OpenAPI 3.1 document, from the same descriptors that requests are routed by.

mod errors;
mod examples;
mod operation;
mod parameters;
mod schema;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    descriptors::Descriptors,
    routes::{Route, RouteTable},
};
use examples::Examples;
use operation::Writer;
use schema::Schemas;

/// What is true of all operations.
const ABOUT: &str = "\
Assigned-seat ticketing: find events, look at seat maps, hold seats for an hour, pay, come in.

JSON is proto3 JSON with the names below; lowerCamelCase is taken, too. 64-bit numbers are strings in answers, and strings \
or numbers in requests. Times are RFC 3339 in UTC, money is a whole number of minor units beside an ISO 4217 `currency`. \
What is left out of a request has its default: 0, the empty string, false. What is unknown is refused by its name.

Every refusal is a `google.rpc.Status`; programs look at the `reason` in its `ErrorInfo`. The same RPCs are served as gRPC \
and as gRPC-web at the same address.";
const TOKEN: &str = "\
`Authorization: Bearer …` with the `auth_token` of a sign-up or a log-in. Where a request has an `auth_token` field, it may \
stand there instead; where it comes in both places, they must agree.";

/// The document.
pub(crate) fn document(contract: &Descriptors, routes: &RouteTable) -> Value {
    let examples = Examples::read();
    let mut writer = Writer { contract, examples: &examples, schemas: Schemas::new(contract) };
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut bindings: BTreeMap<&str, usize> = BTreeMap::new();
    // Any method and methods that OpenAPI has no word for can't be told.
    for route in routes.iter().filter(|route| is_told(route)) {
        let binding = bindings.entry(route.rpc()).and_modify(|bindings| *bindings += 1).or_insert(1);
        let operation = writer.operation(route, *binding);
        paths.entry(route.path()).or_default().insert(route.http_method().to_lowercase(), operation);
    }
    let mut schemas = writer.schemas.finish();
    schemas.extend(errors::schemas());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Usher",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document comes from"}],
        "tags": tags(contract, routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": errors::components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": TOKEN},
            },
        },
    })
}

fn is_told(route: &Route) -> bool {
    matches!(route.http_method(), "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE")
}

/// The services that have something to call, with their comments.
fn tags(contract: &Descriptors, routes: &RouteTable) -> Vec<Value> {
    let services: BTreeMap<_, _> = routes
        .iter()
        .map(|route| route.rpc.method.parent_service())
        .map(|service| (service.name().to_owned(), contract.comment(&service.parent_file(), service.path()).to_owned()))
        .collect();
    services.into_iter().map(|(name, comment)| json!({"name": name, "description": comment})).collect()
}

#[cfg(test)]
mod tests;
