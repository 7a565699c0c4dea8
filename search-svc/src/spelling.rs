//! Which words somebody may have meant who typed one that there is not. Pure.

/// The most words that one is taken for.
const MEANT_MAX: usize = 4;

/// The shortest part of a word that was typed in one and is two.
const PART_CHARS_MIN: usize = 3;

/// The words nearest to the one that was typed, of those that there are; none where none is near enough. A word that is
/// typed to its end is nearer than one whose beginning it resembles, and few people mistake the first letter.
pub fn nearest(typed: &str, words: &[String]) -> Vec<String> {
    let first = typed.chars().next();
    let far = |word: &String| Some((distance(typed, word)?, word.chars().next() != first));
    let mut near: Vec<_> = words.iter().filter_map(|word| Some((far(word)?, word))).collect();
    near.sort_unstable();
    let Some(&(best, _)) = near.first() else { return Vec::new() };
    near.into_iter().take_while(|(far, _)| *far == best).take(MEANT_MAX).map(|(_, word)| word.clone()).collect()
}

/// The pairs of words that may have been typed in one, the most even first.
pub fn splits(typed: &str) -> Vec<(&str, &str)> {
    let length = typed.chars().count();
    let mut ends: Vec<_> = typed.char_indices().enumerate().skip(PART_CHARS_MIN).collect();
    ends.truncate((length + 1).saturating_sub(2 * PART_CHARS_MIN));
    ends.sort_by_key(|(chars, _)| (2 * chars).abs_diff(length));
    ends.into_iter().map(|(_, (end, _))| typed.split_at(end)).collect()
}

/// How far the word is from what was typed, in half steps; `None` where it is too far to be meant. A step is a letter
/// too much, too few, wrong, or changed over with its neighbour.
fn distance(typed: &str, word: &str) -> Option<usize> {
    let length = typed.chars().count();
    let steps_max = steps_max(length);
    let whole = strsim::osa_distance(typed, word);
    let mut best = (whole <= steps_max).then_some(2 * whole);
    for begun in length.saturating_sub(1)..=length + 1 {
        let Some((end, _)) = word.char_indices().nth(begun) else { break };
        let steps = strsim::osa_distance(typed, &word[..end]);
        let far = 2 * steps + 1;
        if steps <= steps_max && best.is_none_or(|best| far < best) {
            best = Some(far);
        }
    }
    best
}

/// How many mistakes a word of so many letters may have. With more, short words would all be the same.
pub const fn steps_max(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(typed: &str, words: &[&str]) -> Vec<String> {
        nearest(typed, &words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_slip_is_understood() {
        assert_eq!(meant("avngers", &["avenger", "avengers", "angels"]), ["avengers"]);
        assert_eq!(meant("hamelt", &["hammer", "hamlet", "had"]), ["hamlet"]);
        assert_eq!(meant("macbth", &["macbeth", "mac"]), ["macbeth"]);
        assert_eq!(meant("avnge", &["avenger", "aim"]), ["avenger"], "typed half");
    }

    #[test]
    fn the_whole_word_is_nearer_than_a_beginning() {
        assert_eq!(meant("othelo", &["othello", "othelloes"]), ["othello"]);
    }

    #[test]
    fn equally_near_words_are_all_meant_and_no_more_than_four() {
        assert_eq!(meant("cat", &["bat", "hat", "rat", "dog"]), ["bat", "hat", "rat"]);
        assert_eq!(meant("cat", &["bat", "fat", "hat", "mat", "rat"]).len(), MEANT_MAX);
    }

    #[test]
    fn the_first_letter_is_trusted() {
        assert_eq!(meant("wnd", &["and", "end", "wand", "wind"]), ["wand", "wind"]);
    }

    #[test]
    fn two_words_may_be_typed_in_one() {
        assert_eq!(splits("bladerunner").len(), 6);
        assert!(splits("bladerunner").contains(&("blade", "runner")));
        assert_eq!(splits("abcdéfg"), [("abc", "défg"), ("abcd", "éfg")]);
        assert_eq!(splits("abcde"), []);
    }

    #[test]
    fn what_resembles_nothing_means_nothing() {
        assert_eq!(meant("xylophone", &["hamlet", "telephone"]), [""; 0]);
        assert_eq!(meant("ab", &["ac"]), [""; 0], "too short to be told from any other");
        assert_eq!(meant("hamlet", &[]), [""; 0]);
    }
}
