//! The edge against every rule of `google/api/http.proto` and of the proto3 JSON mapping, row by row, on a contract of its
//! own that uses all of them: rules that no RPC of Usher uses today must hold on the day one does.

mod answers;
mod bodies;
mod paths;
mod queries;

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _};
use serde_json::{Value as Json, json};

use crate::{
    descriptors::Descriptors,
    refusal::Refused,
    request::{Sent, decode},
    routes::{Found, RouteTable},
    transcode::encode,
};

/// What a request comes to: the RPC's name and its message, without what has its default; or the HTTP status of the
/// refusal, with the fields that it names, or the methods that there are.
type Outcome = Result<(String, Json), (u16, Vec<String>)>;

pub(crate) static RULES: LazyLock<(Descriptors, RouteTable)> = LazyLock::new(|| {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/conformance");
    let contracts = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto");
    let mut compiler = protox::Compiler::new([own, contracts]).unwrap();
    let compiled = compiler.include_imports(true).include_source_info(true).open_files(["rules.proto"]).unwrap();
    let contract = Descriptors::read(&compiled.encode_file_descriptor_set()).unwrap();
    let table = RouteTable::derive(&contract).unwrap();
    (contract, table)
});

/// The message of a request, or how it is refused.
fn sent(method: &str, target: &str, body: &[u8]) -> Result<(String, DynamicMessage), (u16, Vec<String>)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let method: Method = method.parse().unwrap();
    let (route, variables) = match RULES.1.find(&method, path) {
        Found::Route(route, variables) => (route, variables),
        Found::OtherMethod(allowed) => return Err((405, allowed.into_iter().map(str::to_owned).collect())),
        Found::Nothing => return Err((404, Vec::new())),
    };
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let sent = Sent { variables: &variables, query, headers: &headers, body: Bytes::copy_from_slice(body) };
    let message = decode(route, sent).map_err(|refused| (refused.status().as_u16(), fields(&refused)))?;
    Ok((route.rpc.method.name().to_owned(), message))
}

fn outcome(method: &str, target: &str, body: &str) -> Outcome {
    let (rpc, message) = sent(method, target, body.as_bytes())?;
    let mut shown: Json = serde_json::from_slice(&encode(&message).unwrap()).unwrap();
    forget_defaults(&mut shown, &message.descriptor());
    Ok((rpc, shown))
}

/// Takes away what is shown though nobody sent it: what has its default, in fields that have no other way to be unset.
fn forget_defaults(shown: &mut Json, descriptor: &MessageDescriptor) {
    let Json::Object(members) = shown else { return };
    let empty =
        [json!(""), json!("0"), json!(0), json!(0.0), json!(false), json!([]), json!({}), json!("COLOR_UNSPECIFIED")];
    for field in descriptor.fields().filter(|field| !field.full_name().starts_with("google.protobuf.")) {
        let Some(member) = members.get_mut(field.name()) else { continue };
        let kind = field.kind();
        let inner = kind.as_message().filter(|inner| !inner.is_map_entry()).cloned();
        let values = kind
            .as_message()
            .filter(|inner| inner.is_map_entry())
            .and_then(|entry| entry.map_entry_value_field().kind().as_message().cloned());
        match (member, inner, values) {
            (Json::Array(items), Some(inner), _) => items.iter_mut().for_each(|item| forget_defaults(item, &inner)),
            (Json::Object(entries), _, Some(value)) => {
                entries.values_mut().for_each(|entry| forget_defaults(entry, &value));
            }
            (member, Some(inner), _) => {
                match member.get("@type").and_then(Json::as_str).and_then(|named| named.rsplit_once('/')) {
                    Some((_, named)) => {
                        forget_defaults(member, &descriptor.parent_pool().get_message_by_name(named).unwrap());
                    }
                    None => forget_defaults(member, &inner),
                }
            }
            _ => {}
        }
        if !field.supports_presence() && members.get(field.name()).is_some_and(|member| empty.contains(member)) {
            members.remove(field.name());
        }
    }
}

fn fields(refused: &Refused) -> Vec<String> {
    let json = refused.json();
    let mut details = json["details"].as_array().unwrap().iter();
    let violations = details.find_map(|detail| detail["field_violations"].as_array());
    violations.into_iter().flatten().map(|violation| violation["field"].as_str().unwrap().to_owned()).collect()
}

/// Expects that the request becomes that RPC's message.
#[track_caller]
fn becomes(method: &str, target: &str, body: &str, rpc: &str, message: Json) {
    assert_eq!(outcome(method, target, body), Ok((rpc.to_owned(), message)), "{method} {target} {body}");
}

/// Expects a refusal that names these fields.
#[track_caller]
fn refused(method: &str, target: &str, body: &str, status: u16, names: &[&str]) {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(outcome(method, target, body), Err((status, names)), "{method} {target} {body}");
}
