//! Answers about an event's seats, encoded once for all who get them.

use data_encoding::HEXLOWER;
use prost::Message as _;
use ring::digest::{SHA256, digest};
use tonic::codegen::Bytes;
use usher::{
    contract::event::{GetEventResponse, WatchSeatsResponse},
    encoded::Encoded,
};

use super::faces::Faces;
use crate::{board::Board, event::WaitingRoom, rpc::encode, seat::Timestamp};

/// So many bytes of a digest name a content.
const TAG_BYTES: usize = 16;
/// The numbers of the fields for seats.
const VIEW_TICKETS: u32 = 2;
const UPDATE_TICKETS: u32 = 3;

/// A `GetEventResponse`, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The message.
    pub answer: Encoded,
    /// Names its content, in quotes: the same seats have the same tag, whoever answers.
    pub tag: String,
    /// Whether it may be out of date.
    pub is_stale: bool,
    /// How customers are let in, where not at once.
    pub waiting_room: Option<WaitingRoom>,
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
pub fn view(board: &Board, faces: &Faces, stale_since: Option<Timestamp>) -> View {
    let (stale, as_of) = (stale_since.is_some(), stale_since.map(Into::into));
    // A message is the bytes of its fields, in their order.
    let answer = Encoded::written(|into| {
        let head = GetEventResponse { event: Some(encode::event(board)), ..GetEventResponse::default() };
        into.extend(head.encode_to_vec());
        faces.encode(board, 0..board.len(), VIEW_TICKETS, into);
        into.extend(GetEventResponse { stale, as_of, ..GetEventResponse::default() }.encode_to_vec());
    });
    let content = digest(&SHA256, answer.message());
    let tag = format!("\"{}\"", HEXLOWER.encode(content.as_ref().split_at(TAG_BYTES).0));
    View { answer, tag, is_stale: stale, waiting_room: board.event().waiting_room }
}

/// All seats.
pub fn snapshot(board: &Board, faces: &Faces, version: i64, stale: bool) -> Update {
    let head = WatchSeatsResponse { version, snapshot: true, ..WatchSeatsResponse::default() };
    update(&head, board, faces, 0..board.len(), stale)
}

/// The seats at `places`, which changed.
pub fn delta(board: &Board, faces: &Faces, places: &[usize], version: i64, stale: bool) -> Update {
    let head = WatchSeatsResponse { version, ..WatchSeatsResponse::default() };
    update(&head, board, faces, places.iter().copied(), stale)
}

/// No seats: the stream lives.
pub fn heartbeat(version: i64, stale: bool) -> Update {
    let bytes = WatchSeatsResponse { version, stale, ..WatchSeatsResponse::default() }.encode_to_vec();
    Update { version, bytes: bytes.into(), seats: 0 }
}

fn update(
    head: &WatchSeatsResponse,
    board: &Board,
    faces: &Faces,
    places: impl ExactSizeIterator<Item = usize>,
    stale: bool,
) -> Update {
    let (mut bytes, seats) = (head.encode_to_vec(), places.len());
    faces.encode(board, places, UPDATE_TICKETS, &mut bytes);
    bytes.extend(WatchSeatsResponse { stale, ..WatchSeatsResponse::default() }.encode_to_vec());
    Update { version: head.version, bytes: bytes.into(), seats }
}
