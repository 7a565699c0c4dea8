//! docs/API.md, written from the contract. `UPDATE_DOCS=1 cargo test -p edge-proxy` writes it anew. Knows nothing of
//! requests: nobody who calls the edge gets here.

use std::fmt::Write as _;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use strum::VariantArray as _;
use usher::reason::Reason;

use crate::{
    descriptors::Descriptors,
    refusal::http_status,
    routes::{Route, RouteTable},
    surface::{Place, RAW_ANSWER, access, inputs, outputs, type_name},
};

const HEAD: &str = "\
# API

Written from the protos; `UPDATE_DOCS=1 cargo test -p edge-proxy` writes it anew.

Every RPC is reachable over REST at the edge. JSON is proto3 JSON with the names below (lowerCamelCase is taken, too);
64-bit numbers are strings in answers and strings or numbers in requests; times are RFC 3339 in UTC; money is a whole
number of minor units beside an ISO 4217 `currency`. An unknown field or query parameter is refused, by its name.

The credential is `Authorization: Bearer <auth_token>`. Where a request has an `auth_token` field, that is taken as
well, and must agree with the header. Where no token is needed, one that comes must still be good, except where one is
asked for or ended: sign-up, log-in, refresh and log-out pay it no heed.

An auth token lasts minutes: `POST /v1/refresh` gets the next one, `POST /v1/logout` ends them all. A call costs its caller
some units of an allowance, by address and by user; `RateLimit-Policy` and `RateLimit` say what there is and what is left
(`r` units, all of them back in `t` seconds), and who calls too often gets RATE_LIMITED and a time to come back.

The edge's own pages: `/openapi.json`, `/docs`, `/healthz` (it lives), `/readyz` (everything behind it serves).

";

/// The whole API in Markdown: what `docs/API.md` is.
///
/// # Panics
///
/// Where the contract makes no routes: a defect of the build, which keeps the edge from starting, too.
#[must_use]
#[expect(clippy::expect_used, reason = "writes documents, serves nobody")]
pub fn api_reference() -> String {
    let contract = Descriptors::load().expect("the contract can be read");
    let routes = RouteTable::derive(&contract).expect("the contract makes routes");
    let mut text = HEAD.to_owned();
    errors(&mut text);
    for method in contract.methods() {
        for route in routes.iter().filter(|route| route.rpc() == method.full_name()) {
            operation(&mut text, &contract, route);
        }
    }
    messages(&mut text, &contract);
    text
}

fn errors(text: &mut String) {
    text.push_str(
        "## Errors\n\nEvery error is a `google.rpc.Status`: `code`, a `message` for people, and `details` for \
         programs. `ErrorInfo`\nhas the `reason`, with `metadata` such as the seat; `BadRequest` names the fields; \
         `RetryInfo` and the header\n`Retry-After` say when to come back.\n\n\
         | reason | code | HTTP |\n| --- | --- | --- |\n",
    );
    for reason in Reason::VARIANTS {
        let code = reason.code();
        _ = writeln!(text, "| `{}` | {code:?} | {} |", reason.as_str(), http_status(code).as_u16());
    }
}

fn operation(text: &mut String, contract: &Descriptors, route: &Route) {
    let method = &route.rpc.method;
    let comment = contract.comment(&method.parent_file(), method.path());
    _ = write!(text, "\n## {}\n\n`{} {}`", method.name(), route.http_method(), route.path());
    _ = writeln!(text, ": `{}`. {}.\n\n{comment}\n", method.full_name(), access(route.access()));
    text.push_str("| | field | type | meaning |\n| --- | --- | --- | --- |\n");
    for (place, field) in inputs(route) {
        let place = match place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Body => "body",
        };
        row(text, contract, place, &field);
    }
    for field in outputs(route) {
        row(text, contract, "answer", &field);
    }
    if route.is_answered_raw() {
        _ = writeln!(text, "| answer | | bytes | {RAW_ANSWER} |");
    }
}

fn row(text: &mut String, contract: &Descriptors, place: &str, field: &FieldDescriptor) {
    let comment = contract.comment(&field.parent_message().parent_file(), field.path());
    let kind = type_name(field).replace('|', "\\|");
    let comment = comment.replace('|', "\\|");
    _ = writeln!(text, "| {place} | `{}` | {kind} | {comment} |", field.name());
}

/// The messages that requests and answers have inside.
fn messages(text: &mut String, contract: &Descriptors) {
    let mut inside: Vec<MessageDescriptor> = Vec::new();
    let mut next: Vec<_> = contract.methods().flat_map(|method| [method.input(), method.output()]).collect();
    while let Some(message) = next.pop() {
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind()
                && inner.full_name().starts_with("usher.")
                && !inside.contains(&inner)
            {
                inside.push(inner.clone());
                next.push(inner);
            }
        }
    }
    inside.sort_by_key(|message| message.name().to_owned());
    for message in inside {
        let comment = contract.comment(&message.parent_file(), message.path());
        _ = write!(text, "\n## {} (message)\n\n{comment}\n\n", message.name());
        text.push_str("| | field | type | meaning |\n| --- | --- | --- | --- |\n");
        message.fields().for_each(|field| row(text, contract, "", &field));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API.md");

    #[test]
    fn the_document_is_what_the_contract_says() {
        let made = api_reference();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(FILE, &made).unwrap();
        }
        let kept = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(kept == made, "docs/API.md is old: UPDATE_DOCS=1 cargo test -p edge-proxy");
    }
}
