//! What is listed and counted.

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::index::document::tests::event as said;

fn now() -> Timestamp {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn event(id: i64, days: i64) -> Event {
    let start_time = now() + TimeDelta::days(days);
    Event { id, start_time, price_from: 100 * id, ..said("A Night", "") }
}

fn put(catalogue: &mut Catalogue, document_id: i64, event: &Event) {
    catalogue.learn(document_id, event);
    catalogue.put(document_id, event);
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (id, days) in [(1, 3), (2, 1), (3, 2), (4, -1)] {
        put(&mut catalogue, 10 + id % 2, &event(id, days));
    }
    catalogue
}

fn listed(catalogue: &Catalogue, filter: &Filter) -> Vec<i64> {
    let (ids, total) = catalogue.list_page(filter, Page::parse(1).unwrap(), now());
    assert_eq!(i64::try_from(ids.len()).unwrap(), total);
    ids
}

fn counts(catalogue: &Catalogue, filter: &Filter) -> Vec<(i64, i64)> {
    let counted = catalogue.count(catalogue.everything(), filter, now());
    counted.iter().map(|counted| (counted.document_id, counted.events)).collect()
}

#[test]
fn what_is_to_come_is_listed_by_time_and_what_is_over_if_asked() {
    let (catalogue, all) = (catalogue(), Filter::default());
    assert_eq!(listed(&catalogue, &all), [2, 3, 1]);
    let past = Filter { include_past: true, ..Filter::default() };
    assert_eq!(listed(&catalogue, &past), [4, 2, 3, 1]);
    assert_eq!((counts(&catalogue, &all), counts(&catalogue, &past)), (vec![(0, 2), (1, 1)], vec![(0, 2), (1, 2)]));
    let span = |offset| Span { documents: vec![0, 1], offset, limit: 2, ..Span::default() };
    assert_eq!(catalogue.list_span(&span(1), &all, now()), [3, 1]);
    assert_eq!(catalogue.list_span(&span(0), &past, now()), [2, 4], "equally near: by their ids");
}

#[test]
fn filters_pass_what_they_say_and_both_ways_to_list_agree() {
    let catalogue = catalogue();
    let day = |days| Some(now() + TimeDelta::days(days));
    let in_wien = |filter: Filter| Filter { city: Some("wien".to_owned()), ..filter };
    let dated = Filter { from: day(2), to: day(3), ..Filter::default() };
    assert_eq!((listed(&catalogue, &dated), listed(&catalogue, &in_wien(dated))), (vec![3], vec![3]));
    let over = Filter { to: day(-5), ..Filter::default() };
    assert_eq!(listed(&catalogue, &over), [0; 0], "it ends before now");
    let past = Filter { include_past: true, ..Filter::default() };
    assert_eq!(listed(&catalogue, &in_wien(past)), [4, 2, 3, 1]);
    let priced = Filter { price_min: Some(200), price_max: Some(200), ..Filter::default() };
    assert_eq!((listed(&catalogue, &priced), counts(&catalogue, &priced)), (vec![2], vec![(1, 1)]));
    let elsewhere = [
        Filter { city: Some("graz".to_owned()), ..Filter::default() },
        Filter { category: Some("opera".to_owned()), ..Filter::default() },
        Filter { theater_id: Some(2), ..Filter::default() },
    ];
    assert!(elsewhere.iter().all(|filter| listed(&catalogue, filter).is_empty()));
}

#[test]
fn an_event_that_changed_or_went_is_no_longer_what_it_was() {
    let mut catalogue = catalogue();
    put(&mut catalogue, 12, &Event { screen_name: "Two".to_owned(), ..event(2, 9) });
    let all = Filter::default();
    assert_eq!((listed(&catalogue, &all), counts(&catalogue, &all)), (vec![3, 1, 2], vec![(0, 2), (2, 1)]));
    assert_eq!(catalogue.events(&[2])[0], Event { screen_name: "Two".to_owned(), ..event(2, 9) });
    catalogue.remove(2);
    assert_eq!(listed(&catalogue, &all), [3, 1]);
    assert_eq!(catalogue.events(&[2, 3]).len(), 1);
}

#[test]
fn what_is_found_is_counted_by_what_it_has_in_common() {
    let catalogue = catalogue();
    let counted = catalogue.count(catalogue.everything(), &Filter::default(), now());
    let counts = catalogue.count_facets(&counted, &Filter::default(), now());
    assert_eq!((counts.categories, counts.theaters), (vec![("Play".to_owned(), 3)], vec![(1, 3)]));
    assert_eq!(counts.dates.len(), 3);
}
