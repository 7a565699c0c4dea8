//! Whether the edge lives, and whether it can serve.

use http::{Response, StatusCode};
use serde_json::json;

use crate::{
    body::{self, Body},
    upstream::Upstreams,
};

/// Where they are asked for.
pub(crate) const PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// The process answers: nothing else is asked.
pub(crate) fn alive() -> Response<Body> {
    body::json(StatusCode::OK, json!({"status": "alive"}).to_string().into())
}

/// Every service behind the edge serves, and the edge is not about to end.
pub(crate) async fn ready(upstreams: &Upstreams, ending: bool) -> Response<Body> {
    let missing = if ending { vec!["edge"] } else { upstreams.missing().await };
    let (status, word) = match missing.is_empty() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    body::json(status, json!({"status": word, "not_serving": missing}).to_string().into())
}
