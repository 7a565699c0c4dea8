//! Queries and JSON bodies, there and back.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| edge_proxy::fuzzing::json(data));
