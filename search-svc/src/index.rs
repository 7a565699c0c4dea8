//! The index in this process, the second way to search: it needs neither PostgreSQL nor Redis once it is built. tantivy
//! finds the documents, which are ranked as PostgreSQL ranks them; their events are kept in memory.

mod calendar;
mod catalogue;
mod document;
mod follow;
mod scores;
mod sieve;
mod tally;
mod timetable;
mod words;

pub use follow::follower;

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use catalogue::{Catalogue, Slot};
use document::{Named, begins};
use words::Words;

use crate::{
    error::Error,
    event::{Found, Timestamp},
    rank::{self, Counted, DOCUMENTS_MAX},
    search::Search,
    sought::{Doubt, Sought, Term},
    spelling,
    store::Moment,
    suggestion::{Kind, Suggestion, Typed},
    words as typed_words,
};

/// Not built yet.
const UNBUILT: i64 = -1;

/// The index. Cheap to clone.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    contents: RwLock<Contents>,
    /// How far the database's transactions were settled when it was last brought up to date; [`UNBUILT`] before.
    transactions: AtomicI64,
}

/// What is in the index.
struct Contents {
    catalogue: Catalogue,
    words: Words,
}

impl Index {
    fn new(words: Words) -> Self {
        let contents = RwLock::new(Contents { catalogue: Catalogue::default(), words });
        Self(Arc::new(Inner { contents, transactions: AtomicI64::new(UNBUILT) }))
    }

    /// Whether it can answer.
    pub fn is_built(&self) -> bool {
        self.0.transactions.load(Ordering::Acquire) != UNBUILT
    }

    /// What the search finds.
    pub async fn find(&self, search: &Search) -> Result<(Found, Moment), Error> {
        if search.is_short() {
            let moment = self.moment();
            // What is being written is waited for elsewhere.
            if let Ok(contents) = self.0.contents.try_read() {
                return contents.find(search, moment);
            }
        }
        let (index, search) = (self.clone(), search.clone());
        // Some searches go through every event: not on the runtime's threads.
        tokio::task::spawn_blocking(move || index.find_here(&search)).await?
    }

    /// How what was typed may go on.
    pub async fn suggest(&self, typed: &Typed) -> Result<Vec<Suggestion>, Error> {
        let (index, typed) = (self.clone(), typed.clone());
        tokio::task::spawn_blocking(move || index.suggest_here(&typed)).await?
    }

    fn find_here(&self, search: &Search) -> Result<(Found, Moment), Error> {
        let moment = self.moment();
        self.read().find(search, moment)
    }

    /// Read before the contents: they may be newer than it says, and never older.
    fn moment(&self) -> Moment {
        Moment { now: now(), transactions: self.0.transactions.load(Ordering::Acquire) }
    }

    fn suggest_here(&self, typed: &Typed) -> Result<Vec<Suggestion>, Error> {
        let contents = self.read();
        let mut sought = contents.spell(&typed.words, Doubt::Unknown)?;
        for term in &mut sought.0 {
            term.longer |= term.forms.iter().any(|form| form == typed.last());
        }
        let mut names = BTreeSet::new();
        for document in contents.catalogue.upcoming(now()) {
            let kinds = [
                (Kind::Event, &document.title),
                (Kind::Theater, &document.theater),
                (Kind::City, &document.city),
                (Kind::Category, &document.category),
            ];
            let fitting = kinds.into_iter().filter(|(_, name)| fits(name, &sought));
            names.extend(fitting.map(|(kind, name)| {
                (
                    !name.key.starts_with(&typed.key),
                    name.key.chars().count(),
                    name.key.as_str(),
                    kind,
                    name.label.as_str(),
                )
            }));
        }
        let mut names: Vec<_> = names.into_iter().collect();
        names.dedup_by(|a, b| (a.2, a.3) == (b.2, b.3));
        let suggestion = |(_, _, _, kind, label): (_, _, _, Kind, &str)| Suggestion { kind, text: label.to_owned() };
        Ok(names.into_iter().take(typed.limit).map(suggestion).collect())
    }

    fn read(&self) -> RwLockReadGuard<'_, Contents> {
        // Nothing panics while it writes.
        self.0.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, write: impl FnOnce(&mut Contents) -> T) -> T {
        write(&mut self.0.contents.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything of earlier transactions is in it.
    fn settle(&self, transactions: i64) {
        self.0.transactions.store(transactions, Ordering::Release);
    }
}

impl Contents {
    fn find(&self, search: &Search, moment: Moment) -> Result<(Found, Moment), Error> {
        let (filter, catalogue) = (&search.filter, &self.catalogue);
        if search.words.is_empty() {
            let (ids, total) = catalogue.list_page(filter, search.page, moment.now);
            let all = || catalogue.count(catalogue.everything(), filter, moment.now);
            let facets = search.facets.then(|| self.facets(&all(), search, moment.now));
            return Ok((Found { events: catalogue.events(&ids), total, facets }, moment));
        }
        let counted = self.best(search, moment.now)?;
        let spans = rank::spans(&counted, search.page);
        let ids: Vec<_> = spans.iter().flat_map(|span| catalogue.list_span(span, filter, moment.now)).collect();
        let facets = search.facets.then(|| self.facets(&counted, search, moment.now));
        let total = counted.iter().map(|counted| counted.events).sum();
        Ok((Found { events: catalogue.events(&ids), total, facets }, moment))
    }

    /// The documents that match and have events that pass, the best first.
    fn best(&self, search: &Search, now: Timestamp) -> Result<Vec<Counted>, Error> {
        let mut counted = self.catalogue.count(self.matches(search)?, &search.filter, now);
        // Equally good ones need no order: their events are listed by time.
        counted.sort_unstable_by_key(|counted| Reverse(counted.score));
        counted.truncate(DOCUMENTS_MAX);
        Ok(counted)
    }

    /// The documents that match; where none does, once more with every word in doubt.
    fn matches(&self, search: &Search) -> Result<Vec<(Slot, i32)>, Error> {
        let title_words = |slot| self.catalogue.title_words(slot);
        let sought = self.spell(&search.words, Doubt::Unknown)?;
        let matches = scores::score(&self.words, &sought, title_words)?;
        if !matches.is_empty() {
            return Ok(matches);
        }
        let doubted = self.spell(&search.words, Doubt::All)?;
        if doubted == sought { Ok(matches) } else { Ok(scores::score(&self.words, &doubted, title_words)?) }
    }

    /// What the words are taken for.
    fn spell(&self, words: &typed_words::Words, doubt: Doubt) -> Result<Sought, Error> {
        let mut terms = Vec::new();
        for (word, required) in words.iter() {
            let is_known = self.words.begins(word)?;
            let meant = match doubt.trusts(word, is_known) {
                true => Vec::new(),
                false => spelling::nearest(word, &self.words.similar(word)?),
            };
            match meant.is_empty() && !is_known {
                true => terms.extend(Term::split(word, required, |part| self.words.has(part).unwrap_or(false))),
                false => terms.push(Term::new(word, required, is_known, meant)),
            }
        }
        Ok(Sought(terms))
    }

    fn facets(&self, counted: &[Counted], search: &Search, now: Timestamp) -> crate::event::Facets {
        let counts = self.catalogue.count_facets(counted, &search.filter, now);
        let mut categories = counts.categories.iter().map(|(name, _)| (name.clone(), name.clone())).collect();
        crate::find::named(counts, &mut categories, self.catalogue.theaters())
    }
}

fn fits(name: &Named, sought: &Sought) -> bool {
    let has = |term: &Term| term.forms.iter().any(|form| name.words.contains(form));
    !name.key.is_empty() && sought.required().all(|term| has(term) || (term.longer && begins(&name.words, term)))
}

/// What the time is, where no database may be there to ask.
fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "which events have begun is told without the database here; nothing is sold by it"
    )]
    chrono::Utc::now()
}
