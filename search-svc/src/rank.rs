//! Which of the events that match stand on a page, and what they have in common. Pure.
//!
//! Events that say the same at the same theatre are one document, and match equally well: documents are ranked, and
//! their events are listed by time.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::page::{PAGE_SIZE, Page};

/// The most documents whose events are listed, the best ones.
pub const DOCUMENTS_MAX: usize = 10_000;
/// The most categories and theatres that are counted.
pub const FACETS_MAX: usize = 30;
/// The most dates that are counted.
pub const DATES_MAX: usize = 60;
/// As many days as dates are shown, and some that may be cut: mostly there are events every day, and those of the next
/// months need not be gone through.
pub const SOON_DAYS: i64 = 64;

/// A document that has what is sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The document.
    pub document_id: i64,
    /// How well it matches.
    pub score: i32,
    /// How many events stand for it.
    pub events: i64,
    /// See [`Counted::next`].
    pub next: Option<i64>,
    /// Where they are.
    pub theater_id: i64,
    /// What they are, in the form of [`crate::words::key`].
    pub category: String,
}

impl Match {
    /// What decides where its events stand.
    pub const fn counted(&self) -> Counted {
        Counted { document_id: self.document_id, score: self.score, events: self.events, next: self.next }
    }
}

/// A document that has what is sought, and events that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The document.
    pub document_id: i64,
    /// How well it matches.
    pub score: i32,
    /// How many of its events pass.
    pub events: i64,
    /// When the first of these starts, in microseconds since 1970; `None` where that is not known, or they are not listed
    /// by their start.
    pub next: Option<i64>,
}

/// A part of a page: events of equally good documents, by time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// The documents, but for those whose events can only come later.
    pub documents: Vec<i64>,
    /// How many of their events stand on earlier pages.
    pub offset: i64,
    /// How many of their events fit this page.
    pub limit: i64,
    /// None that stands here starts later, in microseconds since 1970; `None` where nothing is known.
    pub until: Option<i64>,
    /// How many events are gone through at most where each document's first ones are.
    pub among: i64,
}

impl Span {
    /// The events of `equal` documents from one place on up to before another.
    pub fn of(equal: &[Counted], from: i64, to: i64) -> Self {
        let until = last_start(equal, to);
        let stands = |found: &&Counted| until.is_none_or(|until| found.next.is_some_and(|next| next <= until));
        let standing: Vec<_> = equal.iter().filter(stands).collect();
        Self {
            documents: standing.iter().map(|found| found.document_id).collect(),
            offset: from,
            limit: to - from,
            until,
            among: standing.iter().map(|found| found.events.min(to)).sum(),
        }
    }
}

/// When the last of the first `wanted` events starts at most: as many documents have an event until then. `None` where
/// there are not as many, or it is not known of all.
fn last_start(equal: &[Counted], wanted: i64) -> Option<i64> {
    let last = usize::try_from(wanted).ok()?.checked_sub(1).filter(|last| *last < equal.len())?;
    let mut starts = equal.iter().map(|found| found.next).collect::<Option<Vec<_>>>()?;
    Some(*starts.select_nth_unstable(last).1)
}

/// The parts of the page, in order. `counted` are in order of their scores.
pub fn spans(counted: &[Counted], page: Page) -> Vec<Span> {
    let (mut before, end) = (0, page.offset() + PAGE_SIZE);
    let mut spans = Vec::new();
    for equal in counted.chunk_by(|a, b| a.score == b.score) {
        let here: i64 = equal.iter().map(|found| found.events).sum();
        let (from, to) = ((page.offset() - before).max(0), (end - before).min(here));
        if from < to {
            spans.push(Span::of(equal, from, to));
        }
        before += here;
        if before >= end {
            break;
        }
    }
    spans
}

/// What events have in common, with how many of them do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// By category, in the form of [`crate::words::key`].
    pub categories: Vec<(String, i64)>,
    /// By theatre.
    pub theaters: Vec<(i64, i64)>,
    /// By date at the theatre.
    pub dates: Vec<(NaiveDate, i64)>,
}

impl Counts {
    /// Categories and theatres, of events that stand for these documents.
    pub fn of_documents(matches: &[Match]) -> Self {
        let (mut categories, mut theaters) = (HashMap::new(), HashMap::new());
        for Match { events, theater_id, category, .. } in matches {
            *categories.entry(category.as_str()).or_default() += events;
            *theaters.entry(*theater_id).or_default() += events;
        }
        let categories = categories.into_iter().map(|(category, count): (&str, i64)| (category.to_owned(), count));
        Self { categories: categories.collect(), theaters: theaters.into_iter().collect(), dates: Vec::new() }
    }

    /// The most frequent ones, the most frequent first; the first dates, in order.
    pub fn most(mut self) -> Self {
        most(&mut self.categories);
        most(&mut self.theaters);
        self.dates.sort_unstable();
        self.dates.truncate(DATES_MAX);
        self
    }
}

fn most<K: Ord>(counts: &mut Vec<(K, i64)>) {
    counts.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    counts.truncate(FACETS_MAX);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(number: i32) -> Page {
        Page::parse(number).unwrap()
    }

    fn counted(documents: &[(i32, i64)]) -> Vec<Counted> {
        let counted = |(document_id, &(score, events))| Counted { document_id, score, events, next: None };
        (1..).zip(documents).map(counted).collect()
    }

    #[test]
    fn a_page_goes_through_equally_good_documents_at_once() {
        let counted = counted(&[(9, 10), (7, 15), (7, 40), (5, 3)]);
        let span = |documents: &[i64], offset, limit, among| {
            let documents = documents.to_vec();
            Span { documents, offset, limit, until: None, among }
        };
        assert_eq!(spans(&counted, page(1)), [span(&[1], 0, 10, 10), span(&[2, 3], 0, 20, 15 + 20)]);
        assert_eq!(spans(&counted, page(2)), [span(&[2, 3], 20, 30, 15 + 40)]);
        assert_eq!(spans(&counted, page(3)), [span(&[2, 3], 50, 5, 15 + 40), span(&[4], 0, 3, 3)]);
        assert_eq!(spans(&counted, page(4)), []);
    }

    #[test]
    fn the_most_frequent_come_first_and_dates_in_order() {
        let date = |day| NaiveDate::from_num_days_from_ce_opt(738_000 + day).unwrap();
        let counts = Counts {
            categories: vec![("opera".to_owned(), 2), ("drama".to_owned(), 3), ("ballet".to_owned(), 2)],
            theaters: (0..40).map(|id| (id, id)).collect(),
            dates: (0..70).rev().map(|day| (date(day), 1)).collect(),
        };
        let most = counts.most();
        assert_eq!(
            most.categories.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
            ["drama", "ballet", "opera"]
        );
        assert_eq!((most.theaters.len(), most.theaters[0]), (FACETS_MAX, (39, 39)));
        assert_eq!((most.dates.len(), most.dates[0].0), (DATES_MAX, date(0)));
    }

    #[test]
    fn documents_are_left_out_whose_events_can_only_come_later() {
        let of = |document_id, next| Counted { document_id, score: 1, events: 5, next };
        let equal = [of(1, Some(40)), of(2, Some(10)), of(3, Some(30)), of(4, Some(20)), of(5, Some(20))];
        let span = Span::of(&equal, 0, 2);
        assert_eq!(
            (span.documents, span.until, span.among),
            (vec![2, 4, 5], Some(20), 6),
            "one of two that start at once"
        );
        assert_eq!(Span::of(&equal, 3, 6).documents.len(), 5, "each may have a second one");
        let unknown = [of(1, None), of(2, Some(10)), of(3, Some(30))];
        assert_eq!((Span::of(&unknown, 0, 1).documents.len(), Span::of(&unknown, 0, 1).until), (3, None));
    }

    proptest! {
        #[test]
        fn what_is_left_out_stands_on_no_page(
            starts in prop::collection::vec(prop::collection::vec(0..40_i64, 1..6), 1..40),
            (from, size) in (0..60_usize, 1..30_usize),
        ) {
            let first = |starts: &Vec<i64>| starts.iter().min().copied();
            let counted = |(document_id, starts): (i64, &Vec<i64>)| Counted {
                document_id, score: 1, events: i64::try_from(starts.len()).unwrap(), next: first(starts),
            };
            let equal: Vec<_> = (0..).zip(&starts).map(counted).collect();
            let [at, end] = [from, from + size].map(|place| i64::try_from(place).unwrap());
            let span = Span::of(&equal, at, end);
            let listed = |of: &mut dyn Iterator<Item = (i64, &Vec<i64>)>| {
                let mut all: Vec<_> =
                    of.flat_map(|(id, starts)| starts.iter().map(move |start| (*start, id))).collect();
                all.sort_unstable();
                all.into_iter().skip(from).take(size).collect::<Vec<_>>()
            };
            let whole = listed(&mut (0..).zip(&starts));
            let kept = listed(&mut (0..).zip(&starts).filter(|(id, _)| span.documents.contains(id)));
            prop_assert!(whole.iter().all(|(start, _)| span.until.is_none_or(|until| *start <= until)));
            prop_assert_eq!(whole, kept);
        }

        #[test]
        fn every_event_stands_on_exactly_one_page(
            mut documents in prop::collection::vec((0..4_i32, 1..50_i64), 0..12),
        ) {
            documents.sort_by(|(a, _), (b, _)| b.cmp(a));
            let counted = counted(&documents);
            let total: i64 = counted.iter().map(|counted| counted.events).sum();
            let mut seen = 0;
            for number in 1..=crate::page::pages(total) {
                let on: i64 = spans(&counted, page(number)).iter().map(|span| span.limit).sum();
                prop_assert_eq!(on, (total - seen).min(PAGE_SIZE));
                seen += on;
            }
            prop_assert_eq!(seen, total);
        }
    }
}
