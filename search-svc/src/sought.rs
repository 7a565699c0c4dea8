//! What is looked for: each word of a query in the forms that are there. Pure; the lookup of what is there is handed in.

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

impl Term {
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
