//! What is looked for: each word of a query in the forms that are there. Pure; the lookup of what is there is handed in.

use crate::{spelling, words::finds_longer};

/// A word that was typed, or what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The word; where it was corrected, what it may have meant, one to four words.
    pub forms: Vec<String>,
    /// Whether it was corrected.
    pub corrected: bool,
    /// Whether what begins with it is found as well.
    pub longer: bool,
    /// Whether an event must have it.
    pub required: bool,
}

/// Everything that an event is measured by. At least one term is required.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sought(pub Vec<Term>);

/// The parts of an event that are searched, as the database's weights name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its name.
    Title,
    /// The theatre's name.
    Theater,
    /// City and category.
    Kind,
    /// What it is about.
    Description,
}

/// All parts, the weightiest first.
pub const PARTS: [Part; 4] = [Part::Title, Part::Theater, Part::Kind, Part::Description];
/// What an event gains whose name has all that is required: the name of an event is what most people type.
pub const TITLE_BONUS: i32 = 1_000;
/// What it loses of that for each word of its name that was not asked for.
pub const TITLE_EXCESS: i32 = 3;
/// The most words that count as not asked for.
pub const EXCESS_MAX: i32 = 100;

impl Part {
    /// What a term is worth that is found here: as it stands, and as the beginning of a word.
    pub const fn worth(self) -> (i32, i32) {
        match self {
            Self::Title => (100, 80),
            Self::Theater => (60, 48),
            Self::Kind => (40, 30),
            Self::Description => (20, 10),
        }
    }
}

/// Which words may be taken for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Those that there are not.
    Unknown,
    /// All but short ones.
    All,
}

/// The shortest word that is taken for another one though there is such a word.
const DOUBTED_CHARS_MIN: usize = 4;

impl Doubt {
    /// Whether the word is taken for nothing but itself.
    pub fn trusts(self, word: &str, is_known: bool) -> bool {
        match self {
            Self::Unknown => is_known,
            Self::All => is_known && word.chars().count() < DOUBTED_CHARS_MIN,
        }
    }
}

impl Term {
    /// The word as it was typed, and what it may have meant.
    pub fn new(word: &str, required: bool, is_known: bool, meant: Vec<String>) -> Self {
        let corrected = meant.iter().any(|meant| meant != word);
        let mut forms = meant;
        if (is_known || forms.is_empty()) && !forms.iter().any(|form| form == word) {
            forms.insert(0, word.to_owned());
        }
        Self { forms, corrected, longer: finds_longer(word), required }
    }

    /// A word that resembles none may be two that `is_there` knows; else it stays what it is, and is not found.
    pub fn split(word: &str, required: bool, is_there: impl Fn(&str) -> bool) -> Vec<Self> {
        let two = spelling::splits(word).into_iter().find(|(left, right)| is_there(left) && is_there(right));
        let words = two.map_or_else(|| vec![word], |(left, right)| vec![left, right]);
        words.into_iter().map(|word| Self::new(word, required, true, Vec::new())).collect()
    }

    /// What its worth is multiplied and divided by: a word that was guessed says less.
    pub const fn confidence(&self) -> (i32, i32) {
        if self.corrected { (3, 5) } else { (1, 1) }
    }
}

impl Sought {
    /// The terms that an event must have.
    pub fn required(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().filter(|term| term.required)
    }

    /// How many words were asked for.
    pub fn len(&self) -> i32 {
        i32::try_from(self.0.len()).unwrap_or(i32::MAX)
    }
}
