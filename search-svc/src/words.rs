//! The words of a query, in one form however they were typed: the form that `search_key` of the migrations gives to what
//! is searched. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The longest query, in characters.
const QUERY_CHARS_MAX: usize = 200;
/// The most words: each of them is looked up.
const WORDS_MAX: usize = 12;
/// The shortest word that also finds what only begins with it. A single letter begins nearly everything.
const PREFIX_CHARS_MIN: usize = 2;
/// Words that say little: they count where they are found, and need not be, unless there is nothing else.
const FILLERS: [&str; 26] = [
    "a", "an", "and", "at", "das", "de", "der", "des", "die", "du", "el", "et", "for", "il", "in", "la", "las", "le",
    "les", "los", "of", "on", "the", "to", "und", "with",
];

/// What an event must have somewhere, each of them: different words, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of what somebody typed, or what is wrong with it.
    pub fn parse(query: &str) -> Result<Self, &'static str> {
        if query.chars().count() > QUERY_CHARS_MAX {
            return Err("must be at most 200 characters");
        }
        if query.chars().any(char::is_control) {
            return Err("must be plain text on one line");
        }
        let words: BTreeSet<String> = split(&key(query)).map(ToOwned::to_owned).collect();
        match words.len() {
            0 => Err("must have a word in it; leave it out to list everything"),
            1..=WORDS_MAX => Ok(Self(words.into_iter().collect())),
            _ => Err("must be at most 12 words"),
        }
    }

    /// Whether there are none: then everything is found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each word, and whether an event must have it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        let all_fillers = self.0.iter().all(|word| is_filler(word));
        self.0.iter().map(move |word| (word.as_str(), all_fillers || !is_filler(word)))
    }
}

/// Whether what begins with the word is found by it, too.
pub fn finds_longer(word: &str) -> bool {
    word.chars().count() >= PREFIX_CHARS_MIN
}

fn is_filler(word: &str) -> bool {
    FILLERS.binary_search(&word).is_ok()
}

/// The words of a text, between single spaces: lower case, without accents and marks.
pub fn key(written: &str) -> String {
    let mut key = String::with_capacity(written.len());
    // Lower case of some letters brings an accent with it: so accents go last.
    for c in written.nfkd().flat_map(char::to_lowercase).filter(|c| !is_accent(*c)) {
        match plain(c) {
            Some(plain) => key.push_str(plain),
            None if c.is_alphanumeric() && !is_mark(c) => key.push(c),
            None if key.is_empty() || key.ends_with(' ') => {}
            None => key.push(' '),
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// The words of a name, also as people write them in one: `winter s tale` and `winters tale`, `wall e` and `walle`. The
/// same as `search_name_vector` of the migrations.
pub fn name_words(written: &str) -> BTreeSet<String> {
    let joined = written.split_whitespace().map(|word| key(word).replace(' ', ""));
    split(&key(written)).map(ToOwned::to_owned).chain(joined).filter(|word| !word.is_empty()).collect()
}

/// The words of what [`key`] wrote.
pub fn split(key: &str) -> impl Iterator<Item = &str> {
    key.split(' ').filter(|word| !word.is_empty())
}

const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Apostrophes and the like that Unicode calls letters.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{2b9}'..='\u{2df}')
}

/// The letters that are no letter with an accent, as the database's `unaccent` writes them.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ĸ' => "q",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(query: &str) -> Words {
        Words::parse(query).unwrap()
    }

    #[test]
    fn case_space_order_accents_and_repetition_mean_nothing() {
        for query in ["winter TALE", "  Tale   winter ", "tale winter tale", "tale\u{3000}winter", "Täle, wínter!"] {
            assert_eq!(words(query), words("tale winter"), "{query:?}");
        }
        assert_ne!(words("tale winter"), words("talewinter"));
        assert_eq!(words("\u{e9}t\u{e9}"), words("e\u{301}te\u{301}"), "one accent, two ways to write it");
    }

    #[test]
    fn what_is_written_becomes_what_is_typed() {
        let typed = [
            ("Amélie", "amelie"),
            ("Ostře sledované vlaky", "ostre sledovane vlaky"),
            ("WALL·E", "wall e"),
            ("Jeanne d'Arc", "jeanne d arc"),
            ("Großer Saal", "grosser saal"),
            ("Babettes gæstebud", "babettes gaestebud"),
            ("100%", "100"),
            ("in_verse", "in verse"),
            ("Русский", "русскии"),
            ("İstanbul", "istanbul"),
            ("“Pathétique”", "pathetique"),
        ];
        for (written, typed) in typed {
            assert_eq!(key(written), typed);
        }
    }

    #[test]
    fn a_name_is_found_as_people_write_it() {
        let words = |name| name_words(name).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(words("The Winter's Tale"), "s tale the winter winters");
        assert_eq!(words("WALL·E"), "e wall walle");
        assert_eq!(words("Thelma & Louise"), "louise thelma");
    }

    #[test]
    fn blank_long_and_unprintable_queries_are_refused() {
        for query in ["", " ", "\u{3000}", "a\u{0}b", "a\tb", "a\nb", "\u{7f}", "%", "?!"] {
            assert!(Words::parse(query).is_err(), "{query:?}");
        }
        assert!(Words::parse(&"é".repeat(QUERY_CHARS_MAX)).is_ok());
        assert!(Words::parse(&"é".repeat(QUERY_CHARS_MAX + 1)).is_err());
        let many: Vec<_> = (0..=WORDS_MAX).map(|n| n.to_string()).collect();
        assert!(Words::parse(&many.join(" ")).is_err());
        assert!(Words::parse(&many[1..].join(" ")).is_ok());
    }

    #[test]
    fn fillers_need_not_be_found_unless_there_is_nothing_else() {
        let required = |query| words(query).iter().filter(|(_, must)| *must).map(|(word, _)| word.to_owned()).collect();
        let none: Vec<String> = required("The Lord of the Rings");
        assert_eq!(none, ["lord", "rings"]);
        let all: Vec<String> = required("to the");
        assert_eq!(all, ["the", "to"]);
    }

    #[test]
    fn the_fillers_are_in_order() {
        assert!(FILLERS.is_sorted());
    }

    proptest! {
        #[test]
        fn the_one_form_stays_as_it_is(query in any::<String>()) {
            let once = key(&query);
            prop_assert_eq!(key(&once), once);
        }

        #[test]
        fn a_word_has_only_letters_and_digits(query in any::<String>()) {
            let Ok(words) = Words::parse(&query) else { return Ok(()) };
            for (word, _) in words.iter() {
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric), "{:?}", word);
            }
        }

        #[test]
        fn the_same_words_in_any_order_and_case_are_the_same(
            mut typed in prop::collection::vec("[a-z0-9]{1,8}", 1..6),
            spaces in " {1,4}",
        ) {
            let query = typed.join(" ");
            typed.reverse();
            prop_assert_eq!(words(&query), words(&typed.join(&spaces).to_uppercase()));
        }
    }
}
