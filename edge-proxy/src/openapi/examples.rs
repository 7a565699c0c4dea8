//! What a request and its answer look like, RPC by RPC. They stand beside the contracts, as the JSON that is really sent.

use serde_json::{Map, Value};

use crate::routes::Rpc;

/// By service, what its file has.
const FILES: [&str; 4] = [
    include_str!("../../../proto/usher/account/v1/examples.json"),
    include_str!("../../../proto/usher/booking/v1/examples.json"),
    include_str!("../../../proto/usher/event/v1/examples.json"),
    include_str!("../../../proto/usher/search/v1/examples.json"),
];

/// The examples, by the RPCs' full names.
#[derive(Debug)]
pub(super) struct Examples(Map<String, Value>);

impl Examples {
    /// Reads the files. One that is no JSON has no examples, which a test finds out.
    pub(super) fn read() -> Self {
        let files = FILES.iter().filter_map(|file| serde_json::from_str::<Map<_, _>>(file).ok());
        Self(files.flatten().collect())
    }

    /// The request's JSON.
    pub(super) fn request(&self, rpc: &Rpc) -> Option<&Value> {
        self.of(rpc, "request")
    }

    /// The answer's JSON.
    pub(super) fn answer(&self, rpc: &Rpc) -> Option<&Value> {
        self.of(rpc, "answer")
    }

    /// The RPCs that have any.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn of(&self, rpc: &Rpc, part: &str) -> Option<&Value> {
        self.0.get(rpc.method.full_name()).and_then(|example| example.get(part))
    }
}
