//! How the contract's messages become bytes and back: prost's way, with buffers of their size. tonic takes 8 KiB for the
//! question of each call and as much for its answer, before it knows how long they are; most of ours fit into a
//! twentieth of that, and so much memory for each call costs the allocator more than the message costs.

use std::marker::PhantomData;

use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, EncodeBuf, Encoder},
};
use tonic_prost::ProstDecoder;

/// What a buffer begins with, in bytes: room for most questions and answers.
const BUFFER_BYTES: usize = 512;
/// How much a stream puts together before it is sent, in bytes: as much as tonic does.
const TOGETHER_BYTES_MAX: usize = 32 * 1024;

/// The buffers of a call.
#[must_use]
pub fn buffers() -> BufferSettings {
    BufferSettings::new(BUFFER_BYTES, TOGETHER_BYTES_MAX)
}

/// Reads messages of type `D`.
#[must_use]
pub fn decoder<D: Message + Default + Send + 'static>() -> ProstDecoder<D> {
    ProstDecoder::new(buffers())
}

/// The codec of every RPC of the contract: sends `E`, reads `D`.
#[derive(Debug)]
pub struct Messages<E, D>(PhantomData<(E, D)>);

impl<E, D> Default for Messages<E, D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E, D> Codec for Messages<E, D>
where
    E: Message + Send + 'static,
    D: Message + Default + Send + 'static,
{
    type Encode = E;
    type Decode = D;
    type Encoder = AsLongAsNeeded<E>;
    type Decoder = ProstDecoder<D>;

    fn encoder(&mut self) -> AsLongAsNeeded<E> {
        AsLongAsNeeded(PhantomData)
    }

    fn decoder(&mut self) -> ProstDecoder<D> {
        decoder()
    }
}

/// Writes messages into room that is made once for each.
#[derive(Debug)]
pub struct AsLongAsNeeded<E>(PhantomData<E>);

impl<E: Message> Encoder for AsLongAsNeeded<E> {
    type Item = E;
    type Error = Status;

    fn encode(&mut self, message: E, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.reserve(message.encoded_len());
        message.encode(into).map_err(|error| Status::internal(format!("encoding: {error}")))
    }

    fn buffer_settings(&self) -> BufferSettings {
        buffers()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use tonic::codec::{EncodeBody, Streaming};

    use super::*;

    #[tokio::test]
    async fn short_and_long_messages_come_back_as_they_were() {
        let sent = [0, 1, BUFFER_BYTES, 100_000, 3].map(|length| "x".repeat(length));
        let messages = futures::stream::iter(sent.clone().map(Ok));
        let body = EncodeBody::new_client(Messages::<String, String>::default().encoder(), messages, None, None);
        let bytes = body.collect().await.unwrap().to_bytes();
        let mut read = Streaming::new_request(decoder::<String>(), Full::new(bytes), None, None);
        for message in sent {
            assert_eq!(read.message().await.unwrap(), Some(message));
        }
        assert_eq!(read.message().await.unwrap(), None);
    }
}
