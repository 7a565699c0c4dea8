//! Envoy, as somebody would set it up who wants of it what the edge does: `grpc_json_transcoder` with the contract's
//! descriptors, and everything else switched off that costs and is not needed.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tokio::process::Command;
use usher::contract;

use super::program::Program;
use crate::error::Error;

/// What each service is called on the wire, and by whom it is answered.
const SERVICES: [(&str, &str); 4] = [
    ("usher.search.v1.SearchService", "search"),
    ("usher.event.v1.EventService", "event"),
    ("usher.booking.v1.BookingService", "booking"),
    ("usher.account.v1.AccountService", "account"),
];
/// More than any row has under way.
const UNDER_WAY_MAX: u32 = 16_384;

/// Where the four services are, by the short names of [`SERVICES`].
pub type Upstreams = [(&'static str, SocketAddr); 4];

/// Starts Envoy at `program`, listening on `addr`, with so many threads as the edge has.
pub fn start(
    program: &Path,
    dir: &Path,
    name: &'static str,
    addr: SocketAddr,
    to: &Upstreams,
) -> Result<Program, Error> {
    let descriptors = dir.join("usher.binpb");
    std::fs::write(&descriptors, contract::DESCRIPTORS)?;
    let settings = dir.join(format!("{name}.json"));
    std::fs::write(&settings, serde_json::to_string_pretty(&config(addr, &descriptors, to))?)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(program);
    command.arg("-c").arg(settings).args(["--concurrency", &threads.to_string()]);
    command.args(["--log-level", "warn", "--disable-hot-restart"]);
    Program::run(name, command, dir)
}

fn config(addr: SocketAddr, descriptors: &Path, to: &Upstreams) -> Value {
    let routes = SERVICES.map(|(service, cluster)| {
        json!({"match": {"prefix": format!("/{service}/")}, "route": {"cluster": cluster, "timeout": "10s"}})
    });
    let transcoder = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        "proto_descriptor": PathBuf::from(descriptors),
        "services": SERVICES.map(|(service, _)| service),
        "convert_grpc_status": true,
        "print_options": {"always_print_primitive_fields": true, "preserve_proto_field_names": true},
    });
    let last = json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"});
    let connections = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "codec_type": "AUTO",
        "generate_request_id": false,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {"name": "envoy.filters.http.grpc_json_transcoder", "typed_config": transcoder},
            {"name": "envoy.filters.http.router", "typed_config": last},
        ],
    });
    let listener = json!({
        "name": "door",
        "address": address(addr),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": connections}]}],
    });
    let clusters: Vec<_> = to.iter().map(|(name, addr)| cluster(name, *addr)).collect();
    json!({"static_resources": {"listeners": [listener], "clusters": clusters}})
}

fn cluster(name: &str, addr: SocketAddr) -> Value {
    let thresholds = json!({
        "max_requests": UNDER_WAY_MAX,
        "max_pending_requests": UNDER_WAY_MAX,
        "max_connections": UNDER_WAY_MAX,
    });
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [thresholds]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            },
        },
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(addr)}}]}],
        },
    })
}

fn address(addr: SocketAddr) -> Value {
    json!({"socket_address": {"address": addr.ip().to_string(), "port_value": addr.port()}})
}
