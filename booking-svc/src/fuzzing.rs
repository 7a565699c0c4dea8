//! What any bytes may be thrown at, and what must hold whatever they are: for `fuzz/` and, in fewer rounds, for the tests.
//! It panics where it does not hold.

#![expect(clippy::missing_panics_doc, reason = "a finding is told by panicking")]

use data_encoding::HEXLOWER;
use ring::hmac;
use secrecy::SecretString;

use crate::{callback, signature};

const NOW: i64 = 1_700_000_000;

/// A webhook's signature header, a line's end, and its body: only what the secret signed, near its time, is believed.
pub fn webhook(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, body) = (String::from_utf8_lossy(&data[..at]), data.get(at + 1..).unwrap_or_default());
    let secrets = [SecretString::from("whsec_fuzz")];
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"whsec_fuzz");
    assert!(!signature::is_valid(&header, body, &secrets, NOW), "nobody guesses a signature: {header}");

    let tag = HEXLOWER.encode(hmac::sign(&key, &[format!("{NOW}.").as_bytes(), body].concat()).as_ref());
    let signed = format!("t={NOW},v1={tag}");
    assert!(signature::is_valid(&signed, body, &secrets, NOW));
    assert!(!signature::is_valid(&signed, &[body, b" "].concat(), &secrets, NOW));
    assert!(!signature::is_valid(&signed, body, &secrets, NOW + signature::TOLERANCE_SECONDS + 1));
    assert!(!signature::is_valid(&signed, body, &[], NOW));
    // Of several times the first counts, and it must be the one that was signed.
    let first = header.split(',').map(str::trim).find(|field| field.starts_with("t="));
    let believed = signature::is_valid(&format!("{header},{signed}"), body, &secrets, NOW);
    assert!(!believed || first.is_none_or(|first| first == format!("t={NOW}")), "{header}");

    if let Some(read) = callback::parse(body) {
        assert!(!read.id.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_header_and_no_body_is_believed_unsigned(data in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "((t|v0|v1)=[0-9a-f]{0,64},? ?){0,5}\n\\{\"id\": \"[a-z]{0,3}\", \"type\": \"[a-z_.]{0,20}\"\\}".prop_map(String::into_bytes),
        ]) {
            webhook(&data);
        }
    }
}
