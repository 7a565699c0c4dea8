//! All documents and events of the index, in memory, and what is listed and counted of them. Pure.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::Datelike as _;
use chrono_tz::Tz;
use itertools::Itertools as _;

use super::{
    calendar::Calendar,
    document::Document,
    sieve::{Sieve, micros},
    tally::Tally,
    timetable::{Showing, Timetable},
};
use crate::{
    event::{Event, Timestamp},
    page::{PAGE_SIZE, Page},
    rank::{Counted, Counts, DATES_MAX, SOON_DAYS, Span},
    search::Filter,
};

/// The number of a document in the catalogue.
pub type Slot = u32;

/// The beginning of the year 1, in microseconds since 1970: no event starts before.
const EARLIEST: i64 = -62_135_596_800_000_000;

/// [`SOON_DAYS`], in microseconds.
const SOON_MICROS: i64 = SOON_DAYS * 86_400_000_000;

/// The number of a city or category that there is not.
const NOWHERE: u32 = 0;

/// Documents, and the events that stand for them. A document stays, whatever becomes of its events.
#[derive(Debug, Default)]
pub struct Catalogue {
    slots: HashMap<i64, Slot>,
    documents: Vec<Document>,
    /// What is compared of each document, side by side in memory; so are their timetables.
    places: Vec<Place>,
    timetables: Vec<Timetable>,
    events: HashMap<i64, Shown>,
    calendar: Calendar,
    /// The numbers of cities and categories, by their keys.
    names: HashMap<String, u32>,
    theaters: HashMap<i64, String>,
    /// Texts that many events share.
    texts: HashSet<Arc<str>>,
}

#[derive(Debug)]
struct Place {
    theater_id: i64,
    city: u32,
    category: u32,
    title_words: i32,
}

/// What is shown of an event and does not stand in its document.
#[derive(Debug)]
struct Shown {
    slot: Slot,
    start: Timestamp,
    price_from: i64,
    screen_id: i64,
    total_ticket_count: i32,
    cdn_link: Arc<str>,
    currency: Arc<str>,
    time_zone: Arc<str>,
    screen_name: Arc<str>,
}

/// Which documents pass.
#[derive(Debug, Default)]
struct Where {
    theater_id: Option<i64>,
    city: Option<u32>,
    category: Option<u32>,
}

impl Where {
    const fn is_anywhere(&self) -> bool {
        self.theater_id.is_none() && self.city.is_none() && self.category.is_none()
    }

    fn passes(&self, place: &Place) -> bool {
        self.theater_id.is_none_or(|id| id == place.theater_id)
            && self.city.is_none_or(|city| city == place.city)
            && self.category.is_none_or(|category| category == place.category)
    }
}

impl Catalogue {
    /// Knows the document from here on; answers its number and itself if it is new.
    pub fn learn(&mut self, document_id: i64, event: &Event) -> Option<(Slot, &Document)> {
        if self.slots.contains_key(&document_id) {
            return None;
        }
        let slot = Slot::try_from(self.documents.len()).ok()?;
        let document = Document::new(event);
        let (city, category) = (self.number(&document.city.key), self.number(&document.category.key));
        let title_words = document.title_words();
        self.places.push(Place { theater_id: document.theater_id, city, category, title_words });
        self.theaters.insert(document.theater_id, document.theater.label.clone());
        self.timetables.push(Timetable::default());
        self.slots.insert(document_id, slot);
        self.documents.push(document);
        self.documents.last().map(|document| (slot, document))
    }

    /// Puts the event of a document that is known in, in place of what it was.
    pub fn put(&mut self, document_id: i64, event: &Event) {
        self.remove(event.id);
        let Some(&slot) = self.slots.get(&document_id) else { return };
        let zone: Tz = event.time_zone.parse().unwrap_or(Tz::UTC);
        let date = event.start_time.with_timezone(&zone).date_naive().num_days_from_ce();
        let start = micros(event.start_time);
        self.timetables[slot as usize].put(Showing { start, id: event.id, price: event.price_from, date });
        self.calendar.put(start, event.id);
        let shown = Shown {
            slot,
            start: event.start_time,
            price_from: event.price_from,
            screen_id: event.screen_id,
            total_ticket_count: event.total_ticket_count,
            cdn_link: self.text(&event.cdn_link),
            currency: self.text(&event.currency),
            time_zone: self.text(&event.time_zone),
            screen_name: self.text(&event.screen_name),
        };
        self.events.insert(event.id, shown);
    }

    /// Takes the event out.
    pub fn remove(&mut self, event_id: i64) {
        let Some(shown) = self.events.remove(&event_id) else { return };
        let start = micros(shown.start);
        self.timetables[shown.slot as usize].remove(start, event_id);
        self.calendar.remove(start, event_id);
    }

    /// How many words the document's name has.
    pub fn title_words(&self, slot: Slot) -> i32 {
        self.places.get(slot as usize).map_or(0, |place| place.title_words)
    }

    /// What theatres are called.
    pub const fn theaters(&self) -> &HashMap<i64, String> {
        &self.theaters
    }

    /// All documents of which something is to come at `now`.
    pub fn upcoming(&self, now: Timestamp) -> impl Iterator<Item = &Document> {
        let upcoming = move |timetable: &Timetable| timetable.last().is_some_and(|start| start > micros(now));
        self.documents
            .iter()
            .zip(&self.timetables)
            .filter(move |(_, table)| upcoming(table))
            .map(|(document, _)| document)
    }

    /// The events, in this order.
    pub fn events(&self, ids: &[i64]) -> Vec<Event> {
        ids.iter().filter_map(|id| self.event(*id)).collect()
    }

    /// The page of all events, soonest first, and how many there are.
    pub fn list_page(&self, filter: &Filter, page: Page, now: Timestamp) -> (Vec<i64>, i64) {
        let sieve = Sieve::new(filter, micros(now));
        if self.whereabouts(filter).is_anywhere() && sieve.any_price() {
            let (from, to) = (self.calendar.before(sieve.from), self.calendar.before(sieve.to));
            let total = to.saturating_sub(from);
            let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
            let here = total.saturating_sub(before).min(Page::SIZE);
            let ids = self.calendar.from(from.saturating_add(before)).take(here).collect();
            return (ids, i64::try_from(total).unwrap_or(i64::MAX));
        }
        let counted = self.count(self.everything(), filter, now);
        let span = Span::of(&counted, page.offset(), page.offset() + PAGE_SIZE);
        // By their start, what is over as well.
        let ids = self.list(&span, &sieve, sieve.from.max(EARLIEST));
        (ids, counted.iter().map(|counted| counted.events).sum())
    }

    /// All documents, equally good.
    pub fn everything(&self) -> impl Iterator<Item = (Slot, i32)> {
        (0..).take(self.documents.len()).map(|slot| (slot, 0))
    }

    /// How many events stand for each of the documents; those that none does for are left out.
    pub fn count(
        &self,
        documents: impl IntoIterator<Item = (Slot, i32)>,
        filter: &Filter,
        now: Timestamp,
    ) -> Vec<Counted> {
        let (sieve, whereabouts) = (Sieve::new(filter, micros(now)), self.whereabouts(filter));
        let counted = documents.into_iter().filter_map(|(slot, score)| {
            self.places.get(slot as usize).filter(|place| whereabouts.passes(place))?;
            let (events, first) = self.timetables[slot as usize].count(&sieve);
            let events = i64::try_from(events).ok()?;
            // With what is past among them, the nearest come first.
            let next = first.filter(|_| !filter.include_past);
            (events > 0).then_some(Counted { document_id: slot.into(), score, events, next })
        });
        counted.collect()
    }

    /// The events of a span: of equally good documents, nearest to `now` first.
    pub fn list_span(&self, span: &Span, filter: &Filter, now: Timestamp) -> Vec<i64> {
        self.list(span, &Sieve::new(filter, micros(now)), micros(now))
    }

    fn list(&self, span: &Span, sieve: &Sieve, now: i64) -> Vec<i64> {
        let (offset, limit) = (usize::try_from(span.offset), usize::try_from(span.limit));
        let past = (sieve.from < now).then(|| self.of(span)).into_iter().flatten();
        let before = past.map(|table| Box::new(table.before(sieve, now)) as Box<dyn Iterator<Item = _>>);
        let after = self.of(span).map(|table| Box::new(table.after(sieve, now)) as Box<dyn Iterator<Item = _>>);
        let nearest = before.chain(after).kmerge();
        nearest.skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or(0)).map(|(_, id)| id).collect()
    }

    fn of(&self, span: &Span) -> impl Iterator<Item = &Timetable> {
        span.documents.iter().filter_map(|slot| self.timetables.get(usize::try_from(*slot).ok()?))
    }

    /// What the events of these documents have in common.
    pub fn count_facets(&self, counted: &[Counted], filter: &Filter, now: Timestamp) -> Counts {
        let sieve = Sieve::new(filter, micros(now));
        let soon = Sieve { to: sieve.from.saturating_add(SOON_MICROS), ..sieve.clone() };
        let has_more = !filter.include_past && soon.to < sieve.to;
        // Where it ends, a date may lack some.
        let tally = has_more.then(|| self.tally(counted, &soon)).filter(|tally| tally.days() > DATES_MAX + 1);
        let tally = tally.unwrap_or_else(|| self.tally(counted, &sieve));
        tally.counts(|slot| Some(self.documents.get(slot)?.category.label.clone()).filter(|label| !label.is_empty()))
    }

    fn tally(&self, counted: &[Counted], sieve: &Sieve) -> Tally {
        let mut tally = Tally::default();
        for Counted { document_id, events, .. } in counted {
            let Some(slot) = usize::try_from(*document_id).ok() else { continue };
            let (Some(place), Some(table)) = (self.places.get(slot), self.timetables.get(slot)) else { continue };
            tally.add(slot, place.category, place.theater_id, *events, table.dates(sieve));
        }
        tally
    }

    fn event(&self, id: i64) -> Option<Event> {
        let shown = self.events.get(&id)?;
        let document = self.documents.get(shown.slot as usize)?;
        Some(Event {
            id,
            name: document.title.label.clone(),
            description: document.about.clone(),
            category: document.category.label.clone(),
            start_time: shown.start,
            cdn_link: shown.cdn_link.to_string(),
            currency: shown.currency.to_string(),
            price_from: shown.price_from,
            total_ticket_count: shown.total_ticket_count,
            theater_id: document.theater_id,
            theater_name: document.theater.label.clone(),
            city: document.city.label.clone(),
            time_zone: shown.time_zone.to_string(),
            screen_id: shown.screen_id,
            screen_name: shown.screen_name.to_string(),
        })
    }

    fn whereabouts(&self, filter: &Filter) -> Where {
        let number = |name: &String| self.names.get(name).copied().unwrap_or(NOWHERE);
        Where {
            theater_id: filter.theater_id,
            city: filter.city.as_ref().map(number),
            category: filter.category.as_ref().map(number),
        }
    }

    fn number(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.names.len()).map_or(NOWHERE, |last| last + 1);
        *self.names.entry(name.to_owned()).or_insert(next)
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests;
