//! How well each document matches: the same measure as `store/sought.rs` has PostgreSQL take. It goes through the lists of
//! who has a word, a part at a time, the weightiest first, and never looks at a document itself.

use tantivy::{
    DocSet as _, InvertedIndexReader, SegmentReader, TERMINATED, TantivyError, Term as Word,
    postings::SegmentPostings,
    schema::{Field, IndexRecordOption},
};

use super::{catalogue::Slot, words::Words};
use crate::sought::{EXCESS_MAX, PARTS, Part, Sought, TITLE_BONUS, TITLE_EXCESS, Term};

/// The documents that have all that is required, and what each is worth. `title_words` says of how many words a
/// document's name is.
pub fn score(
    words: &Words,
    sought: &Sought,
    title_words: impl Fn(Slot) -> i32,
) -> Result<Vec<(Slot, i32)>, TantivyError> {
    let required = bits(sought, |term| term.required);
    let mut found = words.each_segment(|segment| {
        let mut tally = Tally::new(segment.max_doc());
        for (nth, term) in (0..).zip(&sought.0) {
            tally.take(words, segment, term, 1 << nth)?;
        }
        Ok(tally.found(required))
    })?;
    for (slot, score) in &mut found {
        // See [`IN_TITLE`].
        if *score >= IN_TITLE {
            let excess = (title_words(*slot) - sought.len()).clamp(0, EXCESS_MAX);
            *score += TITLE_BONUS - TITLE_EXCESS * excess - IN_TITLE;
        }
    }
    Ok(found)
}

/// Marks a score whose document has all that is required in its name; more than any sum of worths.
const IN_TITLE: i32 = 1 << 24;

fn bits(sought: &Sought, has: impl Fn(&Term) -> bool) -> u32 {
    (0..).zip(&sought.0).filter(|(_, term)| has(term)).map(|(nth, _)| 1_u32 << nth).sum()
}

/// What is known of the documents of a segment, by their numbers in it. A term is a bit.
struct Tally {
    /// The terms that it has.
    has: Vec<u32>,
    /// Those that it has in its name.
    has_in_title: Vec<u32>,
    /// What they are worth together.
    worth: Vec<i32>,
    /// The documents that have the first required term.
    candidates: Option<Vec<u32>>,
}

impl Tally {
    fn new(documents: u32) -> Self {
        let documents = documents as usize;
        Self { has: vec![0; documents], has_in_title: vec![0; documents], worth: vec![0; documents], candidates: None }
    }

    /// Notes who has the term, and where it is worth most.
    fn take(&mut self, words: &Words, segment: &SegmentReader, term: &Term, bit: u32) -> Result<(), TantivyError> {
        let (times, per) = term.confidence();
        let mut having = Vec::new();
        for part in PARTS {
            let (field, (whole, longer)) = (words.field(part), part.worth());
            let index = segment.inverted_index(field)?;
            let mut note = |postings, worth: i32| self.note(postings, part, bit, worth * times / per, &mut having);
            for form in &term.forms {
                whole_words(&index, field, form, |postings| note(postings, whole))?;
            }
            for form in term.forms.iter().filter(|_| term.longer) {
                longer_words(&index, form, |postings| note(postings, longer))?;
            }
        }
        if term.required && self.candidates.is_none() {
            self.candidates = Some(having);
        }
        Ok(())
    }

    fn note(&mut self, mut postings: SegmentPostings, part: Part, bit: u32, worth: i32, having: &mut Vec<u32>) {
        let mut document = postings.doc();
        while document != TERMINATED {
            let nth = document as usize;
            if self.has[nth] & bit == 0 {
                self.has[nth] |= bit;
                self.worth[nth] += worth;
                having.push(document);
            }
            if part == Part::Title {
                self.has_in_title[nth] |= bit;
            }
            document = postings.advance();
        }
    }

    /// Those that have all that is required.
    fn found(self, required: u32) -> Vec<(u32, i32)> {
        let candidates = self.candidates.unwrap_or_default().into_iter();
        let found = candidates.filter(|document| self.has[*document as usize] & required == required);
        let score = |document: u32| {
            let nth = document as usize;
            let in_title = self.has_in_title[nth] & required == required;
            (document, self.worth[nth] + if in_title { IN_TITLE } else { 0 })
        };
        found.map(score).collect()
    }
}

fn whole_words(
    index: &InvertedIndexReader,
    field: Field,
    word: &str,
    visit: impl FnOnce(SegmentPostings),
) -> Result<(), TantivyError> {
    if let Some(postings) = index.read_postings(&Word::from_field_text(field, word), IndexRecordOption::Basic)? {
        visit(postings);
    }
    Ok(())
}

/// Also the word itself: whoever has it was noted before.
fn longer_words(
    index: &InvertedIndexReader,
    word: &str,
    mut visit: impl FnMut(SegmentPostings),
) -> Result<(), TantivyError> {
    let mut longer = index.terms().range().ge(word).into_stream()?;
    while longer.advance() && longer.key().starts_with(word.as_bytes()) {
        visit(index.read_postings_from_terminfo(longer.value(), IndexRecordOption::Basic)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{
        document::{Document, tests::event},
        words,
    };

    /// What each of the documents is worth, `None` where it is not found.
    fn scores(documents: &[(&str, &str)], sought: &Sought) -> Vec<Option<i32>> {
        let documents: Vec<_> = documents.iter().map(|(name, about)| Document::new(&event(name, about))).collect();
        let (words, mut writer) = words::create().unwrap();
        for (slot, document) in (0..).zip(&documents) {
            writer.add(slot, document).unwrap();
            // Each in a segment of its own.
            writer.commit().unwrap();
        }
        let found = score(&words, sought, |slot| documents[slot as usize].title_words()).unwrap();
        let of = |slot| found.iter().find(|(found, _)| *found == slot).map(|(_, score)| *score);
        (0..).take(documents.len()).map(of).collect()
    }

    fn sought(words: &[&str]) -> Sought {
        Sought(words.iter().map(|word| Term::new(word, true, true, Vec::new())).collect())
    }

    #[test]
    fn all_words_in_the_name_beat_any_number_of_them_elsewhere() {
        let documents = [("The Long Hamlet of a Winter Night", ""), ("Lear", "Hamlet and winter"), ("Hamlet", "")];
        let scores = scores(&documents, &sought(&["hamlet", "winter"]));
        assert!(scores[0] > scores[1], "{scores:?}");
        assert_eq!(scores[2], None, "every word must be found");
    }

    #[test]
    fn a_name_that_says_nothing_else_is_first() {
        let scores = scores(&[("Hamlet", ""), ("Hamlet Machine", ""), ("Hamlets", "")], &sought(&["hamlet"]));
        assert!(scores.is_sorted_by(|better, worse| better > worse), "{scores:?}");
    }

    #[test]
    fn a_guess_is_worth_less_than_what_was_typed() {
        let guessed = Sought(vec![Term::new("hamelt", true, false, vec!["hamlet".to_owned()])]);
        assert!(scores(&[("Hamlet", "")], &guessed) < scores(&[("Hamlet", "")], &sought(&["hamlet"])));
    }

    #[test]
    fn each_part_counts_less_than_the_one_before() {
        let of = |word| scores(&[("Hamlet", "An evening.")], &sought(&[word]))[0];
        let scores = ["hamlet", "roundhouse", "wien", "evening"].map(of);
        assert!(scores.is_sorted_by(|more, less| more > less), "{scores:?}");
        assert_eq!(of("macbeth"), None);
        assert_eq!(of("evenin"), Some(10), "the beginning of a word of its description");
    }

    #[test]
    fn what_need_not_be_found_counts_where_it_is() {
        let filler = Term { required: false, ..Term::new("the", true, true, Vec::new()) };
        let sought = Sought(vec![filler, Term::new("hamlet", true, true, Vec::new())]);
        let scores = scores(&[("The Hamlet", ""), ("Hamlet", "")], &sought);
        assert_eq!(scores, [Some(1_000 + 200), Some(1_000 + 100)]);
    }
}
