//! The words of all documents, in tantivy: which documents have them, and which words there are. In memory alone.

use std::collections::BTreeSet;

use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term,
    collector::DocSetCollector,
    query::{BooleanQuery, FuzzyTermQuery, Query, TermQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::sought;

/// What the writer may hold before it makes a segment of it, in bytes.
const WRITER_BYTES: usize = 50_000_000;
/// The most words that are compared letter by letter.
const SIMILAR_MAX: usize = 2_000;
/// How many mistakes a word may have.
const MISTAKES_MAX: u8 = 2;

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
    document_id: Field,
    words: Field,
}

/// Empty words, and what adds to them.
pub fn create() -> Result<(Words, WordsWriter), TantivyError> {
    let mut schema = Schema::builder();
    let document_id = schema.add_i64_field("document_id", INDEXED | FAST);
    let by_space = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let words = schema.add_text_field("words", TextOptions::default().set_indexing_options(by_space));
    let fields = Fields { document_id, words };
    let index = tantivy::Index::create_in_ram(schema.build());
    let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((Words { reader: reader.clone(), fields }, WordsWriter { writer, reader, fields }))
}

impl WordsWriter {
    /// Adds a document; [`Self::commit`] makes it seen.
    pub fn add(&self, document_id: i64, words: &BTreeSet<&str>) -> Result<(), TantivyError> {
        let mut document = TantivyDocument::new();
        document.add_i64(self.fields.document_id, document_id);
        document.add_text(self.fields.words, words.iter().copied().collect::<Vec<_>>().join(" "));
        self.writer.add_document(document).map(drop)
    }

    /// Shows what was added.
    pub fn commit(&mut self) -> Result<(), TantivyError> {
        self.writer.commit()?;
        self.reader.reload()
    }
}

impl Words {
    /// The documents that have all that is required.
    pub fn find(&self, sought: &sought::Sought) -> Result<BTreeSet<i64>, TantivyError> {
        let required = sought.required().map(|term| self.any(term)).collect();
        let searcher = self.reader.searcher();
        let found = searcher.search(&BooleanQuery::intersection(required), &DocSetCollector)?;
        let mut ids = BTreeSet::new();
        for (segment, reader) in (0..).zip(searcher.segment_readers()) {
            let column = reader.fast_fields().i64("document_id")?;
            let here = found.iter().filter(|address| address.segment_ord == segment);
            ids.extend(here.filter_map(|address| column.first(address.doc_id)));
        }
        Ok(ids)
    }

    /// Whether there is such a word.
    pub fn has(&self, word: &str) -> Result<bool, TantivyError> {
        Ok(self.reader.searcher().doc_freq(&self.term(word))? > 0)
    }

    /// Whether there is such a word, or one that begins with it.
    pub fn begins(&self, word: &str) -> Result<bool, TantivyError> {
        for segment in self.reader.searcher().segment_readers() {
            let words = segment.inverted_index(self.fields.words)?;
            let mut from = words.terms().range().ge(word).into_stream()?;
            if from.advance() && from.key().starts_with(word.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Words that are, or begin, about as this one.
    pub fn similar(&self, word: &str) -> Result<Vec<String>, TantivyError> {
        let mut similar = BTreeSet::new();
        for segment in self.reader.searcher().segment_readers() {
            let words = segment.inverted_index(self.fields.words)?;
            let automaton = FuzzyTermQuery::new_prefix(self.term(word), MISTAKES_MAX, true).automaton()?;
            let mut near = words.terms().search(automaton).into_stream()?;
            while similar.len() < SIMILAR_MAX && near.advance() {
                similar.extend(std::str::from_utf8(near.key()).map(ToOwned::to_owned));
            }
        }
        Ok(similar.into_iter().collect())
    }

    fn any(&self, term: &sought::Term) -> Box<dyn Query> {
        let form = |form: &String| -> Box<dyn Query> {
            match term.longer {
                true => Box::new(FuzzyTermQuery::new_prefix(self.term(form), 0, false)),
                false => Box::new(TermQuery::new(self.term(form), IndexRecordOption::Basic)),
            }
        };
        Box::new(BooleanQuery::union(term.forms.iter().map(form).collect()))
    }

    fn term(&self, word: &str) -> Term {
        Term::from_field_text(self.fields.words, word)
    }
}
