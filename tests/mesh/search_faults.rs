//! Searching while the database or Redis is out of reach.

use std::time::Duration;

use usher::contract::search::SearchRequest;

use crate::harness::{Mesh, Searcher};

/// What stands for a count of seats that nobody can tell.
const UNKNOWN: i32 = -1;

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_searches_are_right() {
    let mesh = Mesh::start().await;
    mesh.on_sale("Quartz", 2).await;
    let searcher = Searcher::start(&mesh, &[]).await;
    searcher.redis.cut();
    mesh.eventually("the event is found", || async { searcher.names("quartz").await == ["Quartz"] }).await;
    assert_eq!(searcher.search("quartz").await.events[0].remaining_ticket_count, 2);
    searcher.redis.mend();
    searcher.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_what_is_kept_is_given_and_the_rest_is_for_later() {
    let mesh = Mesh::start().await;
    mesh.on_sale("Quartz", 2).await;
    let searcher = Searcher::start(&mesh, &[]).await;
    mesh.eventually("the event is found", || async { searcher.names("quartz").await == ["Quartz"] }).await;
    searcher.database.cut();
    mesh.eventually("its seats are unknown", || async {
        let answer = searcher.search("quartz").await;
        assert_eq!((answer.events.len(), answer.retry_after_ms), (1, 0), "it is never lost");
        answer.events[0].remaining_ticket_count == UNKNOWN
    })
    .await;
    let later = searcher.search("never asked before").await;
    assert!(later.events.is_empty() && later.retry_after_ms > 0, "{later:?}");
    assert_eq!(later.page, 1);

    searcher.redis.cut();
    assert_eq!(searcher.names("quartz").await, ["Quartz"], "the process has it, too");
    // Longer than an answer is given as it is: what is old is there for everybody, and not for the first who asks.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for _ in 0..3 {
        assert_eq!(searcher.names("quartz").await, ["Quartz"], "it has it still");
    }

    searcher.database.mend();
    searcher.redis.mend();
    mesh.eventually("all is as before", || async {
        let (kept, new) = (searcher.search("quartz").await, searcher.search("never asked before").await);
        kept.events[0].remaining_ticket_count == 2 && new.retry_after_ms == 0
    })
    .await;
    searcher.stop().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_needs_neither() {
    let mesh = Mesh::start().await;
    mesh.on_sale("Quartz Opaline", 2).await;
    let searcher = Searcher::start(&mesh, &[("search-backend", "index")]).await;
    mesh.eventually("the event is found", || async { searcher.names("quartz").await.len() == 1 }).await;
    searcher.redis.cut();
    searcher.until_it_needs_no_database(&mesh, "opalin").await;
    let answer = searcher.search("opaline quartz").await;
    assert_eq!((answer.total_count, answer.events[0].remaining_ticket_count), (1, UNKNOWN));
    assert_eq!(searcher.names("quratz").await, ["Quartz Opaline"], "a slip");
    searcher.stop().await;
    mesh.stop().await;
}

/// The database is there, and the index is not built yet: PostgreSQL searches in its place.
#[tokio::test(flavor = "multi_thread")]
async fn until_the_index_is_built_the_database_is_searched() {
    let mesh = Mesh::start().await;
    mesh.on_sale("Quartz", 2).await;
    // Only the index reads the names of all screens; a search whose page is empty reads none.
    let held = mesh.database.hold_screens().await;
    let searcher = Searcher::start(&mesh, &[("search-backend", "index")]).await;
    let answer = searcher.search("quartz of nowhere").await;
    assert_eq!((answer.retry_after_ms, answer.total_count), (0, 0), "PostgreSQL has searched");
    let later = SearchRequest { query: Some("quartz".to_owned()), page: 2, ..SearchRequest::default() };
    assert_eq!(searcher.ask(later).await.total_count, 1, "and found it");
    searcher.serves().await;
    drop(held);
    searcher.until_it_needs_no_database(&mesh, "quartz").await;
    assert_eq!(searcher.names("quartz").await, ["Quartz"], "from the index");
    searcher.stop().await;
    mesh.stop().await;
}
