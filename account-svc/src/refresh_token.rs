//! Refresh tokens: how they look, how one makes the next, and what the use of one means. Takes the time as an argument.
//! Pure, but for the random bytes of a first one.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use ring::{
    digest::{SHA256, digest},
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};

use crate::error::Error;

/// What a refresh token begins with: whoever finds one in a log or a repository can tell what it is.
const PREFIX: &str = "usher_rt_";
const BYTES: usize = 32;
/// How long a used token may come again: its answer was lost, or two tabs of one browser sent it at once.
const REPEAT: TimeDelta = TimeDelta::seconds(30);

/// What makes, with a token, the token after it. One for each session.
pub type Seed = [u8; BYTES];

/// A refresh token. Never logged, never stored.
pub struct RefreshToken([u8; BYTES]);

impl RefreshToken {
    /// The first of a session.
    pub fn first() -> Result<Self, Error> {
        random().map(Self)
    }

    /// The token that somebody sent; `None` where it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As clients get it.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&self.0))
    }

    /// What is stored of it. It has 256 random bits: nothing slower than SHA-256 is needed.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, &self.0).as_ref().to_vec()
    }

    /// The one after it: always the same, so that a lost answer can be given again though it was not kept. Who has only
    /// the token, or only the database, can't tell it.
    pub fn next(&self, seed: &[u8]) -> Result<Self, Error> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), &self.0);
        let bytes = tag.as_ref().try_into().map_err(|_| Error::Defect("HMAC-SHA256 has 32 bytes".to_owned()))?;
        Ok(Self(bytes))
    }
}

/// A session's seed.
pub fn seed() -> Result<Seed, Error> {
    random()
}

fn random() -> Result<[u8; BYTES], Error> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::Defect("the system's random source failed".to_owned()))?;
    Ok(bytes)
}

/// What is known of a token that came.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// When it was exchanged for the next one, if it was.
    pub used_at: Option<DateTime<Utc>>,
    /// When it stops to be accepted.
    pub expires_at: DateTime<Utc>,
    /// Whether its session was ended.
    pub has_ended: bool,
}

/// What the use of a token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The next one takes its place.
    First,
    /// The same answer again.
    Repeat,
    /// Somebody copied it: the session ends, since nobody can tell which of the two is the user.
    Copied,
    /// The session is over.
    Over,
}

/// Judges a token that came at `now`.
pub fn judge(known: Known, now: DateTime<Utc>) -> Use {
    match known.used_at {
        _ if known.has_ended => Use::Over,
        // Told apart from one that was never used: a copy that comes late still tells that there is one.
        Some(used_at) if now - used_at > REPEAT => Use::Copied,
        _ if known.expires_at <= now => Use::Over,
        Some(_) => Use::Repeat,
        None => Use::First,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_token_comes_back_as_it_went_and_nothing_else_is_one() {
        let token = RefreshToken::first().unwrap();
        let back = RefreshToken::parse(&token.text()).unwrap();
        assert_eq!(back.hash(), token.hash());
        assert!(!token.text().contains(&BASE64URL_NOPAD.encode(&token.hash())), "the hash is not the token");
        for wrong in ["", "usher_rt_", "usher_rt_AAAA", &token.text()[1..], &format!("{}A", token.text())] {
            assert!(RefreshToken::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_next_token_is_always_the_same_and_needs_both_halves() {
        let (token, seed) = (RefreshToken::first().unwrap(), seed().unwrap());
        let next = token.next(&seed).unwrap();
        assert_eq!(next.text(), token.next(&seed).unwrap().text());
        assert_ne!(next.text(), token.text());
        assert_ne!(next.text(), token.next(&super::seed().unwrap()).unwrap().text());
        assert_ne!(next.text(), RefreshToken::first().unwrap().next(&seed).unwrap().text());
    }

    #[test]
    fn a_token_is_good_once_and_for_a_moment_again() {
        let known =
            |used_at: Option<i64>, has_ended| Known { used_at: used_at.map(at), expires_at: at(100), has_ended };
        let table = [
            (known(None, false), 50, Use::First),
            (known(None, false), 99, Use::First),
            (known(None, false), 100, Use::Over),
            (known(None, true), 50, Use::Over),
            (known(Some(50), false), 50, Use::Repeat),
            (known(Some(50), false), 80, Use::Repeat),
            (known(Some(50), false), 81, Use::Copied),
            (known(Some(90), false), 105, Use::Over),
            (known(Some(50), false), 200, Use::Copied),
            (known(Some(50), true), 81, Use::Over),
        ];
        for (known, now, expected) in table {
            assert_eq!(judge(known, at(now)), expected, "{known:?} at {now}");
        }
    }
}
