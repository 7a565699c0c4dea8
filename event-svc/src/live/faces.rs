//! What of a seat never changes, encoded once: where it stands and what it is called. A whole house is then put together
//! from pieces, byte for byte as the contract's messages would be encoded.

use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint, encoded_len_varint, int32, int64},
};
use usher::contract::event::Ticket;

use crate::{
    board::Board,
    rpc::encode,
    seat::{Seat, Shown},
};

/// The numbers of the fields of `Ticket` that change.
const PRICE: u32 = 5;
const STATUS: u32 = 6;

/// The seats of a board, encoded but for what changes.
#[derive(Debug, Default)]
pub struct Faces(Vec<Face>);

#[derive(Debug)]
struct Face {
    /// The fields before the price.
    before: Box<[u8]>,
    /// Those after the status.
    after: Box<[u8]>,
}

impl Faces {
    /// The faces of a board's seats.
    pub fn of(board: &Board) -> Self {
        Self(board.all().map(face).collect())
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the seats at `places` of the board to a message, as its repeated field `number`.
    pub fn encode(&self, board: &Board, places: impl Iterator<Item = usize>, number: u32, into: &mut Vec<u8>) {
        for place in places {
            let (Some(face), Some((_, shown))) = (self.0.get(place), board.get(place)) else { continue };
            let status = i32::from(encode::status(shown.availability));
            // Left out where it is the default, as ever.
            let price_len = if shown.price == 0 { 0 } else { int64::encoded_len(PRICE, &shown.price) };
            let len = face.before.len() + price_len + int32::encoded_len(STATUS, &status) + face.after.len();
            into.reserve(len + 1 + encoded_len_varint(len as u64));
            encode_key(number, WireType::LengthDelimited, into);
            encode_varint(len as u64, into);
            into.extend_from_slice(&face.before);
            if price_len > 0 {
                int64::encode(PRICE, &shown.price, into);
            }
            int32::encode(STATUS, &status, into);
            into.extend_from_slice(&face.after);
        }
    }
}

fn face((seat, shown): (&Seat, Shown)) -> Face {
    let ticket = Ticket { price: 0, status: 0, ..encode::ticket((seat, shown)) };
    let Ticket { x, y, kind, .. } = &ticket;
    let after = Ticket { x: *x, y: *y, kind: kind.clone(), ..Ticket::default() };
    let before = Ticket { x: 0.0, y: 0.0, kind: String::new(), ..ticket.clone() };
    Face { before: before.encode_to_vec().into(), after: after.encode_to_vec().into() }
}
