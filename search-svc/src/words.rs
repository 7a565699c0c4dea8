//! The words of a query: in one form, however they were typed, and as patterns of the database. Pure.

use std::collections::BTreeSet;

/// The longest query, in characters.
const QUERY_CHARS_MAX: usize = 200;

/// What an event must have somewhere, each of them. In lower case and in order; none that another one contains: who
/// has `winter` has `win`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
        let words: BTreeSet<String> = query.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect();
        if words.is_empty() {
            return Err("must have a word in it; leave it out to list everything");
        }
        let implied = |word: &String| words.iter().any(|other| other != word && other.contains(word.as_str()));
        Ok(Self(words.iter().filter(|word| !implied(word)).cloned().collect()))
    }

    /// The words as one text. No word has a space in it, so that no two sets of words read the same.
    pub fn joined(&self) -> String {
        self.0.join(" ")
    }

    /// A pattern of `LIKE` for each word, which matches wherever the word stands.
    pub fn patterns(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|word| pattern(word))
    }
}

/// What `LIKE` takes for anything but itself is escaped with its default, the backslash.
fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(query: &str) -> Words {
        Words::parse(query).unwrap()
    }

    /// `LIKE` as PostgreSQL documents it.
    fn like(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
            ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
            ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
        }
    }

    #[test]
    fn case_space_order_and_repetition_mean_nothing() {
        for query in ["winter TALE", "  Tale   winter ", "tale winter tale", "tale\u{3000}winter", "winter tale win"] {
            assert_eq!(words(query), words("tale winter"), "{query:?}");
        }
        assert_ne!(words("tale winter"), words("talewinter"));
    }

    #[test]
    fn what_like_takes_for_more_is_a_letter_like_any_other() {
        let patterns = |query| words(query).patterns().collect::<Vec<_>>();
        assert_eq!(patterns("100%"), [r"%100\%%"]);
        assert_eq!(patterns("in_verse"), [r"%in\_verse%"]);
        assert_eq!(patterns(r"a\b"), [r"%a\\b%"]);
    }

    #[test]
    fn blank_long_and_unprintable_queries_are_refused() {
        for query in ["", " ", "\u{3000}", "a\u{0}b", "a\tb", "a\nb", "\u{7f}"] {
            assert!(Words::parse(query).is_err(), "{query:?}");
        }
        assert!(Words::parse(&"é".repeat(QUERY_CHARS_MAX)).is_ok());
        assert!(Words::parse(&"é".repeat(QUERY_CHARS_MAX + 1)).is_err());
    }

    proptest! {
        #[test]
        fn the_one_form_stays_as_it_is(query in "[ -~é]{1,40}") {
            if let Ok(words) = Words::parse(&query) {
                prop_assert_eq!(Words::parse(&words.joined()), Ok(words));
            }
        }

        #[test]
        fn the_same_words_in_any_order_and_case_are_the_same(
            mut typed in prop::collection::vec("[a-z%_0-9]{1,8}", 1..6),
            spaces in " {1,4}",
        ) {
            let query = typed.join(" ");
            typed.reverse();
            prop_assert_eq!(words(&query), words(&typed.join(&spaces).to_uppercase()));
        }

        #[test]
        fn words_left_out_are_found_anyway(typed in prop::collection::vec("[ab]{1,3}", 1..6)) {
            let kept = words(&typed.join(" "));
            prop_assert!(typed.iter().all(|word| kept.0.iter().any(|longer| longer.contains(word))));
            prop_assert!(kept.0.iter().all(|word| typed.contains(word)));
        }

        #[test]
        fn a_pattern_matches_where_the_word_stands_and_nowhere_else(
            word in r"[a%_\\]{1,4}",
            text in r"[a%_\\b]{0,8}",
        ) {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(like(&chars(&text), &chars(&pattern(&word))), text.contains(&word));
        }
    }
}
