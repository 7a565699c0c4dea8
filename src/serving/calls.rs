//! How many calls of each RPC there were, how they ended and how long they took: one histogram per RPC and code, named as
//! OpenTelemetry names it. A stream counts once, when it opens.

use std::{array, collections::HashMap, sync::OnceLock, time::Duration};

use metrics::{Gauge, Histogram, gauge, histogram};
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto};
use tonic::{Code, Status, codegen::http::HeaderMap};

use crate::{contract, trace::Span};

/// A path that the contract does not know: callers must not be able to make labels up.
const UNKNOWN: &str = "unknown";
/// The codes in the order of their numbers, as the gRPC specification spells them.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The calls of a process.
#[derive(Debug)]
pub struct Calls {
    /// By path: `/usher.booking.v1.BookingService/Reserve`.
    rpcs: HashMap<String, Rpc>,
    unknown: Rpc,
    under_way: Gauge,
}

/// One RPC's histograms. Each is registered with the first call that ends so, and looked up never again.
struct Rpc {
    name: String,
    took: [OnceLock<Histogram>; CODES.len()],
}

/// A call that has begun. It is no longer under way once this is dropped.
#[derive(Debug)]
pub struct UnderWay(Gauge);

impl Calls {
    /// Counts the calls of all RPCs of the contract. After the recorder is set: what is made before counts nothing.
    #[must_use]
    pub fn new() -> Self {
        let paths = paths().map(|path| (path.clone(), Rpc::new(path.trim_start_matches('/'))));
        Self { rpcs: paths.collect(), unknown: Rpc::new(UNKNOWN), under_way: gauge!("rpc_server_active_calls") }
    }

    /// Notes that a call has begun.
    #[must_use]
    pub fn begin(&self) -> UnderWay {
        self.under_way.increment(1.0);
        UnderWay(self.under_way.clone())
    }

    /// Notes how the call to `path` ended, by the head of its answer.
    pub fn note(&self, path: &str, answer: &HeaderMap, took: Duration) {
        let code = code(answer);
        let rpc = self.rpcs.get(path).unwrap_or(&self.unknown);
        if let (Some(took_so), Some(name)) = (rpc.took.get(code as usize), CODES.get(code as usize)) {
            took_so.get_or_init(|| rpc.register(name)).record(took);
        }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self::new()
    }
}

impl Rpc {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), took: array::from_fn(|_| OnceLock::new()) }
    }

    fn register(&self, code: &'static str) -> Histogram {
        let method = self.name.clone();
        histogram!("rpc_server_call_duration_seconds", "rpc_method" => method, "rpc_response_status_code" => code)
    }
}

impl std::fmt::Debug for Rpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rpc").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The code in the head of an answer: an error without a message has its status there, a success in its trailers. Of what
/// else the status says nothing is decoded: of those that are turned away there may be ten thousands a second.
pub(super) fn code(answer: &HeaderMap) -> Code {
    answer.get(Status::GRPC_STATUS).map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
}

/// Says of the span of a call to `path` what it was and how it ended, by the head of its answer.
pub fn describe(span: &Span, path: &str, answer: &HeaderMap) {
    if !span.is_recorded() {
        return;
    }
    let code = code(answer);
    span.set("rpc.system.name", "grpc");
    span.set("rpc.method", path.trim_start_matches('/').to_owned());
    span.set("rpc.response.status_code", CODES.get(code as usize).copied().unwrap_or(UNKNOWN));
    // What the caller did wrong is no failure of the server's.
    if matches!(code, Code::Unknown | Code::Internal | Code::DataLoss | Code::Unavailable | Code::DeadlineExceeded) {
        span.fail("");
    }
}

/// The path of every RPC of the contract.
fn paths() -> impl Iterator<Item = String> {
    // Compiled in: what can't be read is a defect that reflection tells of at the start.
    let files = FileDescriptorSet::decode(contract::DESCRIPTORS).unwrap_or_default().file.into_iter();
    files.flat_map(|file: FileDescriptorProto| {
        let package = file.package().to_owned();
        let services = file.service.into_iter();
        services.flat_map(move |service: ServiceDescriptorProto| {
            let service_name = format!("/{package}.{}/", service.name());
            let methods = service.method.into_iter();
            methods.map(move |method| format!("{service_name}{}", method.name()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_has_its_place_and_no_caller_makes_one_up() {
        let calls = Calls::new();
        assert!(calls.rpcs.contains_key("/usher.booking.v1.BookingService/Reserve"));
        let known = calls.rpcs.len();
        calls.note("/made.up/Path", &HeaderMap::new(), Duration::ZERO);
        assert_eq!(calls.rpcs.len(), known);
    }

    #[test]
    fn the_codes_stand_at_their_numbers() {
        assert_eq!(CODES[Code::Ok as usize], "OK");
        assert_eq!(CODES[Code::Aborted as usize], "ABORTED");
        assert_eq!(CODES[Code::Unauthenticated as usize], "UNAUTHENTICATED");
    }
}
