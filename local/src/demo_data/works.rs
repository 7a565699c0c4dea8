//! The films and live works of `demo/works.tsv`. Knows nothing of when and where they play.

use super::Error;

const FILE: &str = include_str!("../../demo/works.tsv");

/// What sort of house a work needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Genre {
    /// Shown on a screen, several times a day.
    Film,
    /// Spoken theatre.
    Play,
    /// Musical theatre.
    Musical,
    /// Opera.
    Opera,
    /// Ballet and modern dance.
    Dance,
    /// Music without a stage.
    Concert,
}

impl Genre {
    /// What a ticket of this sort costs on the whole, in the file's units. The layouts' prices are for such a work.
    pub(super) const fn usual_price(self) -> u32 {
        match self {
            Self::Film => 1_050,
            Self::Play | Self::Musical | Self::Opera | Self::Dance | Self::Concert => 5_500,
        }
    }
}

/// A film or a live work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// Its title; no two have the same.
    pub(super) title: &'static str,
    /// What sort of house it needs.
    pub(super) genre: Genre,
    /// What kind of film or work it is, for people.
    pub(super) category: &'static str,
    /// How long it lasts with its intervals, in minutes.
    pub(super) minutes: u32,
    /// What a plain seat costs, in hundredths of a unit that each theatre's prices are reckoned from.
    pub(super) price: u32,
    /// One to three sentences.
    pub(super) description: &'static str,
}

/// All works, in the file's order.
pub(super) fn all() -> Result<Vec<Work>, Error> {
    let lines = FILE.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let works = lines.map(|(index, line)| {
        work(line).ok_or_else(|| Error::Content { file: "works.tsv", why: format!("line {} is no work", index + 1) })
    });
    works.collect()
}

fn work(line: &'static str) -> Option<Work> {
    let mut fields = line.split('\t');
    let mut next = || fields.next().filter(|field| !field.is_empty());
    let (title, kind, category) = (next()?, next()?, next()?);
    let (minutes, price) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let description = next()?;
    let genre = match (kind, category) {
        ("film", _) => Genre::Film,
        ("live", "Play") => Genre::Play,
        ("live", "Musical") => Genre::Musical,
        ("live", "Opera") => Genre::Opera,
        ("live", "Ballet" | "Dance") => Genre::Dance,
        ("live", "Concert") => Genre::Concert,
        _ => return None,
    };
    let whole = fields.next().is_none();
    whole.then_some(Work { title, genre, category, minutes, price, description })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_enough_of_each_kind() {
        let works = all().unwrap();
        let films = works.iter().filter(|work| work.genre == Genre::Film).count();
        assert!(works.len() >= 320 && films >= 220 && works.len() - films >= 100, "{films} of {}", works.len());
    }

    #[test]
    fn no_title_or_description_comes_twice() {
        let works = all().unwrap();
        let titles: HashSet<_> = works.iter().map(|work| work.title.to_lowercase()).collect();
        let descriptions: HashSet<_> = works.iter().map(|work| work.description).collect();
        assert_eq!((titles.len(), descriptions.len()), (works.len(), works.len()));
    }

    #[test]
    fn every_work_fits_the_tables() {
        for work in all().unwrap() {
            // The check of events.event_name; the others keep a page readable.
            assert!((1..=300).contains(&work.title.chars().count()), "{work:?}");
            assert!((30..=400).contains(&work.description.chars().count()), "{work:?}");
            assert!((45..=480).contains(&work.minutes), "{work:?}");
            assert!((500..=20_000).contains(&work.price), "{work:?}");
            assert!(work.description.ends_with(['.', '?', '!']), "{work:?}");
            assert_eq!(work.title.trim(), work.title);
        }
    }

    #[test]
    fn titles_keep_their_accents() {
        let works = all().unwrap();
        for title in
            ["Amélie", "La Règle du jeu", "Ostře sledované vlaky", "4 luni, 3 săptămâni și 2 zile", "La Bohème"]
        {
            assert!(works.iter().any(|work| work.title == title), "{title}");
        }
    }

    #[test]
    fn a_line_with_a_field_too_few_or_too_many_is_no_work() {
        assert!(work("T\tfilm\tDrama\t90\t1000\tA text.").is_some());
        assert!(work("T\tfilm\tDrama\t90\t1000").is_none());
        assert!(work("T\tfilm\tDrama\t90\t1000\tA text.\tmore").is_none());
        assert!(work("T\tfilm\tDrama\tlong\t1000\tA text.").is_none());
        assert!(work("T\tlive\tCircus\t90\t1000\tA text.").is_none());
    }
}
