//! One mesh of real processes: the payment sandbox, account-svc, event-svc, search-svc, booking-svc and the edge, one or
//! several of each, on a database of their own.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use usher::{channel, signing::generate_pem};

use super::{
    Clock, Event, Sandbox, Servers, Tokens, Weather,
    database::Database,
    environment::{Addresses, Shared, TICKET_KEY, TOKEN_KEY, url},
    eventually,
    front::Front,
    network::{Network, Part},
    program::Program,
    setting::Setting,
};
use crate::story::{Charge, State};

/// How long a program may take to serve.
const UP_MAX: Duration = Duration::from_secs(60);

/// How often an admin is asked to come back on a machine that has much to do.
const ASKED_TO_COME_BACK_MAX: u32 = 20;

/// What a program of a mesh is started with beside what all are told.
pub type Bent<'a> = &'a dyn Fn(Part, Program) -> Program;

/// A mesh. Its processes end with it, whatever happens.
pub struct Mesh {
    pub setting: Setting,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub database: Database,
    pub tokens: Tokens,
    /// The edges, as whoever stands before them sees them.
    pub front: Front,
    /// The booking services' URLs.
    pub bookings: Vec<String>,
    /// Where programs listen, and the wires between them.
    pub at: Addresses,
    programs: Vec<(Part, Program)>,
    http: reqwest::Client,
    folder: Option<TempDir>,
}

impl Mesh {
    /// One on the servers that all tests share.
    pub async fn on_shared(setting: Setting) -> Self {
        Self::bent(setting, &|_, program| program).await
    }

    /// One on the servers that all tests share, of which some programs are started in another way.
    pub async fn bent(setting: Setting, bent: Bent<'_>) -> Self {
        let servers = Servers::shared();
        Self::start(setting, Database::create(servers).await, &servers.redis, bent).await
    }

    /// One on servers of its own.
    pub async fn on(setting: Setting, servers: &Servers) -> Self {
        Self::start(setting, Database::first(servers).await, &servers.redis, &|_, program| program).await
    }

    async fn start(setting: Setting, database: Database, redis: &str, bent: Bent<'_>) -> Self {
        let clock = database.clock().await;
        let folder = tempfile::tempdir().unwrap();
        for key in [TOKEN_KEY, TICKET_KEY] {
            std::fs::write(folder.path().join(key), generate_pem().unwrap()).unwrap();
        }
        let at = Addresses::choose(setting);
        let shared = Shared { database: &database, redis, keys: folder.path() };
        let programs = programs(&at, setting, shared, bent).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mesh = Self {
            setting,
            clock,
            tokens: Tokens::of(&folder.path().join(TOKEN_KEY), clock),
            sandbox: Sandbox::new(http.clone(), url(&at.sandbox.address)),
            front: Front::of(at.edge.iter().map(|place| url(&place.address))),
            bookings: at.booking.iter().map(|place| url(&place.address)).collect(),
            at,
            programs,
            http,
            database,
            folder: Some(folder),
        };
        mesh.serves().await;
        mesh
    }

    /// Starts what does not run, and waits until everything serves.
    async fn serves(&self) {
        for (_, program) in &self.programs {
            program.start().await;
        }
        for n in 0..self.bookings.len() {
            self.start_booking(n).await;
        }
        for edge in self.front.all() {
            self.is_ready(&edge).await;
        }
    }

    async fn is_ready(&self, edge: &str) {
        eventually("the edge is ready", UP_MAX, async || self.answers(&format!("{edge}/readyz")).await).await;
    }

    async fn answers(&self, url: &str) -> bool {
        let answer = self.http.get(url).timeout(Duration::from_secs(5)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// How many ways in there are for customers who book: the edges are one.
    pub fn doors(&self) -> usize {
        if self.setting.by_edge { 1 } else { 1 + self.bookings.len() }
    }

    /// The instance `nth` of a part.
    pub fn program(&self, part: Part, nth: usize) -> &Program {
        let of_part = self.programs.iter().filter(|(of, _)| *of == part);
        &of_part.clone().nth(nth).unwrap_or_else(|| panic!("{part} has no instance {nth}")).1
    }

    /// Kills a booking service as a crash would.
    pub async fn kill_booking(&self, n: usize) {
        self.program(Part::Booking, n).kill().await;
    }

    /// Starts a booking service, unless it runs, and answers once it serves.
    pub async fn start_booking(&self, n: usize) {
        self.program(Part::Booking, n).start().await;
        eventually("booking-svc serves", UP_MAX, async || is_serving(&self.bookings[n]).await).await;
    }

    /// Replaces an instance as a rollout does, and answers once the new one gets calls: from everybody whom the mesh's
    /// channels lead to it, or from whoever stands before the edges.
    pub async fn replace(&self, part: Part, nth: usize) {
        let program = self.program(part, nth);
        // Whoever sends calls hears of it a little later, as on a cluster.
        tokio::join!(program.stop(), async {
            if part == Part::Edge {
                tokio::time::sleep(Duration::from_millis(250)).await;
                self.front.leave(nth);
            }
        });
        program.start().await;
        if part == Part::Edge {
            self.is_ready(&self.front.all()[nth]).await;
            self.front.join(nth);
            return;
        }
        let callers = [Part::Edge, Part::Booking, Part::Event].into_iter().filter(|caller| match part {
            Part::Account => true,
            _ => *caller == Part::Edge,
        });
        for (_, caller) in self.programs.iter().filter(|(of, _)| callers.clone().any(|caller| caller == *of)) {
            self.knows(caller, part, self.count(part)).await;
        }
    }

    /// Waits until `caller` sends calls to so many instances of `part`.
    pub async fn knows(&self, caller: &Program, part: Part, instances: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let wanted = instances as f64;
        let labels = [&*format!("peer=\"{part}\""), "state=\"ready\""];
        eventually("calls go where they can", UP_MAX, async || {
            caller.metric("channel_endpoints", &labels).await.is_some_and(|ready| (ready - wanted).abs() < 0.5)
        })
        .await;
    }

    /// How many of a part there are.
    pub fn count(&self, part: Part) -> usize {
        self.programs.iter().filter(|(of, _)| *of == part).count()
    }

    /// Mends everything that a test breaks, and answers once all serves again.
    pub async fn heal(&self) {
        if let Network::Wired { .. } = self.at.network {
            self.at.network.set_all(Weather::default());
        }
        self.sandbox.faults(&json!({})).await;
        self.serves().await;
    }

    /// How everything of an event stands, at the provider too, and when that was read.
    pub async fn state(&self, event: &Event) -> (State, Duration) {
        let rows = self.database.rows(event.id, &self.clock).await;
        let of_event = |charge: &Charge| charge.event == Some(event.id);
        let charges = self.sandbox.charges().await.into_iter().filter(of_event).collect();
        (State { seats: rows.seats, bookings: rows.bookings, refunds: rows.refunds, charges }, self.clock.of(rows.at))
    }

    /// Expects that the invariants hold that `local audit` reads off the database.
    pub async fn audit(&self) {
        let violations = upkeep::audit::check(&mut self.database.connect().await).await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// GET as anybody; `None` where nobody answers.
    pub async fn get(&self, path: &str) -> Option<(u16, Value)> {
        let answer = self.http.get(format!("{}{path}", self.front.next())).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// POST as an admin, which must succeed. Who is asked to come back does so.
    pub async fn post_as_admin(&self, path: &str, body: &Value) -> Value {
        for _ in 0..ASKED_TO_COME_BACK_MAX {
            if let Some(answer) = self.try_as_admin(path, body).await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{path}: UNAVAILABLE again and again");
    }

    async fn try_as_admin(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.http.post(format!("{}{path}", self.front.next())).bearer_auth(self.tokens.make(1, "ADMIN"));
        let answer = request.json(body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        if status == reqwest::StatusCode::SERVICE_UNAVAILABLE {
            return None;
        }
        assert!(status.is_success(), "{path}: {status}: {body:#}");
        Some(body)
    }

    /// Stops everything in order, and expects that every program ends well.
    pub async fn stop(self) {
        for (_, program) in self.programs.iter().rev() {
            program.stop().await;
        }
    }
}

async fn programs(at: &Addresses, setting: Setting, shared: Shared<'_>, bent: Bent<'_>) -> Vec<(Part, Program)> {
    let mut told = vec![(Part::Provider, "payment-sandbox", 0, at.sandbox().await)];
    for n in 0..setting.instances {
        told.push((Part::Account, "account-svc", n, at.account(n, shared).await));
    }
    for n in 0..setting.instances {
        told.push((Part::Event, "event-svc", n, at.event(n, shared).await));
        told.push((Part::Search, "search-svc", n, at.search(n, shared).await));
    }
    for n in 0..setting.booking_services {
        told.push((Part::Booking, "booking-svc", n, at.booking(n, shared, setting.hold_seconds).await));
    }
    for n in 0..setting.instances {
        told.push((Part::Edge, "edge-proxy", n, at.edge(n, shared).await));
    }
    let programs = told.into_iter();
    programs.map(|(part, name, n, told)| (part, bent(part, Program::new(name, n + 1, told, shared.keys)))).collect()
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
