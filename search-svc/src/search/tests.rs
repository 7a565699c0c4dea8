//! What can be asked, and its one name.

use proptest::prelude::*;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::*;

fn wrong_fields(asked: &Asked) -> Vec<String> {
    let Err(refusal) = Search::parse(asked) else { return Vec::new() };
    let bad = Status::from(refusal).get_details_bad_request().unwrap();
    bad.field_violations.into_iter().map(|violation| violation.field).collect()
}

fn key(asked: &Asked) -> String {
    Search::parse(asked).unwrap().key()
}

fn query(query: &str) -> Asked {
    Asked { query: Some(query.to_owned()), ..Asked::default() }
}

#[test]
fn without_a_query_everything_is_found_and_a_blank_one_is_refused() {
    assert_eq!(Search::parse(&Asked::default()).unwrap().words, Words::default());
    assert_eq!(wrong_fields(&query("")), ["query"]);
    assert_eq!(wrong_fields(&query("  ")), ["query"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let asked = Asked {
        query: Some("\u{0}".to_owned()),
        user_id: -1,
        page: -1,
        from: Some((i64::MAX, 0)),
        to: Some((0, -1)),
        theater_id: -1,
        city: "?".to_owned(),
        category: "x".repeat(FILTER_CHARS_MAX + 1),
        price_min: Some(-1),
        price_max: Some(-2),
        ..Asked::default()
    };
    let fields = ["query", "user_id", "page", "from", "to", "theater_id", "price_min", "price_max", "price_max"];
    assert_eq!(wrong_fields(&asked), [&fields[..], &["city", "category"]].concat());
}

#[test]
fn times_are_in_order_and_within_the_contracts_years() {
    let between = |from, to| Asked { from: Some((from, 0)), to: Some((to, 0)), ..Asked::default() };
    assert_eq!(wrong_fields(&between(2, 1)), ["to"]);
    assert!(wrong_fields(&between(1, 1)).is_empty());
    assert!(wrong_fields(&between(*SECONDS.start(), *SECONDS.end())).is_empty());
    assert_eq!(wrong_fields(&between(SECONDS.start() - 1, SECONDS.end() + 1)), ["from", "to"]);
    let first = DateTime::from_timestamp(*SECONDS.start(), 0).unwrap();
    assert_eq!(first.to_rfc3339(), "0001-01-01T00:00:00+00:00");
}

#[test]
fn one_search_has_one_key_however_it_is_asked() {
    let asked = Asked { page: 0, user_id: 7, ..query("  Winter TÂLE ") };
    assert_eq!(key(&asked), key(&Asked { page: 1, user_id: 0, ..query("tale winter") }));
    assert_eq!(key(&query("tale winter")), r#"usher:search:2:{"w":["tale","winter"],"p":1}"#);
    let from = |nanos| Asked { from: Some((7, nanos)), ..Asked::default() };
    assert_eq!(key(&from(1_999)), key(&from(1_000)), "the database keeps no nanoseconds");
    let city = |city: &str| Asked { city: city.to_owned(), ..Asked::default() };
    assert_eq!(key(&city("São Paulo")), key(&city("sao  paulo")));
}

#[test]
fn another_search_has_another_key() {
    let searches = [
        Asked::default(),
        query("1"),
        query("1 2"),
        query("12"),
        Asked { page: 2, ..Asked::default() },
        Asked { theater_id: 2, ..Asked::default() },
        Asked { from: Some((0, 0)), ..Asked::default() },
        Asked { to: Some((0, 0)), ..Asked::default() },
        Asked { from: Some((0, 1_000)), ..Asked::default() },
        Asked { city: "1".to_owned(), ..Asked::default() },
        Asked { category: "1".to_owned(), ..Asked::default() },
        Asked { price_min: Some(0), ..Asked::default() },
        Asked { price_max: Some(0), ..Asked::default() },
        Asked { include_past: true, ..Asked::default() },
        Asked { facets: true, ..Asked::default() },
    ];
    let mut keys: Vec<_> = searches.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), searches.len());
}

#[test]
fn what_is_no_key_is_no_search() {
    for key in ["", "usher:search:2:", "usher:search:1:1:0:-:-:x", "usher:search:2:{}", "usher:search:2:{\"p\":0}"] {
        assert_eq!(Search::from_key(key), None, "{key}");
    }
}

proptest! {
    #[test]
    fn a_key_is_its_search(
        query in any::<Option<String>>(),
        page in any::<i32>(),
        from in any::<Option<(i64, i32)>>(),
        to in any::<Option<(i64, i32)>>(),
        theater_id in any::<i64>(),
        city in any::<String>(),
        price_min in any::<Option<i64>>(),
        include_past in any::<bool>(),
    ) {
        let asked = Asked { query, page, from, to, theater_id, city, price_min, include_past, ..Asked::default() };
        if let Ok(search) = Search::parse(&asked) {
            let key = search.key();
            prop_assert!(!key.chars().any(char::is_control));
            prop_assert_eq!(Search::from_key(&key), Some(search));
        }
    }
}

#[test]
fn what_goes_through_many_events_is_not_short() {
    let is_short = |asked: Asked| Search::parse(&asked).unwrap().is_short();
    assert!(is_short(query("hamlet")) && is_short(Asked { page: 10, facets: true, ..query("hamlet") }));
    let long = [
        Asked::default(),
        Asked { page: 11, ..query("hamlet") },
        Asked { price_max: Some(1), ..query("hamlet") },
        Asked { include_past: true, ..query("hamlet") },
    ];
    assert!(!long.into_iter().any(is_short));
}
