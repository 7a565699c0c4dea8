//! A mesh's database on both servers, and what a test reads of it: the only SQL of these tests. It is reached as the
//! services reach it: at whichever of the two servers takes writes.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Integer, Timestamptz},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};
use usher::schema::{bookings, tickets};
use uuid::Uuid;

use super::{Clock, Servers};
use crate::story::{Booking, Seat, SeatStatus};

const TEMPLATE: &str = "faults_template";
/// How long a server may take to answer.
const CONNECT_MAX: Duration = Duration::from_secs(1);
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
}

type SeatRow = (i64, i16, Option<i64>, Option<Uuid>, Option<DateTime<Utc>>, Option<Uuid>);
type BookingRow = (Uuid, Option<i64>, Vec<i64>, i64, String);

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

    /// Its URL at whichever server takes writes.
    pub fn writable(&self) -> String {
        let (primary, database) = self.primary.rsplit_once('/').unwrap();
        let (_, replica) = self.replica.rsplit_once('/').unwrap().0.rsplit_once('@').unwrap();
        format!("{primary},{replica}/{database}?target_session_attrs=read-write&load_balance_hosts=random")
    }

    /// Its URL at the replica.
    pub fn replica(&self) -> &str {
        &self.replica
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
            bookings::ticket_ids,
            bookings::amount,
            bookings::status,
        ));
        let made: Vec<BookingRow> = made.load(&mut conn).await.unwrap();
        let seats = seats.into_iter().map(|row| seat(row, clock));
        let bookings = made.into_iter();
        let bookings =
            bookings.map(|(id, user, tickets, amount, status)| Booking { id, user, tickets, amount, status });
        Rows { at, seats: seats.collect(), bookings: bookings.collect() }
    }
}

fn seat((ticket, status, user, reservation, until, booking): SeatRow, clock: &Clock) -> Seat {
    let status = match status {
        0 => SeatStatus::Available,
        1 => SeatStatus::Reserved,
        2 => SeatStatus::Booked,
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
