//! The signature of a callback: Stripe's scheme, `t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">`
//! (<https://docs.stripe.com/webhooks#verify-manually>). Pure.

use data_encoding::HEXLOWER_PERMISSIVE;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// How far the signature's time may be from ours, in seconds: an old callback can't be sent again by a stranger.
pub const TOLERANCE_SECONDS: i64 = 300;
/// The most signatures that are looked at; more than one stand there while a secret is replaced.
const SIGNATURES_MAX: usize = 8;

/// Whether one of `secrets` signed `body` near `now` (seconds since 1970). Compares in constant time.
#[must_use]
pub fn is_valid(header: &str, body: &[u8], secrets: &[SecretString], now: i64) -> bool {
    let fields = || header.split(',').filter_map(|field| field.trim().split_once('='));
    let Some((_, time)) = fields().find(|(name, _)| *name == "t") else { return false };
    let Ok(seconds) = time.parse::<i64>() else { return false };
    if seconds.abs_diff(now) > TOLERANCE_SECONDS.unsigned_abs() {
        return false;
    }
    let signed = [time.as_bytes(), b".", body].concat();
    let signatures = fields().filter(|(name, _)| *name == "v1").take(SIGNATURES_MAX);
    let signatures: Vec<_> =
        signatures.filter_map(|(_, hex)| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()).collect();
    secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        signatures.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn sign(secret: &str, time: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
        format!("t={time},v1={},v0=00", HEXLOWER.encode(tag.as_ref()))
    }

    fn secrets(secrets: &[&str]) -> Vec<SecretString> {
        secrets.iter().map(|&secret| secret.into()).collect()
    }

    #[test]
    fn the_right_secret_passes_also_while_it_is_replaced() {
        let header = sign("whsec_old", NOW, "{}");
        assert!(is_valid(&header, b"{}", &secrets(&["whsec_new", "whsec_old"]), NOW));
        assert!(!is_valid(&header, b"{}", &secrets(&["whsec_new"]), NOW));
    }

    #[test]
    fn a_changed_body_or_time_fails() {
        let header = sign("s", NOW, "{}");
        assert!(!is_valid(&header, b"{ }", &secrets(&["s"]), NOW));
        assert!(!is_valid(&header.replace("t=17", "t=18"), b"{}", &secrets(&["s"]), NOW + 100_000_000));
    }

    #[test]
    fn five_minutes_and_no_more() {
        let header = sign("s", NOW, "{}");
        assert!(is_valid(&header, b"{}", &secrets(&["s"]), NOW + TOLERANCE_SECONDS));
        assert!(!is_valid(&header, b"{}", &secrets(&["s"]), NOW + TOLERANCE_SECONDS + 1));
        assert!(!is_valid(&header, b"{}", &secrets(&["s"]), NOW - TOLERANCE_SECONDS - 1));
    }

    #[test]
    fn nonsense_fails() {
        for header in ["", "t=", "t=x,v1=00", "v1=00", "t=1700000000", "t=1700000000,v1=zz", "t=-9223372036854775808"] {
            assert!(!is_valid(header, b"{}", &secrets(&["s"]), NOW), "{header}");
        }
    }
}
