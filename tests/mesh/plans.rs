//! How PostgreSQL answers searches among very many events: by what it explains of the statements that the service sends.

use usher::contract::search::{SearchRequest, SuggestRequest};

use crate::{
    harness::{Mesh, Searcher},
    relevance,
};

/// How many events there are, unless `SEARCH_EVENTS` says another number: as many as a run of all tests has time for.
const EVENTS: usize = 100_000;
/// The tables that grow with the events.
const GROWING: [&str; 8] = [
    "event_search",
    "search_documents",
    "search_starts",
    "search_words",
    "search_terms",
    "events",
    "tickets",
    "event_changes",
];

/// Every way to search: with words, broad, narrow, misspelled and in vain, without words, with each filter and page.
pub fn searches() -> Vec<SearchRequest> {
    let queries = ["hamlet", "hamlet london", "drama", "star wa", "hamelt", "bladerunner", "xylophone quartet", "the"];
    let queries = queries.map(|query| SearchRequest { query: Some(query.to_owned()), ..SearchRequest::default() });
    let ways = |search: SearchRequest| {
        [
            SearchRequest { page: 40, ..search.clone() },
            SearchRequest { facets: true, ..search.clone() },
            SearchRequest { include_past: true, ..search.clone() },
            SearchRequest { city: "Tōkyō".to_owned(), ..search.clone() },
            SearchRequest { category: "opera".to_owned(), facets: true, ..search.clone() },
            SearchRequest { theater_id: 3, ..search.clone() },
            SearchRequest { price_min: Some(900), price_max: Some(1_000), ..search.clone() },
            search,
        ]
    };
    [SearchRequest::default()].into_iter().chain(queries).flat_map(ways).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_reads_a_whole_table() {
    let mesh = Mesh::start().await;
    let wanted = std::env::var("SEARCH_EVENTS").ok().map_or(EVENTS, |number| number.parse().unwrap());
    mesh.database.fill_many(&relevance::works(), &relevance::theaters(), wanted).await;
    let plans = mesh.database.explain().await;
    let searcher = Searcher::start(&mesh, &[]).await;
    let all = searches();
    for search in &all {
        let answer = searcher.ask(search.clone()).await;
        assert_eq!(answer.retry_after_ms, 0, "{search:?} failed");
    }
    for typed in ["h", "ham", "star w", "hamelt"] {
        let typed = SuggestRequest { query: typed.to_owned(), limit: 0 };
        assert_eq!(searcher.suggest(typed).await.retry_after_ms, 0);
    }
    let plans = plans.read();
    let of_searches: Vec<_> =
        plans.iter().filter(|plan| plan.contains("event_search") || plan.contains("search_")).collect();
    assert!(of_searches.len() >= 3 * all.len(), "only {} statements were explained", of_searches.len());
    for plan in &of_searches {
        for table in GROWING {
            let whole = format!("Seq Scan on {table} ");
            assert!(!plan.contains(&whole), "a whole table is read:\n{plan}");
        }
    }
    println!("{} statements of {} searches among {wanted} events read no whole table", of_searches.len(), all.len());
    searcher.stop().await;
    mesh.stop().await;
}
