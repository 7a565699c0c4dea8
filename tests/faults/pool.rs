//! The kit's way to the database, when statements fail and servers end their connections.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use diesel::sql_query;
use diesel_async::RunQueryDsl as _;
use futures::future::try_join_all;
use tokio::time::{Instant, sleep};
use usher::database::{Database, DatabaseConfig, Error, Pooler};

use crate::harness::{Servers, TestDatabase, Weather, Wire};

const CONNECTIONS: u32 = 4;

fn pool(test: &TestDatabase) -> Database {
    pool_with(test, None)
}

fn pool_with(test: &TestDatabase, replica: Option<String>) -> Database {
    Database::new(&DatabaseConfig {
        database_url: test.writable().into(),
        database_replica_url: replica.into_iter().map(Into::into).collect(),
        database_replica_lag_ms_max: 2_000,
        database_pooler: Pooler::None,
        database_pool_size: CONNECTIONS,
        database_wait_ms: 5_000,
        database_statement_ms: 5_000,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_closed_cost_no_request() {
    let test = TestDatabase::create(Servers::shared()).await;
    let database = pool(&test);
    // Together they need every connection of the pool.
    let work = || {
        database.read_primary::<_, Error, _>(|conn| {
            Box::pin(async move { Ok(sql_query("SELECT pg_sleep(0.2)").execute(conn).await?) })
        })
    };
    try_join_all((0..CONNECTIONS).map(|_| work())).await.unwrap();
    assert_eq!(test.end_connections().await, CONNECTIONS as usize);
    // What the server said last is on its way to this process.
    sleep(Duration::from_millis(200)).await;
    for _ in 0..CONNECTIONS {
        database.ready().await.unwrap();
    }
}

/// Of two statements that are sent together, the second can be heard of before the first, which failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_only_knows_it_was_aborted_is_tried_again() {
    static TRIES: AtomicU32 = AtomicU32::new(0);
    let test = TestDatabase::create(Servers::shared()).await;
    let database = pool(&test);
    let done = database.transaction::<_, Error, _>(|conn| {
        Box::pin(async move {
            if TRIES.fetch_add(1, Ordering::Relaxed) == 0 {
                sql_query("SELECT 1 / 0").execute(conn).await.unwrap_err();
            }
            Ok(sql_query("SELECT 1").execute(conn).await?)
        })
    });
    done.await.unwrap();
    assert_eq!(TRIES.fetch_add(0, Ordering::Relaxed), 2);
}

/// A server that says nothing is given up after three times `DATABASE_STATEMENT_MS`: longer than whoever looks at a page waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_leaves_a_replica_that_is_out_of_reach() {
    let test = TestDatabase::create(Servers::shared()).await;
    let [_, replica] = test.addresses();
    let wire = Wire::to(&replica, 0).await;
    let database = pool_with(&test, Some(test.replica_at(&wire.near)));
    let read = || {
        database.read::<_, Error, _>(|conn| {
            Box::pin(async move { Ok(sql_query("SELECT pg_sleep(0.5)").execute(conn).await?) })
        })
    };
    // So that there is a connection, and the replica known to be fresh.
    read().await.unwrap();
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(read(), async {
        sleep(Duration::from_millis(200)).await;
        wire.set(Weather::PARTITION);
    });
    answer.unwrap();
    let silent_after = Duration::from_secs(3 * 5);
    assert!(begun.elapsed() < silent_after, "it was waited for: {:?}", begun.elapsed());
}
