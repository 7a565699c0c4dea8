//! The token against its document, against forgers, and against noise.

use data_encoding::{BASE64, HEXLOWER};
use proptest::prelude::*;
use usher::{id::EventId, signing::generate_pem};

use super::*;

fn key() -> SigningKey {
    SigningKey::from_pem(&generate_pem().unwrap()).unwrap()
}

fn token(event: i64, index: i64, booking: u128, seat_number: &str) -> TicketToken {
    let ticket = EventId::new(event).and_then(|event| event.ticket(index)).unwrap();
    TicketToken { ticket, booking: Uuid::from_u128(booking), seat_number: seat_number.to_owned() }
}

fn bytes_of(text: &str) -> Vec<u8> {
    BASE32_NOPAD.decode(text.strip_prefix(PREFIX).unwrap().as_bytes()).unwrap()
}

fn text_of(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", BASE32_NOPAD.encode(bytes))
}

/// What `key` signs when it is told to sign just anything.
fn signed_anyhow(key: &SigningKey, fields: &[u8]) -> String {
    let payload = [key_id(key.public()), fields].concat();
    let signature = key.sign_bytes(&signed(&payload));
    text_of(&[&payload[..], &signature].concat())
}

fn any_token() -> impl Strategy<Value = TicketToken> {
    let parts = (1..=usher::id::EVENT_ID_MAX, 1..=usher::id::SEATS_MAX, any::<u128>(), "\\PC{1,40}");
    parts.prop_map(|(event, index, booking, seat_number)| token(event, index, booking, &seat_number))
}

proptest! {
    #[test]
    fn what_is_signed_is_read_however_it_was_spelled(token in any_token()) {
        let key = key();
        let text = token.sign(&key).unwrap();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b':'));
        for text in [text.clone(), text.to_lowercase(), format!(" {text}\r\n")] {
            prop_assert_eq!(TicketToken::verify(&text, [key.public()]), Ok(token.clone()));
        }
    }

    #[test]
    fn a_changed_bit_or_a_lost_byte_is_never_admitted(token in any_token(), at in any::<prop::sample::Index>()) {
        let key = key();
        let bytes = bytes_of(&token.sign(&key).unwrap());
        let bit = at.index(bytes.len() * 8);
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit / 8 < KEY_ID_BYTES { TokenError::UnknownKey } else { TokenError::Forged };
        prop_assert_eq!(TicketToken::verify(&text_of(&changed), [key.public()]), Err(expected));
        prop_assert!(TicketToken::verify(&text_of(&bytes[..bit / 8]), [key.public()]).is_err());
    }

    #[test]
    fn noise_is_refused_and_never_panics(noise in "\\PC{0,600}", letters in "[A-Z2-7a-z]{0,420}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = key();
        for text in [noise.clone(), format!("{PREFIX}{noise}"), format!("ut1:{letters}"), text_of(&bytes)] {
            prop_assert!(TicketToken::verify(&text, [key.public()]).is_err());
        }
    }

    #[test]
    fn what_our_key_signed_by_mistake_is_read_or_refused_and_never_panics(fields in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = key();
        if let Ok(token) = TicketToken::verify(&signed_anyhow(&key, &fields), [key.public()]) {
            prop_assert_eq!(token.sign(&key).unwrap(), signed_anyhow(&key, &fields));
        }
    }
}

/// The example of `docs/TICKETS.md`, which another implementation made.
#[test]
fn the_document_tells_the_truth() {
    const DOCUMENT: &str = include_str!("../../../docs/TICKETS.md");
    let documented = |name: &str| DOCUMENT.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    let hex = |name: &str| HEXLOWER.decode(documented(name).replace(' ', "").as_bytes()).unwrap();
    // A private key in PKCS#8 is its 32 bytes behind these (RFC 8410, 7).
    let head = HEXLOWER.decode(b"302e020100300506032b657004220420").unwrap();
    let der = BASE64.encode(&[head, hex("secret   ")].concat());
    let key =
        SigningKey::from_pem(&format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")).unwrap();
    assert_eq!(
        (key.public().x.as_str(), key.public().kid.as_str()),
        (documented("x        "), documented("kid      "))
    );
    assert_eq!(key_id(key.public()), hex("key id   "));

    let booking = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let token = token(7, 3, booking.as_u128(), "F12");
    assert_eq!(token.ticket.get().to_be_bytes()[..], hex("ticket   "));
    assert_eq!(booking.as_bytes()[..], hex("booking  "));
    assert_eq!(token.seat_number.as_bytes(), hex("seat     "));
    let text = token.sign(&key).unwrap();
    let bytes = bytes_of(&text);
    let (payload, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().unwrap();
    assert_eq!((signed(payload), signature.to_vec()), (hex("signed   "), hex("sig      ")));
    assert_eq!(text, documented("token    "));
    for bound in [CHARS_MAX, SEAT_NUMBER_BYTES_MAX] {
        assert!(DOCUMENT.contains(&bound.to_string()), "{bound}");
    }
}

#[test]
fn only_a_key_that_is_known_makes_tickets() {
    let (own, before, foreign) = (key(), key(), key());
    let token = token(7, 3, 9, "F12");
    let accepted = [own.public(), before.public()];
    for key in [&own, &before] {
        assert_eq!(TicketToken::verify(&token.sign(key).unwrap(), accepted), Ok(token.clone()));
    }
    let text = token.sign(&foreign).unwrap();
    assert_eq!(TicketToken::verify(&text, accepted), Err(TokenError::UnknownKey));
    assert_eq!(TicketToken::verify(&text, []), Err(TokenError::UnknownKey));
    // A forger who knows our key's id, but not the key.
    let mut bytes = bytes_of(&text);
    bytes[..KEY_ID_BYTES].copy_from_slice(key_id(own.public()));
    assert_eq!(TicketToken::verify(&text_of(&bytes), accepted), Err(TokenError::Forged));
}

#[test]
fn a_signature_under_another_context_is_no_tickets() {
    let key = key();
    let bytes = bytes_of(&token(7, 3, 9, "F12").sign(&key).unwrap());
    let (payload, _) = bytes.split_last_chunk::<SIGNATURE_BYTES>().unwrap();
    for context in [&b""[..], b"usher-ticket-v2\0", b"usher-ticket-v1"] {
        let signature = key.sign_bytes(&[context, payload].concat());
        let text = text_of(&[payload, &signature].concat());
        assert_eq!(TicketToken::verify(&text, [key.public()]), Err(TokenError::Forged));
    }
    // A JWS under the same key: its signing input is letters, and begins with an encoded "{".
    let jws = key.sign("JWT", &serde_json::json!({"sub": "7"})).unwrap();
    assert_eq!(TicketToken::verify(&jws, [key.public()]), Err(TokenError::NoTicket));
}

#[test]
fn a_token_has_one_spelling() {
    let key = key();
    // 95 bytes make 152 letters without a bit to spare; 96 leave two bits, which must be zero.
    let text = token(7, 3, 9, "F123").sign(&key).unwrap();
    let (rest, last) = text.split_at(text.len() - 1);
    let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(last).unwrap();
    assert_eq!(value % 4, 0);
    let other = format!("{rest}{}", &"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value + 1..value + 2]);
    assert_eq!(TicketToken::verify(&other, [key.public()]), Err(TokenError::NoTicket));
    for wrong in ["UT2:", "UT1", "UT1 :", "XUT1:", ""] {
        assert_eq!(TicketToken::verify(&text.replace(PREFIX, wrong), [key.public()]), Err(TokenError::NoTicket));
    }
}

#[test]
fn a_seat_number_is_there_and_bounded() {
    let key = key();
    assert_eq!(token(7, 3, 9, "").sign(&key), None);
    assert_eq!(token(7, 3, 9, &"x".repeat(161)).sign(&key), None);
    let longest = token(7, 3, 9, &"😀".repeat(40));
    let text = longest.sign(&key).unwrap();
    assert_eq!(text.len(), CHARS_MAX);
    assert_eq!(TicketToken::verify(&text, [key.public()]), Ok(longest));
    assert_eq!(token(7, 3, 9, "F12").sign(&key).unwrap().len(), 156);
}
