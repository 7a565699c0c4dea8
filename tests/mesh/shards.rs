//! What the services ask of the tables that a cluster of databases shares out by event (k8s/overlays/citus): each statement
//! says which event it is about, so that it is one database's.

mod sql;

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    QueryDsl as _,
    dsl::{count, count_star},
};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use usher::schema::payment_events;

use crate::{
    evening,
    harness::{Database, Mesh, OwnPostgres, Setting},
    operations::overlay,
    releases::asked_in_an_evening,
};
use sql::{Reach, reach};

/// The SQL that shares the tables out.
const DISTRIBUTION: &str = "k8s/overlays/citus/distribute.sql";

/// What the services are told where events are shared out.
const SHARDED: [(&str, &str); 1] = [("sharded-by-event", "true")];

/// Statements of the hot path, by a part of them: each must have been asked, and be of one event.
const HOT: [&str; 9] = [
    "tickets.event_id = $2)) ORDER BY tickets.ticket_id FOR UPDATE",
    "AS w (event_id, user_id)",
    "made AS (INSERT INTO reservations",
    "own.booking_id = w.booking_id AND own.event_id = $3 OFFSET 0) AS b",
    "opened AS (INSERT INTO bookings",
    "AS s CROSS JOIN LATERAL (SELECT * FROM tickets AS own",
    "own.booking_id = w.booking_id AND own.event_id = $3 FOR UPDATE) AS b",
    "stands AS (UPDATE bookings",
    "UPDATE tickets SET status",
];

/// Lists over several events at once, by a part of them that says which, and why that is right.
const OF_SEVERAL: [(&str, &str); 7] = [
    ("GROUP BY tickets.event_id", "how many seats are left of each event on a page"),
    ("GROUP BY admissions.event_id", "the house's list of sales"),
    ("GROUP BY bookings.event_id", "the house's list of sales"),
    ("GROUP BY refunds.event_id", "the house's list of sales"),
    ("refunds.created_at, clock_timestamp() FROM refunds", "what went back of each booking on a page"),
    ("payments.booking_id, payments.payment_intent_id FROM", "what paid for each booking on a page"),
    ("tickets.ticket_id, tickets.seat_number FROM", "the seats of each booking on a page"),
];

/// Statements about no event, by a part of them, and why that is right.
const OF_ALL: [(&str, &str); 4] = [
    ("bookings.user_id = $1", "a customer's own bookings, of any event; and the box office's search for them"),
    ("check_at", "what the reconciler is to look at: once in seconds, by one process"),
    ("refunds.failure IS NOT NULL", "how many refunds need a person: once in seconds, by one process"),
    ("held_until < now()", "the clean-up of what is over, by one process"),
];

/// The tables that are shared out by event, and all others that the file names.
fn tables() -> (BTreeSet<String>, BTreeSet<String>) {
    let file = overlay::file(DISTRIBUTION);
    let named = |function: &str| {
        let calls = file.split(function).skip(1).map(|rest| rest.split('\'').nth(1).unwrap().to_owned());
        calls.collect::<BTreeSet<_>>()
    };
    let others = &named("create_reference_table(") | &named("citus_add_local_table_to_metadata(");
    (named("create_distributed_table("), others)
}

#[test]
fn every_table_has_its_place_and_every_key_has_the_event() {
    let (shared, others) = tables();
    let schema = overlay::file("src/schema.rs");
    let mut keys = BTreeMap::new();
    for table in schema.split("diesel::table! {").skip(1) {
        // Behind its comments.
        let head = table.lines().map(str::trim).find(|line| line.ends_with(") {")).unwrap();
        let (name, key) = head.trim_end_matches(") {").split_once(" (").unwrap();
        keys.insert(name.to_owned(), key.to_owned());
    }
    let known: BTreeSet<_> = keys.keys().cloned().collect();
    assert_eq!(known, &shared | &others, "{DISTRIBUTION} and src/schema.rs");
    assert!(shared.is_disjoint(&others));
    for table in &shared {
        assert!(
            keys[table].split(", ").any(|column| column == "event_id"),
            "{table}: a key of one shard is no key of all"
        );
    }
}

/// Citus can't be installed where this is tested. What stands for its functions here knows its rules for keys, references
/// and triggers, and nothing more: that the file is run by PostgreSQL, breaks none of those, and may be run again.
#[tokio::test(flavor = "multi_thread")]
async fn the_tables_are_shared_out_as_citus_allows_and_serve_as_before() {
    let server = OwnPostgres::start(&[]).await;
    let database = Database::on(&server).await;
    let mut conn = database.connect().await;
    conn.batch_execute(include_str!("shards/stand_in.sql")).await.unwrap();
    for _ in 0..2 {
        conn.batch_execute(&overlay::file(DISTRIBUTION)).await.unwrap();
    }
    let placed = diesel::dsl::sql::<diesel::sql_types::BigInt>("count(*) FROM citus_tables");
    let placed: i64 = diesel::select(placed).get_result(&mut conn).await.unwrap();
    let (shared, others) = tables();
    assert_eq!(usize::try_from(placed).unwrap(), shared.len() + others.len());
    let mesh = Mesh::start_as(Setting { database: Some(database), booking: &SHARDED, ..Setting::default() }).await;
    evening::play(&mesh).await;
    mesh.audit().await;
    mesh.stop().await;
    // What a callback says and that it was heard are in two transactions here.
    let callbacks = payment_events::table.select((count_star(), count(payment_events::processed_at)));
    let (came, heard): (i64, i64) = callbacks.first(&mut conn).await.unwrap();
    assert!(came > 0 && heard == came, "{heard} of {came} callbacks are marked as heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_on_a_shared_table_says_of_which_event() {
    let (shared, _) = tables();
    let asked = asked_in_an_evening(&SHARDED).await;
    let statements: BTreeSet<_> =
        asked.into_iter().filter_map(|asked| Some((asked.who, asked.sql?))).filter(|(_, sql)| sql.len() > 20).collect();
    let (mut several, mut wrong, mut used) = (0, Vec::new(), BTreeSet::new());
    let mut one = BTreeSet::new();
    for (who, statement) in &statements {
        let excuse =
            |list: &'static [(&str, &str)]| list.iter().find(|(part, _)| statement.replace('"', "").contains(part));
        match reach(statement, &shared) {
            Ok(Reach::Elsewhere) => {}
            Ok(Reach::One) => {
                one.insert(statement.replace('"', ""));
            }
            Ok(Reach::Several) => match excuse(&OF_SEVERAL) {
                Some((part, _)) => {
                    several += 1;
                    used.insert(*part);
                }
                None => wrong.push(format!("{who}, of several events: {statement}")),
            },
            Ok(Reach::All) => match excuse(&OF_ALL) {
                Some((part, _)) => {
                    used.insert(*part);
                }
                None => wrong.push(format!("{who}, of no event: {statement}")),
            },
            Err(error) => wrong.push(format!("{who}, not understood ({error}): {statement}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let unused: Vec<_> = OF_SEVERAL.iter().chain(&OF_ALL).filter(|(part, _)| !used.contains(part)).collect();
    assert!(unused.is_empty(), "nobody asks so any more: {unused:?}");
    println!("{} statements are of one event, {several} of those that they name", one.len());
    assert!(one.len() > 15, "{}: hardly anything was asked", one.len());
    let missing: Vec<_> = HOT.iter().filter(|part| !one.iter().any(|statement| statement.contains(*part))).collect();
    assert!(missing.is_empty(), "not asked of one event: {missing:?}");
}
