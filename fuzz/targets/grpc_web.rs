//! Frames of gRPC-web.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| edge_proxy::fuzzing::grpc_web(data));
