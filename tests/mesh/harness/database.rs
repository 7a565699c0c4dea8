//! A database for each test, copied from one that is migrated once, and what tests read and bend in it: the only SQL of
//! the tests.

use diesel::{
    dsl::{IntervalDsl as _, now},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use tokio::sync::OnceCell;
use usher::schema::{bookings, box_office_log, events, payment_events, refresh_tokens, refunds, tickets, users};
use uuid::Uuid;

use super::{Event, OwnPostgres, servers::servers};

const TEMPLATE: &str = "mesh_template";

/// One test's database.
pub struct Database {
    name: String,
    /// Its URL on the primary.
    primary: String,
    /// Its URL on the replica.
    replica: String,
}

/// One ticket's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tickets)]
pub struct Row {
    pub ticket_id: i64,
    pub status: i16,
    pub reserved_by: Option<i64>,
    pub reservation_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub price: i64,
    pub taken_price: Option<i64>,
}

impl Row {
    /// Nobody's.
    pub const AVAILABLE: i16 = 0;
    /// Somebody's for now.
    pub const RESERVED: i16 = 1;
    /// Somebody's for good.
    pub const BOOKED: i16 = 2;
}

impl Database {
    /// A fresh one, with the schema and without rows.
    pub async fn create() -> Self {
        static MIGRATED: OnceCell<()> = OnceCell::const_new();
        MIGRATED.get_or_init(migrate_template).await;
        let name = format!("mesh_{}", Uuid::new_v4().simple());
        run(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        Self { primary: url(&servers().primary, &name), replica: url(&servers().replica, &name), name }
    }

    /// One on a server of the test's own, with the schema and without rows.
    pub async fn on(server: &OwnPostgres) -> Self {
        let name = format!("mesh_{}", Uuid::new_v4().simple());
        server.make_database(&name).await;
        let url = server.url(&name);
        usher::database::migrate(&url).await.unwrap();
        Self { primary: url.clone(), replica: url, name }
    }

    /// The same one, on a server that has become of the one that it was on.
    pub fn at(&self, server: &OwnPostgres) -> Self {
        let url = server.url(&self.name);
        Self { primary: url.clone(), replica: url, name: self.name.clone() }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL on the primary.
    pub fn primary(&self) -> String {
        self.primary.clone()
    }

    /// Its URL on the replica.
    pub fn replica(&self) -> String {
        self.replica.clone()
    }

    /// A connection to the primary.
    pub async fn connect(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.primary()).await.unwrap()
    }

    /// What no RPC does: gives an account its role.
    pub async fn set_role(&self, user: i64, role: &str) {
        let target = users::table.find(user);
        diesel::update(target).set(users::role.eq(role)).execute(&mut self.connect().await).await.unwrap();
    }

    /// What no RPC shows: the hash of an account's password, or of another's.
    pub async fn password_hash(&self, user: i64) -> String {
        users::table.find(user).select(users::password_hash).first(&mut self.connect().await).await.unwrap()
    }

    /// Lets an account have been made with that hash.
    pub async fn set_password_hash(&self, user: i64, hash: &str) {
        let target = users::table.find(user);
        diesel::update(target).set(users::password_hash.eq(hash)).execute(&mut self.connect().await).await.unwrap();
    }

    /// Lets every use of a refresh token have been a minute ago.
    pub async fn age_refresh_tokens(&self) {
        let past = now.into_sql::<Timestamptz>() - 1.minute();
        let used = refresh_tokens::table.filter(refresh_tokens::used_at.is_not_null());
        diesel::update(used)
            .set(refresh_tokens::used_at.eq(past.nullable()))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// Lets every refresh token expire.
    pub async fn expire_refresh_tokens(&self) {
        let past = now.into_sql::<Timestamptz>() - 1.second();
        let all = diesel::update(refresh_tokens::table);
        all.set(refresh_tokens::expires_at.eq(past)).execute(&mut self.connect().await).await.unwrap();
    }

    /// Everything that is kept of refresh tokens.
    pub async fn kept_of_refresh_tokens(&self) -> Vec<Vec<u8>> {
        refresh_tokens::table.select(refresh_tokens::token_hash).load(&mut self.connect().await).await.unwrap()
    }

    /// Lets every hold of the event lapse, as an hour would.
    pub async fn lapse_holds(&self, event: &Event) {
        let held = tickets::table.filter(tickets::event_id.eq(event.id)).filter(tickets::status.eq(Row::RESERVED));
        let past = now.into_sql::<Timestamptz>() - 1.second();
        diesel::update(held)
            .set(tickets::held_until.eq(past.nullable()))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// Frees the event's seats behind everybody's back.
    pub async fn free(&self, event: &Event) {
        let all = tickets::table.filter(tickets::event_id.eq(event.id));
        let nobodys = (
            tickets::status.eq(Row::AVAILABLE),
            tickets::reserved_by.eq(None::<i64>),
            tickets::reservation_id.eq(None::<Uuid>),
            tickets::status_at.eq(now),
            tickets::held_until.eq(None::<chrono::DateTime<chrono::Utc>>),
            tickets::taken_price.eq(None::<i64>),
            tickets::booking_id.eq(None::<Uuid>),
        );
        let mut conn = self.connect().await;
        // As every service's commits: whoever reads the replica afterwards sees it.
        conn.batch_execute("SET synchronous_commit = remote_apply").await.unwrap();
        diesel::update(all).set(nobodys).execute(&mut conn).await.unwrap();
    }

    /// Keeps everybody from reading screens, for as long as the connection stands that it answers.
    pub async fn hold_screens(&self) -> AsyncPgConnection {
        let mut conn = self.connect().await;
        conn.batch_execute("BEGIN; LOCK TABLE screens IN ACCESS EXCLUSIVE MODE").await.unwrap();
        conn
    }

    /// How many statements on this database wait for a lock.
    pub async fn waiting(&self) -> i64 {
        #[derive(QueryableByName)]
        struct Waiting {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let waiting = sql_query(
            "SELECT count(*) AS count FROM pg_locks \
             WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        waiting.get_result::<Waiting>(&mut self.connect().await).await.unwrap().count
    }

    /// Lets the event begin.
    pub async fn begin(&self, event: &Event) {
        let past = now.into_sql::<Timestamptz>() - 1.second();
        let target = events::table.find(event.id);
        diesel::update(target).set(events::start_time.eq(past)).execute(&mut self.connect().await).await.unwrap();
    }

    /// The event's tickets, ascending.
    pub async fn rows(&self, event: &Event) -> Vec<Row> {
        let rows = tickets::table.filter(tickets::event_id.eq(event.id)).order(tickets::ticket_id);
        rows.select(Row::as_select()).load(&mut self.connect().await).await.unwrap()
    }

    /// The status of every booking of the event, oldest first.
    pub async fn bookings(&self, event: &Event) -> Vec<String> {
        let rows = bookings::table.filter(bookings::event_id.eq(event.id)).order(bookings::created_at);
        rows.select(bookings::status).load(&mut self.connect().await).await.unwrap()
    }

    /// Lets every booking of the event, and every refund of them, have been made two days earlier, and be looked at now.
    pub async fn age(&self, event: &Event) {
        let mut conn = self.connect().await;
        let of_event = bookings::table.filter(bookings::event_id.eq(event.id));
        let earlier = (bookings::created_at.eq(bookings::created_at - 2.days()), bookings::check_at.eq(now));
        diesel::update(of_event).set(earlier).execute(&mut conn).await.unwrap();
        let of_event = refunds::table.filter(refunds::event_id.eq(event.id));
        let earlier = (refunds::created_at.eq(refunds::created_at - 2.days()), refunds::check_at.eq(now));
        diesel::update(of_event).set(earlier).execute(&mut conn).await.unwrap();
    }

    /// The refunds of the event that the provider is yet to be told of, or whose answer is lost.
    pub async fn refunds_under_way(&self, event: &Event) -> Vec<Uuid> {
        let owed = refunds::table.filter(refunds::event_id.eq(event.id)).filter(refunds::status.eq("PENDING"));
        owed.select(refunds::refund_id).load(&mut self.connect().await).await.unwrap()
    }

    /// What was done at the event's box office, and why, the oldest first.
    pub async fn box_office(&self, event: &Event) -> Vec<(String, String)> {
        let log = box_office_log::table.filter(box_office_log::event_id.eq(event.id));
        let log = log.order(box_office_log::entry_id).select((box_office_log::action, box_office_log::reason));
        log.load(&mut self.connect().await).await.unwrap()
    }

    /// How many callbacks were stored, and how many of them are done.
    pub async fn callbacks(&self) -> (i64, i64) {
        let mut conn = self.connect().await;
        let stored = payment_events::table.count().get_result(&mut conn).await.unwrap();
        let done = payment_events::table.filter(payment_events::processed_at.is_not_null());
        (stored, done.count().get_result(&mut conn).await.unwrap())
    }

    /// How many rows of everything there are: a refused request leaves it as it was.
    pub async fn fingerprint(&self) -> String {
        let mut conn = self.connect().await;
        let taken =
            tickets::table.filter(tickets::status.ne(Row::AVAILABLE)).count().get_result::<i64>(&mut conn).await;
        let seats = tickets::table.select((diesel::dsl::count_star(), diesel::dsl::sum(tickets::price).nullable()));
        let updated = events::table.select(diesel::dsl::max(events::updated_at));
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            taken.unwrap(),
            seats.get_result::<(i64, Option<diesel::data_types::PgNumeric>)>(&mut conn).await.unwrap(),
            updated.get_result::<Option<chrono::DateTime<chrono::Utc>>>(&mut conn).await.unwrap(),
            bookings::table.count().get_result::<i64>(&mut conn).await.unwrap(),
            users::table.count().get_result::<i64>(&mut conn).await.unwrap(),
        )
    }
}

fn url(server: &str, database: &str) -> String {
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

async fn migrate_template() {
    run(&format!("CREATE DATABASE {TEMPLATE}")).await;
    usher::database::migrate(&url(&servers().primary, TEMPLATE)).await.unwrap();
}

/// Statements about databases, which the query builder doesn't know.
async fn run(statement: &str) {
    let mut conn = AsyncPgConnection::establish(&servers().primary).await.unwrap();
    conn.batch_execute(statement).await.unwrap();
}
