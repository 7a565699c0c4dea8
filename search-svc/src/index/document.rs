//! A document in the index, and how well it matches: the same measure as `store/sought.rs` has PostgreSQL take. Pure.

use std::collections::BTreeSet;

use crate::{
    event::Event,
    sought::{EXCESS_MAX, PARTS, Part, Sought, TITLE_BONUS, TITLE_EXCESS, Term},
    words::{key, name_words, split},
};

/// What is said of events, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where.
    pub theater_id: i64,
    /// The event's name.
    pub title: Named,
    /// The theatre's name.
    pub theater: Named,
    /// The city.
    pub city: Named,
    /// The category.
    pub category: Named,
    description: BTreeSet<String>,
    kind: BTreeSet<String>,
    title_words: i32,
}

/// A name, as it is written, as a key, and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// As it is written.
    pub label: String,
    /// In the form of [`key`].
    pub key: String,
    /// In words.
    pub words: BTreeSet<String>,
}

impl Named {
    fn new(label: &str) -> Self {
        Self { label: label.to_owned(), key: key(label), words: name_words(label) }
    }
}

impl Document {
    /// What is said of the event.
    pub fn new(event: &Event) -> Self {
        let (title, city, category) = (Named::new(&event.name), Named::new(&event.city), Named::new(&event.category));
        let kind = split(&city.key).chain(split(&category.key)).map(ToOwned::to_owned).collect();
        let distinct: BTreeSet<_> = split(&title.key).collect();
        Self {
            theater_id: event.theater_id,
            theater: Named::new(&event.theater_name),
            description: split(&key(&event.description)).map(ToOwned::to_owned).collect(),
            kind,
            title_words: i32::try_from(distinct.len()).unwrap_or(i32::MAX),
            title,
            city,
            category,
        }
    }

    /// All words.
    pub fn words(&self) -> BTreeSet<&str> {
        PARTS.into_iter().flat_map(|part| self.part(part)).map(String::as_str).collect()
    }

    /// How well it matches.
    pub fn score(&self, sought: &Sought) -> i32 {
        let in_title = sought.required().all(|term| {
            let title = self.part(Part::Title);
            has(title, term) || (term.longer && begins(title, term))
        });
        let excess = (self.title_words - sought.len()).clamp(0, EXCESS_MAX);
        let bonus = if in_title { TITLE_BONUS - TITLE_EXCESS * excess } else { 0 };
        bonus + sought.0.iter().map(|term| self.worth(term)).sum::<i32>()
    }

    /// What the term is worth in the weightiest part that has it.
    fn worth(&self, term: &Term) -> i32 {
        let (times, per) = term.confidence();
        let in_part = |part: Part| {
            let (whole, longer) = part.worth();
            match self.part(part) {
                words if has(words, term) => Some(whole),
                words if term.longer && begins(words, term) => Some(longer),
                _ => None,
            }
        };
        PARTS.into_iter().find_map(in_part).map_or(0, |worth| worth * times / per)
    }

    fn part(&self, part: Part) -> &BTreeSet<String> {
        match part {
            Part::Title => &self.title.words,
            Part::Theater => &self.theater.words,
            Part::Kind => &self.kind,
            Part::Description => &self.description,
        }
    }
}

fn has(words: &BTreeSet<String>, term: &Term) -> bool {
    term.forms.iter().any(|form| words.contains(form))
}

/// Whether a word begins with a form of the term.
pub fn begins(words: &BTreeSet<String>, term: &Term) -> bool {
    let begins = |form: &String| words.range(form.clone()..).next().is_some_and(|word| word.starts_with(form.as_str()));
    term.forms.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn document(name: &str, description: &str) -> Document {
        Document::new(&Event {
            id: 1,
            name: name.to_owned(),
            description: description.to_owned(),
            category: "Play".to_owned(),
            start_time: DateTime::UNIX_EPOCH,
            cdn_link: String::new(),
            currency: "EUR".to_owned(),
            price_from: 0,
            total_ticket_count: 0,
            theater_id: 1,
            theater_name: "Roundhouse".to_owned(),
            city: "Wien".to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            screen_id: 1,
            screen_name: "One".to_owned(),
        })
    }

    fn sought(words: &[&str]) -> Sought {
        Sought(words.iter().map(|word| Term::new(word, true, true, Vec::new())).collect())
    }

    #[test]
    fn all_words_in_the_name_beat_any_number_of_them_elsewhere() {
        let (name, elsewhere) =
            (document("The Long Hamlet of a Winter Night", ""), document("Lear", "Hamlet and winter"));
        let sought = sought(&["hamlet", "winter"]);
        assert!(name.score(&sought) > elsewhere.score(&sought));
    }

    #[test]
    fn a_name_that_says_nothing_else_is_first() {
        let hamlet = sought(&["hamlet"]);
        let scores = ["Hamlet", "Hamlet Machine", "Hamlets"].map(|name| document(name, "").score(&hamlet));
        assert!(scores.is_sorted_by(|better, worse| better > worse), "{scores:?}");
    }

    #[test]
    fn a_guess_is_worth_less_than_what_was_typed() {
        let guessed = Sought(vec![Term::new("hamelt", true, false, vec!["hamlet".to_owned()])]);
        assert!(document("Hamlet", "").score(&guessed) < document("Hamlet", "").score(&sought(&["hamlet"])));
    }

    #[test]
    fn each_part_counts_less_than_the_one_before() {
        let words = ["hamlet", "roundhouse", "wien", "evening"];
        let scores = words.map(|word| document("Hamlet", "An evening.").score(&sought(&[word])));
        assert!(scores.is_sorted_by(|more, less| more > less), "{scores:?}");
        assert_eq!(document("Hamlet", "").score(&sought(&["macbeth"])), 0);
    }
}
