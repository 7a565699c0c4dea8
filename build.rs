//! Compiles `proto/` into tonic code, proto3-JSON serde and a descriptor set, with no protoc on the machine.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

/// Every contract; what they import is found beside them.
const CONTRACTS: [&str; 5] = [
    "usher/account/v1/account.proto",
    "usher/booking/v1/booking.proto",
    "usher/event/v1/event.proto",
    "usher/feed/v1/feed.proto",
    "usher/search/v1/search.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=migrations");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    // Encoded by protox itself: prost_types would drop the options (google.api.http, access) as unknown extensions.
    let compiled = protox::Compiler::new(["proto"])?
        .include_imports(true)
        .include_source_info(true)
        .open_files(CONTRACTS)?
        .encode_file_descriptor_set();
    fs::write(out.join("usher_descriptor.bin"), &compiled)?;
    let descriptors = prost_types::FileDescriptorSet::decode(compiled.as_slice())?;

    let mut config = prost_build::Config::new();
    config.compile_well_known_types().extern_path(".google.protobuf", "::pbjson_types");
    tonic_prost_build::configure().codec_path("crate::codec::Messages").compile_fds_with_config(descriptors, config)?;

    pbjson_build::Builder::new()
        .register_descriptors(&compiled)?
        .preserve_proto_field_names()
        .extern_path(".google.protobuf", "::pbjson_types")
        .build(&[".usher.account", ".usher.booking", ".usher.event", ".usher.search", ".google.api.HttpBody"])?;
    Ok(())
}
