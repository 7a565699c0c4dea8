//! Passes: what whoever was let in from an event's waiting room reserves with. event-svc gives them out, booking-svc asks
//! for them; both know the same secrets. A pass names its event, its user and its end, and is good for nothing else: there
//! is nothing to steal, to copy into another tab or to make up.

use std::sync::Arc;

use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use secrecy::{ExposeSecret as _, SecretString};

use crate::id::EventId;

/// The fewest characters of a secret: shorter ones can be guessed.
pub const SECRET_CHARS_MIN: usize = 32;
/// What is signed for one purpose is worth nothing for another.
const PASS: &[u8] = b"usher pass 1";
const DRAW: &[u8] = b"usher draw 1";
/// The end, and the signature behind it.
const END_BYTES: usize = 8;

/// The secrets of the waiting rooms.
#[derive(Debug, Clone, Args)]
pub struct PassConfig {
    /// What passes of waiting rooms are signed with, separated by commas: the first signs, all are taken; two while one is
    /// replaced. At least 32 characters each, the same for event-svc and booking-svc. Without one there are no waiting rooms.
    #[arg(long, env, hide_env_values = true, value_delimiter = ',', value_parser = secret)]
    pub waiting_room_secrets: Vec<SecretString>,
}

/// Signs and checks passes. Cheap to clone.
#[derive(Clone)]
pub struct PassKeys {
    keys: Arc<[Key]>,
}

/// Who may reserve at which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The event.
    pub event: EventId,
    /// The user.
    pub user_id: i64,
}

impl PassKeys {
    /// The keys that the settings name; none where they name none.
    #[must_use]
    pub fn new(config: &PassConfig) -> Self {
        let key = |secret: &SecretString| Key::new(HMAC_SHA256, secret.expose_secret().as_bytes());
        Self { keys: config.waiting_room_secrets.iter().map(key).collect() }
    }

    /// A pass that is good until `until`, in seconds since 1970; `None` without a key.
    #[must_use]
    pub fn sign(&self, bearer: Bearer, until: i64) -> Option<String> {
        let tag = sign(self.keys.first()?, &message(PASS, bearer, until));
        Some(BASE64URL_NOPAD.encode(&[&until.to_be_bytes(), tag.as_ref()].concat()))
    }

    /// Until when `pass` is the bearer's, in seconds since 1970; `None` where it is not theirs at all.
    #[must_use]
    pub fn end(&self, pass: &str, bearer: Bearer) -> Option<i64> {
        let bytes = BASE64URL_NOPAD.decode(pass.as_bytes()).ok()?;
        let (until, tag) = bytes.split_first_chunk::<END_BYTES>()?;
        let until = i64::from_be_bytes(*until);
        let signed = message(PASS, bearer, until);
        self.keys.iter().any(|key| verify(key, &signed, tag).is_ok()).then_some(until)
    }

    /// The bearer's lot, from 0 up to below 1: always the same, so that nobody draws again, and not to be foreseen without
    /// the secret. `None` without a key.
    #[must_use]
    pub fn draw(&self, bearer: Bearer) -> Option<f64> {
        let tag = sign(self.keys.first()?, &message(DRAW, bearer, 0));
        let (head, _) = tag.as_ref().split_first_chunk::<4>()?;
        Some(f64::from(u32::from_be_bytes(*head)) / (f64::from(u32::MAX) + 1.0))
    }
}

fn message(purpose: &[u8], bearer: Bearer, until: i64) -> Vec<u8> {
    let (event, user) = (bearer.event.get().to_be_bytes(), bearer.user_id.to_be_bytes());
    [purpose, &event, &user, &until.to_be_bytes()].concat()
}

fn secret(text: &str) -> Result<SecretString, String> {
    match text.chars().count() >= SECRET_CHARS_MIN {
        true => Ok(text.into()),
        false => Err(format!("each secret must have at least {SECRET_CHARS_MIN} characters")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(secrets: &[&str]) -> PassKeys {
        let waiting_room_secrets = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        PassKeys::new(&PassConfig { waiting_room_secrets })
    }

    fn bearer(event: i64, user_id: i64) -> Bearer {
        Bearer { event: EventId::new(event).unwrap(), user_id }
    }

    #[test]
    fn a_pass_is_its_bearers_at_its_event() {
        let keys = keys(&["one"]);
        let pass = keys.sign(bearer(7, 1), 100).unwrap();
        assert_eq!(keys.end(&pass, bearer(7, 1)), Some(100));
        assert_eq!(keys.end(&pass, bearer(7, 2)), None);
        assert_eq!(keys.end(&pass, bearer(8, 1)), None);
    }

    #[test]
    fn a_secret_is_replaced_without_turning_anybody_away() {
        let (old, both, new) = (keys(&["old"]), keys(&["new", "old"]), keys(&["new"]));
        let pass = old.sign(bearer(7, 1), 100).unwrap();
        assert!(both.end(&pass, bearer(7, 1)).is_some() && new.end(&pass, bearer(7, 1)).is_none());
        assert!(new.end(&both.sign(bearer(7, 1), 100).unwrap(), bearer(7, 1)).is_some());
    }

    #[test]
    fn without_a_secret_nothing_is_signed_and_nothing_is_good() {
        let pass = keys(&["one"]).sign(bearer(7, 1), 100).unwrap();
        assert_eq!(keys(&[]).end(&pass, bearer(7, 1)), None);
        assert_eq!((keys(&[]).sign(bearer(7, 1), 100), keys(&[]).draw(bearer(7, 1))), (None, None));
    }

    #[test]
    fn lots_are_fair() {
        let keys = keys(&["one"]);
        let lots: Vec<_> = (1..=10_000).map(|user| keys.draw(bearer(7, user)).unwrap()).collect();
        assert!(lots.iter().all(|lot| (0.0..1.0).contains(lot)));
        for tenth in 0..10 {
            let from = f64::from(tenth) / 10.0;
            let within = lots.iter().filter(|lot| (from..from + 0.1).contains(*lot)).count();
            assert!((850..1_150).contains(&within), "{within} of 10,000 lots are in tenth {tenth}");
        }
        assert_eq!(keys.draw(bearer(7, 1)), keys.draw(bearer(7, 1)), "and drawn once");
        assert_ne!(keys.draw(bearer(7, 1)), keys.draw(bearer(8, 1)), "for each event");
    }

    proptest! {
        /// Nothing that was not signed is good, however near it comes.
        #[test]
        fn a_pass_that_was_changed_is_no_pass(at in 0_usize..54, to in "[A-Za-z0-9_-]") {
            let keys = keys(&["one"]);
            let pass = keys.sign(bearer(7, 1), i64::MAX).unwrap();
            let changed = format!("{}{to}{}", &pass[..at], &pass[(at + 1).min(pass.len())..]);
            prop_assert!(changed == pass || keys.end(&changed, bearer(7, 1)).is_none());
        }

        #[test]
        fn nonsense_is_no_pass(text in ".{0,80}") {
            prop_assert_eq!(keys(&["one"]).end(&text, bearer(7, 1)), None);
        }
    }
}
