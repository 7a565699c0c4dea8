//! What callers compress: their messages are unpacked here, within the bound of a body, so that each service need not. Looks
//! at frames, never into messages.

use std::io::Read as _;

use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::read::GzDecoder;
use http::HeaderMap;
use tokio::task::spawn_blocking;
use usher::reason::{Reason, Refusal};

use crate::refusal::Refused;

/// What requests may be compressed with, as callers are told.
pub(super) const UNDERSTOOD: &str = "identity,gzip";
/// A frame's flag and the length of its message.
const FRAME_HEAD_BYTES: usize = 5;

/// The frames of a request, no longer compressed; they are `bytes_max` at most.
pub(super) async fn unpack(headers: &HeaderMap, sent: Bytes, bytes_max: usize) -> Result<Bytes, Refused> {
    match headers.get("grpc-encoding").map(http::HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(sent),
        // Megabytes take milliseconds: not on the threads that everybody's requests share.
        Some(b"gzip") => spawn_blocking(move || gunzip(&sent, bytes_max)).await.map_err(|error| {
            tracing::error!(%error, "unpacking ended early");
            Refused::from(Refusal::new(Reason::Internal, "something went wrong on our side"))
        })?,
        Some(_) => {
            let told = format!("grpc-encoding is none of {UNDERSTOOD}: send messages in one of these");
            Err(Refusal::new(Reason::Unimplemented, told).into())
        }
    }
}

fn gunzip(mut sent: &[u8], bytes_max: usize) -> Result<Bytes, Refused> {
    let mut frames = BytesMut::with_capacity(sent.len());
    while let Some((&[flag, a, b, c, d], rest)) = sent.split_first_chunk::<FRAME_HEAD_BYTES>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let (message, after) = rest.split_at_checked(length).ok_or_else(malformed)?;
        if flag == 0 {
            push(&mut frames, message, bytes_max)?;
        } else {
            let mut unpacked = Vec::new();
            // One byte more than there may be tells that there are too many.
            let most = bytes_max.saturating_add(1) as u64;
            GzDecoder::new(message).take(most).read_to_end(&mut unpacked).map_err(|_| malformed())?;
            push(&mut frames, &unpacked, bytes_max)?;
        }
        sent = after;
    }
    if sent.is_empty() { Ok(frames.freeze()) } else { Err(malformed()) }
}

fn push(frames: &mut BytesMut, message: &[u8], bytes_max: usize) -> Result<(), Refused> {
    let length = u32::try_from(message.len()).map_err(|_| malformed())?;
    if frames.len().saturating_add(FRAME_HEAD_BYTES).saturating_add(message.len()) > bytes_max {
        let told = format!("unpacked, the message is larger than {bytes_max} bytes");
        return Err(Refusal::new(Reason::InvalidArgument, told).into());
    }
    frames.put_u8(0);
    frames.put_u32(length);
    frames.extend_from_slice(message);
    Ok(())
}

fn malformed() -> Refused {
    Refusal::new(Reason::InvalidArgument, "the body is no sequence of gzip-compressed gRPC messages").into()
}
