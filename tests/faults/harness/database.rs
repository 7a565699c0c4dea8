//! A mesh's database on both servers, and what a test reads of it: the only SQL of these tests. It is reached as the
//! services reach it: at whichever of the two servers takes writes.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Integer, Text, Timestamptz},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};
use usher::schema::{bookings, refunds, tickets};
use uuid::Uuid;

use super::{Clock, Servers, environment::address};
use crate::story::{Booking, Refund, Seat, SeatStatus};

const TEMPLATE: &str = "faults_template";
/// How long a server may take to answer.
const CONNECT_MAX: Duration = Duration::from_secs(1);
/// How long a new file of the log may take.
const SWITCH_MAX: Duration = Duration::from_secs(2);
/// More than there are files that wait to be written: what fits on the small disk.
const SWITCHES_MAX: u32 = 100;
/// How long a server may take to be back that was started again and again in vain.
const BACK_MAX: Duration = Duration::from_secs(60);
/// How often it is tried to connect.
const CONNECTS_MAX: u32 = 30;

/// A mesh's database.
pub struct Database {
    primary: String,
    replica: String,
}

/// What the rows of an event say at one moment.
#[derive(Debug, PartialEq, Eq)]
pub struct Rows {
    pub at: DateTime<Utc>,
    pub seats: Vec<Seat>,
    pub bookings: Vec<Booking>,
    pub refunds: Vec<Refund>,
}

type SeatRow = (i64, i16, Option<i64>, Option<Uuid>, Option<DateTime<Utc>>, Option<Uuid>);
type BookingRow = (Uuid, Option<i64>, Option<Uuid>, Vec<i64>, i64, String);
type RefundRow = (Uuid, Vec<i64>, i64, i64);

impl Database {
    /// A fresh one on shared servers, copied from one that is migrated once.
    pub async fn create(servers: &'static Servers) -> Self {
        static MIGRATED: OnceCell<()> = OnceCell::const_new();
        let template = Self { primary: on(&servers.primary, TEMPLATE), replica: on(&servers.replica, TEMPLATE) };
        MIGRATED
            .get_or_init(|| async {
                run(&servers.primary, &format!("CREATE DATABASE {TEMPLATE}")).await;
                template.migrate().await;
            })
            .await;
        let name = format!("faults_{}", Uuid::new_v4().simple());
        run(&servers.primary, &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        Self { primary: on(&servers.primary, &name), replica: on(&servers.replica, &name) }
    }

    /// The one that servers of a mesh's own begin with.
    pub async fn first(servers: &Servers) -> Self {
        let database = Self { primary: servers.primary.clone(), replica: servers.replica.clone() };
        database.migrate().await;
        database
    }

    async fn migrate(&self) {
        usher::database::migrate(&self.primary).await.unwrap();
    }

    /// The `host:port` of the primary, and of the replica.
    pub fn addresses(&self) -> [String; 2] {
        [address(&self.primary).to_owned(), address(&self.replica).to_owned()]
    }

    /// Its URL at whichever server takes writes.
    pub fn writable(&self) -> String {
        let [primary, replica] = self.addresses();
        self.writable_at(&primary, &replica)
    }

    /// The same, for who finds the servers at other addresses.
    pub fn writable_at(&self, primary: &str, replica: &str) -> String {
        let both = self.primary.replacen(address(&self.primary), &format!("{primary},{replica}"), 1);
        format!("{both}?target_session_attrs=read-write&load_balance_hosts=random")
    }

    /// Its URL at the replica, for who finds it at that address.
    pub fn replica_at(&self, replica: &str) -> String {
        self.replica.replacen(address(&self.replica), replica, 1)
    }

    /// A connection to whichever server takes writes.
    pub async fn connect(&self) -> AsyncPgConnection {
        for _ in 0..CONNECTS_MAX {
            // A frozen server accepts connections and says nothing; the next try may begin with the other one.
            if let Ok(Ok(conn)) = timeout(CONNECT_MAX, AsyncPgConnection::establish(&self.writable())).await {
                return conn;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("no server takes writes");
    }

    /// A clock that is set against the server's: by the quickest of several answers, as its middle.
    pub async fn clock(&self) -> Clock {
        let mut conn = self.connect().await;
        let mut quickest: Option<(Duration, Clock)> = None;
        for _ in 0..10 {
            let asked = Instant::now();
            let reading = now(&mut conn).await;
            let took = asked.elapsed();
            if quickest.is_none_or(|(before, _)| took < before) {
                quickest = Some((took, Clock::set(asked + took / 2, reading)));
            }
        }
        quickest.unwrap().1
    }

    /// Expects that commits wait for the replica.
    pub async fn is_synchronous(&self) -> bool {
        let mut conn = AsyncPgConnection::establish(&self.primary).await.unwrap();
        // The builder has no system views.
        let waits = sql::<Integer>("count(*)::int4 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')");
        diesel::select(waits).get_result::<i32>(&mut conn).await.unwrap() == 1
    }

    /// Makes the replica the server that takes writes, and answers once it does.
    pub async fn promote(&self) {
        // The builder has no such functions.
        run(&self.replica, "SELECT pg_promote(true, 60)").await;
    }

    /// Lets nobody write to a table, or lock a row of it, until the answer is dropped. It can be read.
    pub async fn lock(&self, table: &str) -> AsyncPgConnection {
        self.lock_in(table, "EXCLUSIVE").await
    }

    /// Lets nobody read a table either, on both servers.
    pub async fn lock_whole(&self, table: &str) -> AsyncPgConnection {
        let lock = self.lock_in(table, "ACCESS EXCLUSIVE").await;
        // The replica hears of it with the next commit, which waits until it has.
        let commit = "SET synchronous_commit = remote_apply; SELECT pg_logical_emit_message(true, 'usher', 'locked')";
        self.connect().await.batch_execute(commit).await.unwrap();
        lock
    }

    async fn lock_in(&self, table: &str, mode: &str) -> AsyncPgConnection {
        let mut conn = self.connect().await;
        // The builder locks rows only.
        conn.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN {mode} MODE")).await.unwrap();
        conn
    }

    /// Whether somebody waits for a table, on either server.
    pub async fn is_waited_for(&self, table: &str) -> bool {
        // The builder has no system views.
        let waits = sql::<Integer>("count(*)::int4 FROM pg_locks WHERE NOT granted AND relation = ")
            .bind::<Text, _>(table)
            .sql("::regclass");
        let mut waiting = 0;
        for server in [&self.primary, &self.replica] {
            let mut conn = AsyncPgConnection::establish(server).await.unwrap();
            waiting += diesel::select(waits.clone()).get_result::<i32>(&mut conn).await.unwrap();
        }
        waiting > 0
    }

    /// Makes the primary begin a new file of its log, as it does by itself when one is full. It may well not survive that.
    pub async fn end_log(&self) {
        let primary = AsyncPgConnection::establish(&self.primary).await;
        if let Ok(mut conn) = primary {
            // Some files are there already. A switch does nothing where nothing was written since the last one.
            let switch = "SELECT pg_logical_emit_message(false, 'usher', 'full'); SELECT pg_switch_wal()";
            for _ in 0..SWITCHES_MAX {
                if !matches!(timeout(SWITCH_MAX, conn.batch_execute(switch)).await, Ok(Ok(()))) {
                    return;
                }
            }
            panic!("the log goes on on a full disk");
        }
    }

    /// Waits until the primary takes connections.
    pub async fn is_back(&self) {
        super::eventually("the primary is back", BACK_MAX, async || {
            AsyncPgConnection::establish(&self.primary).await.is_ok()
        })
        .await;
    }

    /// Ends everybody's connections; answers how many there were.
    pub async fn end_connections(&self) -> usize {
        // The builder has no system views and none of their functions.
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        diesel::sql_query(end).execute(&mut self.connect().await).await.unwrap()
    }

    /// The tickets of an event.
    pub async fn tickets(&self, event: i64) -> Vec<i64> {
        let found = tickets::table.filter(tickets::event_id.eq(event)).select(tickets::ticket_id);
        found.load(&mut self.connect().await).await.unwrap()
    }

    /// How many of the event's payments are not decided yet.
    pub async fn undecided(&self, event: i64) -> i64 {
        let undecided = bookings::table
            .filter(bookings::event_id.eq(event))
            .filter(bookings::status.eq_any(["PENDING", "REFUNDING"]))
            .count();
        undecided.get_result(&mut self.connect().await).await.unwrap()
    }

    /// All rows of an event, as of one moment.
    pub async fn rows(&self, event: i64, clock: &Clock) -> Rows {
        let mut conn = self.connect().await;
        conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.unwrap();
        let at = now(&mut conn).await;
        let seats = tickets::table.filter(tickets::event_id.eq(event)).order(tickets::ticket_id).select((
            tickets::ticket_id,
            tickets::status,
            tickets::reserved_by,
            tickets::reservation_id,
            tickets::held_until,
            tickets::booking_id,
        ));
        let seats: Vec<SeatRow> = seats.load(&mut conn).await.unwrap();
        let made = bookings::table.filter(bookings::event_id.eq(event)).order(bookings::booking_id).select((
            bookings::booking_id,
            bookings::user_id,
            bookings::reservation_id,
            bookings::ticket_ids,
            bookings::amount,
            bookings::status,
        ));
        let made: Vec<BookingRow> = made.load(&mut conn).await.unwrap();
        let back = refunds::table.filter(refunds::event_id.eq(event)).order(refunds::refund_id).select((
            refunds::booking_id,
            refunds::ticket_ids,
            refunds::amount,
            refunds::fee,
        ));
        let back: Vec<RefundRow> = back.load(&mut conn).await.unwrap();
        let seats = seats.into_iter().map(|row| seat(row, clock));
        let refunds = back.into_iter().map(|(booking, tickets, amount, fee)| Refund { booking, tickets, amount, fee });
        let bookings = made.into_iter();
        let bookings = bookings.map(|(id, user, reservation, tickets, amount, status)| Booking {
            id,
            user,
            reservation,
            tickets,
            amount,
            status,
        });
        Rows { at, seats: seats.collect(), bookings: bookings.collect(), refunds: refunds.collect() }
    }
}

fn seat((ticket, status, user, reservation, until, booking): SeatRow, clock: &Clock) -> Seat {
    let status = match status {
        0 => SeatStatus::Available,
        1 => SeatStatus::Reserved,
        2 => SeatStatus::Booked,
        3 => SeatStatus::Blocked,
        other => panic!("ticket {ticket} has status {other}"),
    };
    Seat { ticket, status, user, reservation, until: until.map(|until| clock.of(until)), booking }
}

async fn now(conn: &mut AsyncPgConnection) -> DateTime<Utc> {
    diesel::select(sql::<Timestamptz>("clock_timestamp()")).get_result(conn).await.unwrap()
}

fn on(server: &str, database: &str) -> String {
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

/// Statements about databases and servers, which the query builder doesn't know.
async fn run(url: &str, statement: &str) {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    conn.batch_execute(statement).await.unwrap();
}
