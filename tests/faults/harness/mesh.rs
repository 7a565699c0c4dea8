//! One mesh of real processes: the payment sandbox, account-svc, event-svc, search-svc, booking-svc (one or several) and
//! the edge, on a database of their own.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use usher::{channel, signing::generate_pem};

use super::{
    Clock, Event, Sandbox, Servers, Tokens,
    database::Database,
    environment::{Addresses, url},
    eventually,
    program::Program,
};
use crate::story::{Charge, State};

/// How long a program may take to serve.
const UP_MAX: Duration = Duration::from_secs(60);

/// How a mesh is run.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// How long a hold lasts, in seconds.
    pub hold_seconds: u32,
    /// How many booking-svc run at once.
    pub booking_services: usize,
    /// The share of calls that the client hangs up on.
    pub hung_up: f64,
}

/// A mesh. Its processes end with it, whatever happens.
pub struct Mesh {
    pub setting: Setting,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub database: Database,
    pub tokens: Tokens,
    /// The edge's URL.
    pub edge: String,
    /// The booking services' URLs.
    pub bookings: Vec<String>,
    booking_programs: Vec<Program>,
    others: Vec<Program>,
    http: reqwest::Client,
    folder: Option<TempDir>,
}

impl Mesh {
    /// One on the servers that all tests share.
    pub async fn on_shared(setting: Setting) -> Self {
        let servers = Servers::shared();
        Self::start(setting, Database::create(servers).await, &servers.redis).await
    }

    /// One on servers of its own.
    pub async fn on(setting: Setting, servers: &Servers) -> Self {
        Self::start(setting, Database::first(servers).await, &servers.redis).await
    }

    async fn start(setting: Setting, database: Database, redis: &str) -> Self {
        let clock = database.clock().await;
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path();
        let key = |name: &str| {
            let path = logs.join(name);
            std::fs::write(&path, generate_pem().unwrap()).unwrap();
            path.display().to_string()
        };
        let (token_key, ticket_key) = (key("token.pem"), key("ticket.pem"));
        let at = Addresses::choose(setting.booking_services);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mesh = Self {
            setting,
            clock,
            tokens: Tokens::of(token_key.as_ref(), clock),
            sandbox: Sandbox::new(http.clone(), url(&at.sandbox)),
            edge: url(&at.edge),
            bookings: at.bookings.iter().map(|address| url(address)).collect(),
            booking_programs: (0..setting.booking_services)
                .map(|n| (n + 1, at.booking(n, &database, redis, ticket_key.clone(), setting.hold_seconds)))
                .map(|(number, told)| Program::new("booking-svc", number, told, logs))
                .collect(),
            others: vec![
                Program::new("payment-sandbox", 1, at.sandbox(), logs),
                Program::new("account-svc", 1, at.account(&database, token_key), logs),
                Program::new("event-svc", 1, at.event(&database, redis), logs),
                Program::new("search-svc", 1, at.search(&database, redis), logs),
                Program::new("edge-proxy", 1, at.edge(), logs),
            ],
            http,
            database,
            folder: Some(folder),
        };
        for program in &mesh.others {
            program.start().await;
        }
        mesh.serves().await;
        mesh
    }

    /// Starts the booking services that don't run, and waits until everything serves.
    async fn serves(&self) {
        for n in 0..self.bookings.len() {
            self.start_booking(n).await;
        }
        let ready = format!("{}/readyz", self.edge);
        eventually("the edge is ready", UP_MAX, async || {
            let answer = self.http.get(&ready).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Kills a booking service as a crash would.
    pub async fn kill_booking(&self, n: usize) {
        self.booking_programs[n].kill().await;
    }

    /// Starts a booking service, unless it runs, and answers once it serves.
    pub async fn start_booking(&self, n: usize) {
        self.booking_programs[n].start().await;
        eventually("booking-svc serves", UP_MAX, async || is_serving(&self.bookings[n]).await).await;
    }

    /// Mends everything that a test breaks, and answers once all serves again.
    pub async fn heal(&self) {
        self.sandbox.faults(&json!({})).await;
        self.serves().await;
    }

    /// How everything of an event stands, at the provider too, and when that was read.
    pub async fn state(&self, event: &Event) -> (State, Duration) {
        let rows = self.database.rows(event.id, &self.clock).await;
        let of_event = |charge: &Charge| charge.event == Some(event.id);
        let charges = self.sandbox.charges().await.into_iter().filter(of_event).collect();
        (State { seats: rows.seats, bookings: rows.bookings, charges }, self.clock.of(rows.at))
    }

    /// Expects that the invariants hold that `local audit` reads off the database.
    pub async fn audit(&self) {
        let violations = upkeep::audit::check(&mut self.database.connect().await).await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// GET as anybody; `None` where nobody answers.
    pub async fn get(&self, path: &str) -> Option<(u16, Value)> {
        let answer = self.http.get(format!("{}{path}", self.edge)).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// POST as an admin, which must succeed.
    pub async fn post_as_admin(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.edge)).bearer_auth(self.tokens.make(1, "ADMIN"));
        let answer = request.json(body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert!(status.is_success(), "{path}: {status}: {body:#}");
        body
    }

    /// Stops everything in order, and expects that every program ends well.
    pub async fn stop(self) {
        for program in self.booking_programs.iter().chain(self.others.iter().rev()) {
            program.stop().await;
        }
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        if let (true, Some(folder)) = (std::thread::panicking(), self.folder.take()) {
            eprintln!("the logs are in {}", folder.keep().display());
        }
    }
}

async fn is_serving(url: &str) -> bool {
    let mut health = HealthClient::<Channel>::new(channel::lazy(url).unwrap());
    let answer = health.check(HealthCheckRequest { service: String::new() }).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}
