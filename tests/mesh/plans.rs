//! How PostgreSQL answers searches among very many events: by what it explains of the statements that the service sends.

use serde_json::Value;

use crate::{harness::Mesh, relevance};

/// How many events there are, unless `SEARCH_EVENTS` says another number: as many as a run of all tests has time for.
const EVENTS: usize = 100_000;
/// Every way to search: with words, without, broad and narrow, with each filter, with counts, misspelled, and suggested.
const SEARCHES: [&str; 22] = [
    "search",
    "search?page=400",
    "search?facets=true",
    "search?include_past=true",
    "search?query=hamlet",
    "search?query=hamlet&facets=true&page=3",
    "search?query=hamlet%20london",
    "search?query=drama",
    "search?query=drama&page=50&facets=true",
    "search?query=star%20wa",
    "search?query=hamelt",
    "search?query=bladerunner",
    "search?query=xylophone%20quartet",
    "search?query=the",
    "search?query=hamlet&include_past=true",
    "search?city=tokyo",
    "search?category=opera&facets=true",
    "search?theater_id=3",
    "search?price_min=900&price_max=1000",
    "search?query=hamlet&city=wien&category=play&price_max=5000&from=2026-12-01T00:00:00Z",
    "suggest?query=ham",
    "suggest?query=star%20w",
];
/// The tables that grow with the events.
const GROWING: [&str; 7] =
    ["event_search", "search_documents", "search_words", "search_terms", "events", "tickets", "event_changes"];

#[tokio::test(flavor = "multi_thread")]
async fn no_search_reads_a_whole_table() {
    let mesh = Mesh::start_searching(&[]).await;
    let wanted = std::env::var("SEARCH_EVENTS").ok().map_or(EVENTS, |number| number.parse().unwrap());
    mesh.database.fill_many(&relevance::works(), &relevance::theaters(), wanted).await;
    let plans = mesh.database.explain().await;
    let guest = mesh.guest();
    mesh.eventually("the replica has them", || async {
        guest.get("/v1/search").await.ok()["total_count"].as_str().is_some_and(|total| total.len() > 4)
    })
    .await;
    for search in SEARCHES {
        let answer = guest.get(&format!("/v1/{search}")).await.ok();
        assert_eq!(answer["retry_after_ms"], Value::from(0), "{search} failed");
    }
    let plans = plans.read();
    let of_searches: Vec<_> =
        plans.iter().filter(|plan| plan.contains("event_search") || plan.contains("search_")).collect();
    assert!(of_searches.len() >= SEARCHES.len(), "only {} statements were explained", of_searches.len());
    for plan in of_searches {
        for table in GROWING {
            let whole = format!("Seq Scan on {table} ");
            assert!(!plan.contains(&whole), "a whole table is read:\n{plan}");
        }
    }
    mesh.stop().await;
}
