//! Both ways to search give the same answers, and what is counted is what there is.

use std::time::Duration;

use chrono::DateTime;
use usher::contract::search::{Facets, SearchRequest, SearchResponse};

use crate::{
    harness::{Mesh, Searcher, in_days},
    plans, relevance,
};

/// Enough that documents have events before, now and later.
const EVENTS: usize = 20_000;

/// Ids, total, pages, and counts.
type Told = (Vec<i64>, i64, i32, Vec<Counts>);
type Counts = Vec<(String, i64)>;

/// What must be the same: not the seats left, which the index alone can't tell, nor the order of what is equally frequent.
fn told(answer: &SearchResponse) -> Told {
    let ids = answer.events.iter().map(|event| event.event_id).collect();
    let Facets { categories, theaters, dates } = answer.facets.clone().unwrap_or_default();
    let sorted = [categories, theaters, dates].map(|counts| {
        let mut counts: Vec<_> = counts.into_iter().map(|count| (count.value, count.count)).collect();
        counts.sort_unstable();
        counts
    });
    (ids, answer.total_count, answer.total_pages, sorted.to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_to_search_find_and_count_the_same() {
    let mesh = Mesh::start().await;
    mesh.database.fill_many(&relevance::works(), &relevance::theaters(), EVENTS).await;
    // Of one document, some cost less and some more.
    mesh.database.run("UPDATE events SET price_from = price_from + event_id % 11 * 100").await;
    let sql = Searcher::start(&mesh, &[]).await;
    let index = Searcher::start(&mesh, &[("search-backend", "index")]).await;
    index.until_it_needs_no_database(&mesh, "hamlet").await;

    let day = |days: i64| Some(DateTime::parse_from_rfc3339(&in_days(days)).unwrap().to_utc().into());
    let dated =
        |from: i64, to: i64| SearchRequest { from: day(from), to: day(to), facets: true, ..SearchRequest::default() };
    let with = |query: &str, search: SearchRequest| SearchRequest { query: Some(query.to_owned()), ..search };
    let priced = |query: Option<&str>| SearchRequest {
        query: query.map(ToOwned::to_owned),
        price_min: Some(1_000),
        price_max: Some(3_000),
        ..dated(0, 100)
    };
    let more = [
        priced(None),
        priced(Some("stockholm")),
        dated(3, 20),
        dated(200, 300),
        with("stockholm", dated(0, 90)),
        with("drama", dated(30, 31)),
    ];
    for search in plans::searches().into_iter().chain(more) {
        let mut tries = 0;
        loop {
            let (expected, found) = (sql.ask(search.clone()).await, index.ask(search.clone()).await);
            assert_eq!((expected.retry_after_ms, found.retry_after_ms), (0, 0), "{search:?}");
            if told(&expected) == told(&found) {
                break;
            }
            // An event may have begun between the two.
            tries += 1;
            assert!(tries < 3, "{search:?}\n{:?}\n{:?}", told(&expected), told(&found));
            tokio::time::sleep(Duration::from_millis(2_500)).await;
        }
    }
    sql.stop().await;
    index.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_of_starts_are_those_of_the_events() {
    let mesh = Mesh::start().await;
    let works = &relevance::works()[..20];
    mesh.database.fill(works, &relevance::theaters()[..2]).await;
    let edits = [
        ("as they were made", "SELECT"),
        ("at another time", "UPDATE events SET start_time = start_time + interval '1 hour' WHERE event_id % 3 = 0"),
        ("at other prices", "UPDATE events SET price_from = price_from + event_id % 7"),
        ("with another name", "UPDATE events SET event_name = 'Renamed' WHERE event_id % 5 = 0"),
        ("at another theatre", "UPDATE theaters SET theater_name = 'Elsewhere ' || theater_id"),
        ("with fewer events", "DELETE FROM events WHERE event_id % 2 = 0"),
        ("without any", "DELETE FROM events"),
    ];
    for (what, edit) in edits {
        mesh.database.run(edit).await;
        assert_eq!(mesh.database.wrong_starts().await, 0, "{what}");
    }
    mesh.stop().await;
}
