//! gRPC messages whose shape is known at run time only, in buffers of their size as all others (`usher::codec`).

use bytes::{Buf as _, Bytes};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use usher::codec;

/// Encodes any message; leaves answers as they came. Many callers get the same answer: what it says is found out once.
#[derive(Debug, Clone)]
pub(super) struct ToBytes;

impl Codec for ToBytes {
    type Encode = DynamicMessage;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for ToBytes {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, message: DynamicMessage, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        message.encode(into).map_err(|error| Status::internal(format!("encoding: {error}")))
    }

    fn buffer_settings(&self) -> BufferSettings {
        codec::buffers()
    }
}

impl Decoder for ToBytes {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        codec::buffers()
    }
}
