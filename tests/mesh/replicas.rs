//! Reading from replicas that fall behind, and what a transaction waits for: by the kit, on servers of the test's own.

use std::{collections::BTreeSet, time::Duration};

use clap::Parser;
use diesel::{
    dsl::sql,
    sql_types::{Integer, Text},
};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use usher::database::{Connection, Database, DatabaseConfig, Error, Fault, Work};

use crate::harness::{OwnPostgres, Proxy};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseConfig,
}

/// The kit as a service has it, with those flags.
pub fn kit(flags: &[(&str, &str)]) -> Database {
    let flags = flags.iter().map(|(name, value)| format!("--{name}={value}"));
    Database::new(&Settings::try_parse_from(["test".to_owned()].into_iter().chain(flags)).unwrap().database)
}

/// Statements that the query builder doesn't know.
pub fn execute<'a>(conn: &'a mut Connection, statements: &'static str) -> Work<'a, (), Error> {
    Box::pin(async move { Ok(conn.batch_execute(statements).await?) })
}

/// Which servers answer reads now, by their ports.
async fn readers(database: &Database) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for _ in 0..8 {
        let read = database.read::<_, Error, _>(|conn| {
            Box::pin(
                async move { Ok(diesel::select(sql::<Integer>("inet_server_port()")).get_result::<i32>(conn).await?) },
            )
        });
        ports.insert(u16::try_from(read.await.unwrap()).unwrap());
    }
    ports
}

async fn become_readers(database: &Database, expected: &[&OwnPostgres]) {
    let expected: BTreeSet<_> = expected.iter().map(|server| server.port()).collect();
    let mut found = BTreeSet::new();
    for _ in 0..200 {
        found = readers(database).await;
        if found == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{found:?} answer, not {expected:?}");
}

async fn write(primary: &OwnPostgres) {
    primary.run("CREATE TABLE IF NOT EXISTS written (n int); INSERT INTO written VALUES (1)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lags_is_read_from_only_while_nobody_else_answers() {
    let mut primary = OwnPostgres::start(&[]).await;
    let (one, mut two) = (primary.replica("one").await, primary.replica("two").await);
    let replicas = [one.url("postgres"), two.url("postgres")].join(" ");
    let database = kit(&[
        ("database-url", &primary.url("postgres")),
        ("database-replica-url", &replicas),
        ("database-replica-lag-ms-max", "500"),
    ]);
    become_readers(&database, &[&one, &two]).await;

    one.run("SELECT pg_wal_replay_pause()").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(readers(&database).await.len(), 2, "nothing was written: it is as new as the primary");
    write(&primary).await;
    become_readers(&database, &[&two]).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    become_readers(&database, &[&two]).await;

    two.run("SELECT pg_wal_replay_pause()").await;
    write(&primary).await;
    become_readers(&database, &[&primary]).await;

    primary.kill();
    become_readers(&database, &[&one]).await;

    primary.begin().await;
    become_readers(&database, &[&primary]).await;
    one.run("SELECT pg_wal_replay_resume()").await;
    become_readers(&database, &[&one]).await;

    two.run("SELECT pg_wal_replay_resume()").await;
    become_readers(&database, &[&one, &two]).await;
    two.kill();
    become_readers(&database, &[&one]).await;

    // Somebody who asked it would wait for a minute.
    let patient = [("database-url", primary.url("postgres")), ("database-replica-url", replicas)];
    let patient = kit(&[
        patient.each_ref().map(|(name, url)| (*name, url.as_str())).as_slice(),
        &[("database-wait-ms", "60000")],
    ]
    .concat());
    tokio::time::sleep(Duration::from_secs(3)).await;
    tokio::time::timeout(Duration::from_secs(30), readers(&patient)).await.expect("nobody asks a replica that is away");
}

/// I7, and that no reader sees a seat as free after it was promised: whoever is answered is seen on the replica.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_answered_once_the_synchronous_replica_has_applied_it() {
    let primary = OwnPostgres::start(&[]).await;
    write(&primary).await;
    let replica = primary.replica("one").await;
    primary.run("GRANT ALL ON written TO usher").await;
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'one'").await;
    primary.run("SELECT pg_reload_conf()").await;
    let database = kit(&[("database-url", &primary.url("postgres"))]);
    replica.run("SELECT pg_wal_replay_pause()").await;
    let writing =
        tokio::spawn(async move { database.transaction(|conn| execute(conn, "INSERT INTO written VALUES (2)")).await });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!writing.is_finished(), "the replica has it on its disk, and shows it to nobody yet");
    replica.run("SELECT pg_wal_replay_resume()").await;
    writing.await.unwrap().unwrap();
    assert_eq!(replica.ask("SELECT count(*) FROM written WHERE n = 2").await, "1");
}

async fn fails(database: &Database, statement: &'static str) -> Error {
    database.transaction(move |conn| execute(conn, statement)).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_and_no_wait_for_a_lock_lasts_longer_than_it_may() {
    let primary = OwnPostgres::start(&[]).await;
    write(&primary).await;
    primary.run("GRANT ALL ON written TO usher").await;
    let database = kit(&[("database-url", &primary.url("postgres")), ("database-statement-ms", "800")]);
    let late = fails(&database, "SELECT pg_sleep(60)").await;
    assert!(late.kind() == Fault::Timeout && late.to_string().contains("statement timeout"), "{late}");

    let holds = kit(&[("database-url", &primary.url("postgres"))]);
    let (held, holding) = tokio::sync::oneshot::channel();
    let held = std::sync::Mutex::new(Some(held));
    let holder = tokio::spawn(async move {
        let locking = holds.transaction::<(), Error, _>(move |conn| {
            let held = held.lock().unwrap().take();
            Box::pin(async move {
                conn.batch_execute("LOCK TABLE written").await?;
                held.map(|held| held.send(()));
                Ok(conn.batch_execute("SELECT pg_sleep(4)").await?)
            })
        });
        locking.await
    });
    holding.await.unwrap();
    let late = fails(&database, "INSERT INTO written VALUES (3)").await;
    assert!(late.kind() == Fault::Timeout && late.to_string().contains("lock timeout"), "{late}");
    holder.await.unwrap().unwrap();

    let shown = database.read_primary::<_, Error, _>(|conn| {
        let shown = sql::<Text>("current_setting('client_connection_check_interval')");
        Box::pin(async move { Ok(diesel::select(shown).get_result::<String>(conn).await?) })
    });
    assert_eq!(shown.await.unwrap(), "200ms", "a client that is gone holds its locks no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_starts_waits_for_each_server_but_not_for_ever() {
    let primary = OwnPostgres::start(&[]).await;
    let replica = primary.replica("one").await;
    let urls = [primary.url("postgres"), replica.url("postgres")];
    let lines = [Proxy::to_url(&urls[0]).await, Proxy::to_url(&urls[1]).await];
    let [to_primary, to_replica] = [lines[0].through(&urls[0]), lines[1].through(&urls[1])];
    let start = || kit(&[("database-url", &to_primary), ("database-replica-url", &to_replica)]);
    lines[1].cut();
    let database = start();
    let meeting = tokio::spawn(async move { database.meet().await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!meeting.is_finished(), "it serves before it can read");
    lines[1].mend();
    meeting.await.unwrap();

    lines.iter().for_each(Proxy::cut);
    start().meet().await;
}
