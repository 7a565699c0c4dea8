//! What can be suggested to somebody who types. Pure.

use usher::reason::Refusal;

use crate::words::{self, Words};

/// How many suggestions there are, if nobody says.
const LIMIT_DEFAULT: usize = 10;
/// The most suggestions that can be asked for.
const LIMIT_MAX: usize = 20;

/// What a suggestion is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumString)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Kind {
    /// An event.
    Event,
    /// A theatre.
    Theater,
    /// A city.
    City,
    /// A category.
    Category,
}

/// Something to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is the name of.
    pub kind: Kind,
    /// The name.
    pub text: String,
}

/// What has been typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Its words.
    pub words: Words,
    /// The same in the order in which they were typed, in the form of [`words::key`].
    pub key: String,
    /// How many suggestions to make.
    pub limit: usize,
}

impl Typed {
    /// Accepts what was asked, or says all that is wrong with it.
    pub fn parse(query: &str, limit: i32) -> Result<Self, Refusal> {
        let (words, limit) = (Words::parse(query), usize::try_from(limit).ok().filter(|limit| *limit <= LIMIT_MAX));
        let mut violations = Vec::new();
        if let Err(wrong) = &words {
            violations.push(("query".to_owned(), (*wrong).to_owned()));
        }
        if limit.is_none() {
            violations.push(("limit".to_owned(), "must be 1 to 20; leave it out for 10".to_owned()));
        }
        match (words, limit) {
            (Ok(words), Some(limit)) => {
                let limit = if limit == 0 { LIMIT_DEFAULT } else { limit };
                Ok(Self { words, key: words::key(query), limit })
            }
            _ => Err(Refusal::fields(violations)),
        }
    }

    /// The word that may be unfinished.
    pub fn last(&self) -> &str {
        self.key.rsplit(' ').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_may_be_unfinished() {
        let typed = Typed::parse("Star  WA", 0).unwrap();
        assert_eq!((typed.last(), typed.key.as_str(), typed.limit), ("wa", "star wa", LIMIT_DEFAULT));
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        for (query, limit) in [("", 0), ("x", -1), ("x", 21), ("?", 30)] {
            assert!(Typed::parse(query, limit).is_err(), "{query:?} {limit}");
        }
        assert!(Typed::parse("x", 20).is_ok());
    }
}
