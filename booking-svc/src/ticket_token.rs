//! The token that a booked seat's guest shows at the door: few bytes, signed, in letters that a QR code packs well.
//! `docs/TICKETS.md` has the format byte by byte. Pure: whoever has the public keys can check a token, without a network.
//! Says nothing of whether the seat was given back since, or its guest is in already: the door asks for that.

use data_encoding::BASE32_NOPAD;
use usher::{
    id::TicketId,
    signing::{PublicKey, SIGNATURE_BYTES, SigningKey},
};
use uuid::Uuid;

/// What every token begins with: its kind and the format's version. Another format takes another prefix.
pub const PREFIX: &str = "UT1:";
/// The longest seat number, in bytes: 40 characters, as the contract allows, of 4 bytes each.
pub const SEAT_NUMBER_BYTES_MAX: usize = 160;

/// Is signed before the payload, so that no signature of a ticket can be taken for one of something else, and none of
/// something else for a ticket's. No JWS begins so, nor will the context of another version.
const CONTEXT: &[u8] = b"usher-ticket-v1\0";
const KEY_ID_BYTES: usize = 4;
const TICKET_BYTES: usize = 8;
const BOOKING_BYTES: usize = 16;
const BYTES_MAX: usize = KEY_ID_BYTES + TICKET_BYTES + BOOKING_BYTES + SEAT_NUMBER_BYTES_MAX + SIGNATURE_BYTES;
/// Whoever sends more is not worth decoding.
const CHARS_MAX: usize = PREFIX.len() + (BYTES_MAX * 8).div_ceil(5);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketToken {
    /// The seat, and with it the event.
    pub ticket: TicketId,
    /// The booking that owned the seat when the token was made.
    pub booking: Uuid,
    /// The seat's number, for people.
    pub seat_number: String,
}

/// Why a text admits nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not have a token's form.
    #[error("this is no ticket of Usher")]
    NoTicket,
    /// None of the keys has the id that it names.
    #[error("this ticket is signed by a key that is not known here")]
    UnknownKey,
    /// It has the form and names a key, but that key did not sign it.
    #[error("this ticket is forged: its signature does not hold")]
    Forged,
}

impl TicketToken {
    /// The token, signed; `None` where the seat's number is empty or longer than [`SEAT_NUMBER_BYTES_MAX`].
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Option<String> {
        if self.seat_number.is_empty() || self.seat_number.len() > SEAT_NUMBER_BYTES_MAX {
            return None;
        }
        let mut bytes = key_id(key.public()).to_vec();
        bytes.extend(self.ticket.get().to_be_bytes());
        bytes.extend(self.booking.as_bytes());
        bytes.extend(self.seat_number.as_bytes());
        let signature = key.sign_bytes(&signed(&bytes));
        bytes.extend(signature);
        Some(format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes)))
    }

    /// What `text`, as a scanner read it, says, if one of `keys` signed it.
    pub fn verify<'k>(text: &str, keys: impl IntoIterator<Item = &'k PublicKey>) -> Result<Self, TokenError> {
        let bytes = decode(text).ok_or(TokenError::NoTicket)?;
        let (payload, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(TokenError::NoTicket)?;
        let (id, fields) = payload.split_first_chunk::<KEY_ID_BYTES>().ok_or(TokenError::NoTicket)?;
        let message = signed(payload);
        let mut verdict = TokenError::UnknownKey;
        // Two keys may have the same id: it is short, and only saves work.
        for key in keys.into_iter().filter(|key| key_id(key) == id) {
            if key.verifies_bytes(&message, signature) {
                return parse(fields).ok_or(TokenError::NoTicket);
            }
            verdict = TokenError::Forged;
        }
        Err(verdict)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.len() > CHARS_MAX {
        return None;
    }
    let (prefix, body) = text.split_at_checked(PREFIX.len())?;
    // Refuses trailing bits, too: a token has one spelling, but for its case.
    prefix.eq_ignore_ascii_case(PREFIX).then(|| BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok())?
}

fn parse(fields: &[u8]) -> Option<TicketToken> {
    let (ticket, rest) = fields.split_first_chunk::<TICKET_BYTES>()?;
    let (booking, seat_number) = rest.split_first_chunk::<BOOKING_BYTES>()?;
    let ticket = TicketId::new(i64::from_be_bytes(*ticket))?;
    let seat_number = String::from_utf8(seat_number.to_vec()).ok()?;
    let bounded = !seat_number.is_empty() && seat_number.len() <= SEAT_NUMBER_BYTES_MAX;
    bounded.then(|| TicketToken { ticket, booking: Uuid::from_bytes(*booking), seat_number })
}

fn signed(payload: &[u8]) -> Vec<u8> {
    [CONTEXT, payload].concat()
}

/// The first bytes of the key's RFC 7638 thumbprint.
fn key_id(key: &PublicKey) -> &[u8] {
    &key.thumbprint()[..KEY_ID_BYTES]
}

#[cfg(test)]
mod tests;
