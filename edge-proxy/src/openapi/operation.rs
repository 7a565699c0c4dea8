//! One operation of the document: what it takes, what it answers, who may.

use serde_json::{Value, json};
use usher::contract::access::Access;

use super::{
    errors,
    examples::Examples,
    parameters,
    schema::{Schemas, Way},
};
use crate::{
    descriptors::Descriptors,
    routes::{Answer, Body, Route},
    surface::{self, RAW_ANSWER},
};

/// What operations are written with.
pub(super) struct Writer<'c> {
    pub(super) contract: &'c Descriptors,
    pub(super) examples: &'c Examples,
    pub(super) schemas: Schemas<'c>,
}

impl Writer<'_> {
    /// The operation at `route`, which is the RPC's so-manieth address.
    pub(super) fn operation(&mut self, route: &Route, binding: usize) -> Value {
        let method = &route.rpc.method;
        let comment = self.contract.comment(&method.parent_file(), method.path());
        let summary = comment.split_once(". ").map_or(comment, |(first, _)| first).trim_end_matches('.');
        let id = if binding == 1 { method.name().to_owned() } else { format!("{}{binding}", method.name()) };
        let mut responses = errors::responses();
        responses.insert("200".to_owned(), self.success(route));
        let mut operation = json!({
            "operationId": id,
            "tags": [method.parent_service().name()],
            "summary": summary,
            "description": format!("{comment}\n\nWho may call: {}.", surface::access(route.access())),
            "responses": responses,
            "security": match route.access() {
                Access::Public => json!([]),
                _ => json!([{"token": []}]),
            },
        });
        if parameters::knows_tags(route) {
            operation["responses"]["304"] =
                json!({"description": "The caller has it already: `If-None-Match` names its tag."});
        }
        let parameters = parameters::of(route, self.contract, self.examples, &mut self.schemas);
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(body) = self.request_body(route) {
            operation["requestBody"] = body;
        }
        operation
    }

    fn request_body(&mut self, route: &Route) -> Option<Value> {
        let example = self.examples.request(&route.rpc);
        let (schema, example) = match &route.body {
            Body::None => return None,
            Body::Raw(_) => {
                let any = "The bytes as their sender signed them, of any type.";
                return Some(json!({"required": true, "description": any, "content": {"*/*": {"schema": {}}}}));
            }
            Body::Whole => (self.schemas.message(&route.rpc.method.input(), Way::Sent), example),
            Body::Field(field) => {
                (self.schemas.field(field, Way::Sent), example.and_then(|example| example.get(field.name())))
            }
        };
        // An empty body is an empty object.
        Some(json!({"required": false, "content": {"application/json": media(&schema, example)}}))
    }

    fn success(&mut self, route: &Route) -> Value {
        let rpc = &route.rpc;
        let example = self.examples.answer(rpc);
        let (schema, example) = match &route.answer {
            // Bytes have no schema (OpenAPI 3.1, "Considerations for File Uploads").
            Answer::Raw(_) => return json!({"description": RAW_ANSWER, "content": {"*/*": {"schema": {}}}}),
            Answer::Whole => (self.schemas.message(&rpc.method.output(), Way::Answered), example),
            Answer::Field(field) => {
                (self.schemas.field(field, Way::Answered), example.and_then(|example| example.get(field.name())))
            }
        };
        match rpc.method.is_server_streaming() {
            true => stream(&schema, example),
            false => json!({"description": "Done.", "content": {"application/json": media(&schema, example)}}),
        }
    }
}

/// A stream's messages one by one: OpenAPI 3.1 has a schema for a whole body only, and this is an event's.
fn stream(schema: &Value, example: Option<&Value>) -> Value {
    let shown = example.map(ToString::to_string).unwrap_or_default();
    let one = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()).unwrap_or("JSON");
    let description = format!(
        "A stream of messages, each one `{one}`, as server-sent events, or as lines of JSON for who accepts \
         `application/x-ndjson`. An event has the message's `version`, if it has one, for its `id`: the header \
         `Last-Event-ID` goes on from there. A comment, or an empty line, keeps the stream alive. What fails at once is \
         refused; what fails later is an event `error`, or a last line with `error`, of a `Status`."
    );
    let data = json!({"type": "string", "contentMediaType": "application/json", "contentSchema": schema});
    let event = json!({
        "type": "object",
        "description": "One event.",
        "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": data},
    });
    json!({"description": description, "content": {
        "text/event-stream": {"schema": event, "example": {"data": shown}},
        "application/x-ndjson": {"schema": schema, "example": example},
    }})
}

fn media(schema: &Value, example: Option<&Value>) -> Value {
    match example {
        Some(example) => json!({"schema": schema, "example": example}),
        None => json!({"schema": schema}),
    }
}
