//! All documents and events of the index, in memory, and what is listed and counted of them. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::document::Document;
use crate::{
    event::{Event, Timestamp},
    page::Page,
    rank::{Counts, Span},
    search::Filter,
};

/// Start and id of events, in order, with the lowest price: what most searches look at, side by side in memory.
type ByStart = BTreeMap<(Timestamp, i64), i64>;

/// Documents, and the events that stand for them.
#[derive(Debug, Default)]
pub struct Catalogue {
    documents: HashMap<i64, Document>,
    events: HashMap<i64, (i64, Event)>,
    of_document: HashMap<i64, ByStart>,
    by_start: ByStart,
}

impl Catalogue {
    /// Puts the event in, in place of what it was; answers its document if that is new.
    pub fn put(&mut self, document_id: i64, event: Event) -> Option<&Document> {
        self.remove(event.id);
        let key = (event.start_time, event.id);
        self.by_start.insert(key, event.price_from);
        self.of_document.entry(document_id).or_default().insert(key, event.price_from);
        let is_new = !self.documents.contains_key(&document_id);
        let document = self.documents.entry(document_id).or_insert_with(|| Document::new(&event));
        self.events.insert(event.id, (document_id, event));
        is_new.then_some(&*document)
    }

    /// Takes the event out.
    pub fn remove(&mut self, event_id: i64) {
        let Some((document_id, event)) = self.events.remove(&event_id) else { return };
        self.by_start.remove(&(event.start_time, event_id));
        if let Some(of) = self.of_document.get_mut(&document_id) {
            of.remove(&(event.start_time, event_id));
        }
    }

    /// The document.
    pub fn document(&self, id: i64) -> Option<&Document> {
        self.documents.get(&id)
    }

    /// All documents of which something is to come at `now`.
    pub fn upcoming(&self, now: Timestamp) -> impl Iterator<Item = &Document> {
        let upcoming = move |of: &ByStart| of.last_key_value().is_some_and(|((start, _), _)| *start > now);
        self.of_document.iter().filter(move |(_, of)| upcoming(of)).filter_map(|(id, _)| self.documents.get(id))
    }

    /// The events, in this order.
    pub fn events(&self, ids: &[i64]) -> Vec<Event> {
        ids.iter().filter_map(|id| self.events.get(id)).map(|(_, event)| event.clone()).collect()
    }

    /// The page of all events, soonest first, and how many there are.
    pub fn list_page(&self, filter: &Filter, page: Page, now: Timestamp) -> (Vec<i64>, i64) {
        let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let (mut ids, mut count) = (Vec::with_capacity(Page::SIZE), 0);
        for (_, id) in self.all(filter, now) {
            if count >= before && ids.len() < Page::SIZE {
                ids.push(id);
            }
            count += 1;
        }
        (ids, i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// How many events stand for each of the documents; none has no entry.
    pub fn count_by_document(&self, ids: &[i64], filter: &Filter, now: Timestamp) -> HashMap<i64, i64> {
        let count = |id: &i64| {
            let count = self.of(*id, filter, now).count();
            (count > 0).then(|| (*id, i64::try_from(count).unwrap_or(i64::MAX)))
        };
        ids.iter().filter_map(count).collect()
    }

    /// The events of a span: of equally good documents, nearest to `now` first.
    pub fn list_span(&self, span: &Span, filter: &Filter, now: Timestamp) -> Vec<i64> {
        let of = span.documents.iter().flat_map(|id| self.of(*id, filter, now));
        let mut order: Vec<_> = of.map(|(start, id)| ((start - now).abs(), id)).collect();
        let (offset, limit) = (usize::try_from(span.offset), usize::try_from(span.limit));
        let (offset, limit) = (offset.unwrap_or(usize::MAX), limit.unwrap_or(0));
        let end = offset.saturating_add(limit);
        if end < order.len() {
            // Only what stands on the page need be in order.
            order.select_nth_unstable(end);
            order.truncate(end);
        }
        order.sort_unstable();
        order.into_iter().skip(offset).take(limit).map(|(_, id)| id).collect()
    }

    /// What events have in common: of these documents, or of all.
    pub fn count_facets(&self, ids: Option<&[i64]>, filter: &Filter, now: Timestamp) -> Counts {
        let mut tally = Tally::default();
        let mut add = |(_, id): (Timestamp, i64)| {
            if let Some((_, event)) = self.events.get(&id) {
                tally.add(event);
            }
        };
        match ids {
            None => self.all(filter, now).for_each(&mut add),
            Some(ids) => ids.iter().flat_map(|id| self.of(*id, filter, now)).for_each(&mut add),
        }
        tally.counts()
    }

    /// What a theatre is called.
    pub fn theater_names(&self) -> HashMap<i64, String> {
        self.documents.values().map(|document| (document.theater_id, document.theater.label.clone())).collect()
    }

    /// The events that pass, of all.
    fn all<'a>(&'a self, filter: &'a Filter, now: Timestamp) -> impl Iterator<Item = (Timestamp, i64)> + 'a {
        let anywhere = filter.theater_id.is_none() && filter.city.is_none() && filter.category.is_none();
        within(&self.by_start, filter, now).filter(move |(_, id)| {
            anywhere || self.events.get(id).is_some_and(|(document_id, _)| self.passes(*document_id, filter))
        })
    }

    /// The events that pass, of one document: where they are is the same for all of them.
    fn of<'a>(&'a self, id: i64, filter: &'a Filter, now: Timestamp) -> impl Iterator<Item = (Timestamp, i64)> + 'a {
        let of = self.of_document.get(&id).filter(|_| self.passes(id, filter));
        of.into_iter().flat_map(move |of| within(of, filter, now))
    }

    fn passes(&self, document_id: i64, filter: &Filter) -> bool {
        self.documents.get(&document_id).is_some_and(|document| {
            filter.theater_id.is_none_or(|id| id == document.theater_id)
                && filter.city.as_ref().is_none_or(|city| document.city.key == *city)
                && filter.category.as_ref().is_none_or(|category| document.category.key == *category)
        })
    }
}

/// The events whose time and price pass.
fn within<'a>(events: &'a ByStart, filter: &'a Filter, now: Timestamp) -> impl Iterator<Item = (Timestamp, i64)> + 'a {
    let earliest = if filter.include_past { filter.from } else { filter.from.max(Some(now + JUST_AFTER)) };
    let from = earliest.map_or(Bound::Unbounded, |at| Bound::Included((at, 0)));
    // A range must not end before it begins.
    let to = filter.to.map_or(Bound::Unbounded, |to| Bound::Excluded((earliest.map_or(to, |from| to.max(from)), 0)));
    let is_priced =
        |price: i64| filter.price_min.is_none_or(|min| price >= min) && filter.price_max.is_none_or(|max| price <= max);
    events.range((from, to)).filter(move |(_, price)| is_priced(**price)).map(|(key, _)| *key)
}

/// The least that the database tells apart: what begins now has begun.
const JUST_AFTER: TimeDelta = TimeDelta::microseconds(1);

#[derive(Default)]
struct Tally<'a> {
    categories: HashMap<&'a str, i64>,
    theaters: HashMap<i64, i64>,
    dates: HashMap<NaiveDate, i64>,
}

impl<'a> Tally<'a> {
    fn add(&mut self, event: &'a Event) {
        *self.categories.entry(&event.category).or_default() += 1;
        *self.theaters.entry(event.theater_id).or_default() += 1;
        let zone: Tz = event.time_zone.parse().unwrap_or(Tz::UTC);
        *self.dates.entry(event.start_time.with_timezone(&zone).date_naive()).or_default() += 1;
    }

    fn counts(self) -> Counts {
        let categories = self.categories.into_iter().filter(|(category, _)| !category.is_empty());
        let counts = Counts {
            categories: categories.map(|(category, count)| (category.to_owned(), count)).collect(),
            theaters: self.theaters.into_iter().collect(),
            dates: self.dates.into_iter().collect(),
        };
        counts.most()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn now() -> Timestamp {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn event(id: i64, days: i64) -> Event {
        Event {
            id,
            name: format!("Night {id}"),
            description: String::new(),
            category: "Play".to_owned(),
            start_time: now() + TimeDelta::days(days),
            cdn_link: String::new(),
            currency: "EUR".to_owned(),
            price_from: 100 * id,
            total_ticket_count: 0,
            theater_id: 1,
            theater_name: "Roundhouse".to_owned(),
            city: "Wien".to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            screen_id: 1,
            screen_name: "One".to_owned(),
        }
    }

    fn catalogue() -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (id, days) in [(1, 3), (2, 1), (3, 2), (4, -1)] {
            catalogue.put(10 + id % 2, event(id, days));
        }
        catalogue
    }

    fn listed(catalogue: &Catalogue, filter: &Filter) -> Vec<i64> {
        catalogue.list_page(filter, Page::parse(1).unwrap(), now()).0
    }

    #[test]
    fn what_is_to_come_is_listed_by_time_and_what_is_over_if_asked() {
        let (catalogue, all) = (catalogue(), Filter::default());
        assert_eq!(listed(&catalogue, &all), [2, 3, 1]);
        let past = Filter { include_past: true, ..Filter::default() };
        assert_eq!(listed(&catalogue, &past), [4, 2, 3, 1]);
        let span = Span { documents: vec![10, 11], offset: 1, limit: 2 };
        assert_eq!(catalogue.list_span(&span, &all, now()), [3, 1]);
        assert_eq!(catalogue.count_by_document(&[10, 11, 12], &all, now()), HashMap::from([(10, 1), (11, 2)]));
    }

    #[test]
    fn filters_pass_what_they_say() {
        let catalogue = catalogue();
        let day = |days| Some(now() + TimeDelta::days(days));
        assert_eq!(listed(&catalogue, &Filter { from: day(2), to: day(3), ..Filter::default() }), [3]);
        assert_eq!(listed(&catalogue, &Filter { to: day(-5), ..Filter::default() }), [0; 0], "it ends before now");
        assert_eq!(
            listed(&catalogue, &Filter { price_min: Some(200), price_max: Some(200), ..Filter::default() }),
            [2]
        );
        let city = |city: &str| Filter { city: Some(city.to_owned()), ..Filter::default() };
        assert_eq!(listed(&catalogue, &city("wien")).len() + listed(&catalogue, &city("graz")).len(), 3);
    }

    #[test]
    fn an_event_that_changed_or_went_is_no_longer_what_it_was() {
        let mut catalogue = catalogue();
        catalogue.put(12, event(2, 9));
        assert_eq!(listed(&catalogue, &Filter::default()), [3, 1, 2]);
        assert_eq!(catalogue.count_by_document(&[10], &Filter::default(), now()), HashMap::new());
        catalogue.remove(2);
        assert_eq!(listed(&catalogue, &Filter::default()), [3, 1]);
        assert_eq!(catalogue.events(&[2, 3]).len(), 1);
    }
}
