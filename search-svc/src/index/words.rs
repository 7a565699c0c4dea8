//! The words of all documents, in tantivy: which documents have them in which part, and which words there are. In memory
//! alone.

use std::collections::BTreeSet;

use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, SegmentReader, TantivyDocument, TantivyError, Term,
    query::FuzzyTermQuery,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use super::{catalogue::Slot, document::Document};
use crate::{
    sought::{PARTS, Part},
    spelling::steps_max,
};

/// What the writer may hold before it makes a segment of it, in bytes.
const WRITER_BYTES: usize = 50_000_000;
/// The most words that are compared letter by letter.
const SIMILAR_MAX: usize = 2_000;
/// The fast field's name.
const SLOT: &str = "slot";

/// What is looked up.
#[derive(Clone)]
pub struct Words {
    reader: IndexReader,
    fields: Fields,
}

/// What adds to it.
pub struct WordsWriter {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
}

#[derive(Debug, Clone, Copy)]
struct Fields {
    slot: Field,
    /// The words of all parts: which words there are.
    all: Field,
    /// The words of each part, in the order of [`PARTS`].
    parts: [Field; PARTS.len()],
}

/// Empty words, and what adds to them.
pub fn create() -> Result<(Words, WordsWriter), TantivyError> {
    let mut schema = Schema::builder();
    let slot = schema.add_u64_field(SLOT, INDEXED | FAST);
    let by_space = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let text = TextOptions::default().set_indexing_options(by_space);
    let all = schema.add_text_field("all", text.clone());
    let parts = PARTS.map(|part| schema.add_text_field(&format!("{part:?}"), text.clone()));
    let fields = Fields { slot, all, parts };
    let index = tantivy::Index::create_in_ram(schema.build());
    let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((Words { reader: reader.clone(), fields }, WordsWriter { writer, reader, fields }))
}

impl WordsWriter {
    /// Adds a document; [`Self::commit`] makes it seen.
    pub fn add(&self, slot: Slot, document: &Document) -> Result<(), TantivyError> {
        let text = |words: &mut dyn Iterator<Item = &str>| words.collect::<Vec<_>>().join(" ");
        let mut added = TantivyDocument::new();
        added.add_u64(self.fields.slot, slot.into());
        added.add_text(self.fields.all, text(&mut document.words().into_iter()));
        for (part, field) in PARTS.into_iter().zip(self.fields.parts) {
            added.add_text(field, text(&mut document.part(part).iter().map(String::as_str)));
        }
        self.writer.add_document(added).map(drop)
    }

    /// Shows what was added.
    pub fn commit(&mut self) -> Result<(), TantivyError> {
        self.writer.commit()?;
        self.reader.reload()
    }
}

impl Words {
    /// Goes through all segments: `visit` is given each, with the slots of its documents.
    pub fn each_segment(
        &self,
        mut visit: impl FnMut(&SegmentReader) -> Result<Vec<(u32, i32)>, TantivyError>,
    ) -> Result<Vec<(Slot, i32)>, TantivyError> {
        let mut found = Vec::new();
        for segment in self.reader.searcher().segment_readers() {
            let slots = segment.fast_fields().u64(SLOT)?;
            let here = visit(segment)?.into_iter();
            let slot = |id| slots.first(id).and_then(|slot| Slot::try_from(slot).ok());
            found.extend(here.filter_map(|(id, score)| Some((slot(id)?, score))));
        }
        Ok(found)
    }

    /// The field with the words of this part.
    pub const fn field(&self, part: Part) -> Field {
        self.fields.parts[part as usize]
    }

    /// Whether there is such a word.
    pub fn has(&self, word: &str) -> Result<bool, TantivyError> {
        Ok(self.reader.searcher().doc_freq(&self.term(word))? > 0)
    }

    /// Whether there is such a word, or one that begins with it.
    pub fn begins(&self, word: &str) -> Result<bool, TantivyError> {
        for segment in self.reader.searcher().segment_readers() {
            let words = segment.inverted_index(self.fields.all)?;
            let mut from = words.terms().range().ge(word).into_stream()?;
            if from.advance() && from.key().starts_with(word.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Words that are, or begin, about as this one.
    pub fn similar(&self, word: &str) -> Result<Vec<String>, TantivyError> {
        // No more than can be meant: each further step lets through many times as many words.
        let steps = u8::try_from(steps_max(word.chars().count())).unwrap_or(u8::MAX);
        let mut similar = BTreeSet::new();
        for segment in self.reader.searcher().segment_readers() {
            let words = segment.inverted_index(self.fields.all)?;
            let automaton = FuzzyTermQuery::new_prefix(self.term(word), steps, true).automaton()?;
            let mut near = words.terms().search(automaton).into_stream()?;
            while similar.len() < SIMILAR_MAX && near.advance() {
                similar.extend(std::str::from_utf8(near.key()).map(ToOwned::to_owned));
            }
        }
        Ok(similar.into_iter().collect())
    }

    fn term(&self, word: &str) -> Term {
        Term::from_field_text(self.fields.all, word)
    }
}
