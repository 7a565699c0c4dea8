//! What is said of events, in words. Pure.

use std::collections::BTreeSet;

use crate::{
    event::Event,
    sought::{PARTS, Part, Term},
    words::{key, name_words, split},
};

/// What is said of events that say the same at the same theatre.
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
    /// What it is about, as it is written.
    pub about: String,
    description: BTreeSet<String>,
    kind: BTreeSet<String>,
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
        Self {
            theater_id: event.theater_id,
            theater: Named::new(&event.theater_name),
            description: split(&key(&event.description)).map(ToOwned::to_owned).collect(),
            about: event.description.clone(),
            kind,
            title,
            city,
            category,
        }
    }

    /// How many different words its name has.
    pub fn title_words(&self) -> i32 {
        let distinct: BTreeSet<_> = split(&self.title.key).collect();
        i32::try_from(distinct.len()).unwrap_or(i32::MAX)
    }

    /// All words.
    pub fn words(&self) -> BTreeSet<&str> {
        PARTS.into_iter().flat_map(|part| self.part(part)).map(String::as_str).collect()
    }

    /// The words of a part.
    pub const fn part(&self, part: Part) -> &BTreeSet<String> {
        match part {
            Part::Title => &self.title.words,
            Part::Theater => &self.theater.words,
            Part::Kind => &self.kind,
            Part::Description => &self.description,
        }
    }
}

/// Whether a word begins with a form of the term.
pub fn begins(words: &BTreeSet<String>, term: &Term) -> bool {
    let begins = |form: &String| words.range(form.clone()..).next().is_some_and(|word| word.starts_with(form.as_str()));
    term.forms.iter().any(begins)
}

#[cfg(test)]
pub mod tests {
    use chrono::DateTime;

    use super::*;

    /// An event of that name, at the Roundhouse.
    pub fn event(name: &str, description: &str) -> Event {
        Event {
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
        }
    }

    #[test]
    fn a_word_is_in_the_part_where_it_is_written() {
        let document = Document::new(&event("The Winter's Tale", "A tale in winter."));
        let has = |part, word: &str| document.part(part).contains(word);
        assert!(has(Part::Title, "winters") && has(Part::Theater, "roundhouse"));
        assert!(has(Part::Kind, "wien") && has(Part::Kind, "play") && has(Part::Description, "in"));
        assert_eq!((document.title_words(), document.words().len()), (4, 10));
    }
}
