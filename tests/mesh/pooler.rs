//! The mesh behind `PgBouncer`, which lends few sessions to many, each for one transaction.

use diesel::{
    ConnectionError,
    dsl::sql,
    sql_types::{Integer, Text},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use futures::future::join_all;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use usher::database::{Connection, Error, Fault, Work};

use crate::{
    harness::{Database, Mesh, OwnPostgres, PgBouncer, Setting},
    replicas::{execute, kit},
    seen_elsewhere::buy,
};

/// How many sessions PostgreSQL gives.
const SESSIONS: u32 = 4;
const BUYERS: usize = 24;

/// How many names are left behind at once.
const NAMES: i32 = 1_000;

/// Somebody else at the same pooler, who leaves in the sessions what any process leaves that prepares: names, which every
/// process counts from nought, and here those that this one uses next; and a setting.
async fn litter(url: String, stop: CancellationToken) {
    // A connection is set up by what is prepared outside of transactions: it may go to two sessions.
    let mut conn = loop {
        match AsyncPgConnection::establish(&url).await {
            Ok(conn) => break conn,
            Err(ConnectionError::CouldntSetupConfiguration(_)) => {}
            Err(error) => panic!("{error}"),
        }
    };
    while !stop.is_cancelled() {
        conn.batch_execute("BEGIN; DEALLOCATE ALL").await.unwrap();
        // The one statement that is prepared now: this one.
        let own = sql::<Integer>("max(substr(name, 2)::int) FROM pg_prepared_statements");
        let own: i32 = diesel::select(own).get_result(&mut conn).await.unwrap();
        let names = format!(
            "DO $$ BEGIN FOR n IN {}..{} LOOP EXECUTE format('PREPARE s%s AS SELECT 1', n); END LOOP; END $$; \
             COMMIT; SET statement_timeout = 1234567",
            own + 1,
            own + NAMES
        );
        conn.batch_execute(&names).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_lent_sessions_serve_the_whole_mesh() {
    let postgres = OwnPostgres::start(&[]).await;
    let database = Database::on(&postgres).await;
    let pooler = PgBouncer::start(&postgres, database.name(), SESSIONS).await;
    let stop = CancellationToken::new();
    let littering = tokio::spawn(litter(pooler.url(database.name()), stop.clone()));
    let mesh = Mesh::start_as(Setting { database: Some(database), pooler: Some(&pooler), ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Lent", BUYERS + 4).await;

    let buyers =
        event.tickets[..BUYERS].iter().zip(0..).map(|(&ticket, n)| tokio::spawn(buy(mesh.customer_number(n), ticket)));
    let ends: Vec<_> = join_all(buyers).await.into_iter().map(Result::unwrap).collect();
    assert!(ends.iter().all(|end| ["BOOKED", "PENDING"].contains(&end.as_str())), "{ends:?}");
    mesh.eventually("all have their seats", || async {
        let bookings = mesh.database.bookings(&event).await;
        bookings.len() == BUYERS && bookings.iter().all(|status| status == "BOOKED")
    })
    .await;

    let ann = mesh.customer("ann").await;
    let best = json!({"event_id": event.id.to_string(), "quantity": 2});
    let reservation = ann.post("/v1/reserve/best", &best).await.ok()["reservation"].clone();
    let booking = ann.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    ann.post("/v1/cancel", &json!({"booking_id": booking["booking_id"]})).await.ok();
    let found = ann.get("/v1/search?query=lent").await.ok();
    assert_eq!(found["events"][0]["event_id"], event.id.to_string());
    ann.sees(&event, event.tickets[0], "BOOKED").await;

    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'usher'";
    let sessions: u32 = postgres.ask(sessions).await.parse().unwrap();
    assert!(sessions <= SESSIONS, "{sessions} sessions of the services' role");
    stop.cancel();
    littering.await.unwrap();
    mesh.audit().await;
    mesh.stop().await;
}

fn setting<'a>(conn: &'a mut Connection, name: &str) -> Work<'a, String, Error> {
    let shown = sql::<Text>(&format!("current_setting('{name}')"));
    Box::pin(async move { Ok(diesel::select(shown).get_result(conn).await?) })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_transaction_is_set_to_is_in_force_in_a_lent_session_and_gone_after_it() {
    let postgres = OwnPostgres::start(&[]).await;
    postgres.make_database("lent").await;
    let pooler = PgBouncer::start(&postgres, "lent", 1).await;
    let url = pooler.url("lent");
    let database = kit(&[
        ("database-url", &url),
        ("database-replica-url", &url),
        ("database-pooler", "transaction"),
        ("database-statement-ms", "700"),
    ]);
    let late = [
        database.read_primary(|conn| execute(conn, "SELECT pg_sleep(60)")).await,
        database.read(|conn| execute(conn, "SELECT pg_sleep(60)")).await,
    ];
    for late in late.map(Result::unwrap_err) {
        assert_eq!(late.kind(), Fault::Timeout, "{late}");
    }
    // While the only session was lent, nobody could say how far the replica is: it is read from again now.
    for tries in 0.. {
        let read_only = database.read::<_, Error, _>(|conn| setting(conn, "transaction_read_only"));
        if read_only.await.unwrap() == "on" {
            break;
        }
        assert!(tries < 200, "a read may write");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let remote_apply = database.transaction::<_, Error, _>(|conn| setting(conn, "synchronous_commit"));
    assert_eq!(remote_apply.await.unwrap(), "remote_apply");

    // The one session there is, as somebody else gets it.
    let mut other = AsyncPgConnection::establish(&url).await.unwrap();
    other.batch_execute("SELECT pg_sleep(1); CREATE TABLE written (n int)").await.unwrap();
}
