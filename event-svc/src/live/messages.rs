//! Answers about an event's seats, encoded once for all who get them.

use data_encoding::HEXLOWER;
use prost::Message as _;
use ring::digest::{SHA256, digest};
use tonic::codegen::Bytes;
use usher::contract::event::{GetEventResponse, Ticket, WatchSeatsResponse};

use crate::{
    board::Board,
    rpc::encode,
    seat::{Seat, Shown, Timestamp},
};

/// So many bytes of a digest name a content.
const TAG_BYTES: usize = 16;

/// A `GetEventResponse`, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The message.
    pub bytes: Bytes,
    /// Names its content: the same seats have the same tag, whoever answers.
    pub tag: String,
    /// Whether it may be out of date.
    pub is_stale: bool,
}

/// A message of a stream, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The version of the seats after it.
    pub version: i64,
    /// The message.
    pub bytes: Bytes,
    /// How many seats it brings.
    pub seats: usize,
}

/// All that is shown of an event; `stale_since` where it is out of date.
pub fn view(board: &Board, stale_since: Option<Timestamp>) -> View {
    let bytes = GetEventResponse {
        event: Some(encode::event(board)),
        tickets: board.all().map(encode::ticket).collect(),
        stale: stale_since.is_some(),
        as_of: stale_since.map(Into::into),
    };
    let bytes = bytes.encode_to_vec();
    let content = digest(&SHA256, &bytes);
    let tag = HEXLOWER.encode(content.as_ref().split_at(TAG_BYTES).0);
    View { bytes: bytes.into(), tag, is_stale: stale_since.is_some() }
}

/// All seats.
pub fn snapshot(board: &Board, version: i64, stale: bool) -> Update {
    update(version, true, board.all(), stale)
}

/// The seats at `places`, which changed.
pub fn delta(board: &Board, places: &[usize], version: i64, stale: bool) -> Update {
    update(version, false, board.at(places), stale)
}

/// No seats: the stream lives.
pub fn heartbeat(version: i64, stale: bool) -> Update {
    update(version, false, std::iter::empty(), stale)
}

fn update<'b>(version: i64, snapshot: bool, seats: impl Iterator<Item = (&'b Seat, Shown)>, stale: bool) -> Update {
    let tickets: Vec<Ticket> = seats.map(encode::ticket).collect();
    let seats = tickets.len();
    let bytes = WatchSeatsResponse { version, snapshot, tickets, stale }.encode_to_vec();
    Update { version, bytes: bytes.into(), seats }
}
