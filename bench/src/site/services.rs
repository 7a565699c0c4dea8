//! booking-svc and what it needs: account-svc, which publishes the keys of the tokens; the payment sandbox; and the
//! edge, which hands the sandbox's callbacks on. Beside it those who show and find events. Each runs with its defaults.

use std::{net::SocketAddr, path::Path, path::PathBuf, time::Duration};

use local::servers::PostgresUrls;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use usher::signing;

use super::program::{Program, free_addr};
use crate::{error::Error, rounds::WATCHERS};

/// How long a service may take to serve.
const UP_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Signs nothing worth anything: the sandbox moves no money, and the folder is removed.
const API_KEY: &str = "sk_test_bench";
const WEBHOOK_SECRET: &str = "whsec_bench";

/// The running services.
pub struct Services {
    /// booking-svc's URL.
    pub booking: String,
    /// event-svc's URL.
    pub event: String,
    /// account-svc's URL.
    pub account: String,
    /// search-svc's URL.
    pub search: String,
    /// Redis's URL.
    pub redis: String,
    /// Signs the customers' tokens.
    pub token_key: PathBuf,
    /// What another booking-svc has to be told, all but where it listens.
    pub booking_told: Vec<(&'static str, String)>,
    /// booking-svc's process.
    pub booking_pid: u32,
    /// The sandbox's process.
    pub sandbox_pid: u32,
    /// The edge's process.
    pub edge_pid: u32,
    sandbox: String,
    /// The edge's URL.
    pub edge: String,
    http: reqwest::Client,
}

impl Services {
    /// Starts them, adds each to `programs`, and answers once all of them serve.
    pub async fn start(
        programs: &mut Vec<Program>,
        dir: &Path,
        replica: bool,
        postgres: &PostgresUrls,
        redis: Option<String>,
    ) -> Result<Self, Error> {
        let (token_key, ticket_key) = (key(dir, "token-signing.pem")?, key(dir, "ticket-signing.pem")?);
        let [account, sandbox, booking, edge] = [free_addr()?, free_addr()?, free_addr()?, free_addr()?];
        let (event, search) = (free_addr()?, free_addr()?);
        let mut start = |name, addr: SocketAddr, mut told: Vec<_>| {
            told.push(("LISTEN_ADDR", addr.to_string()));
            programs.push(Program::start(name, dir, told)?);
            programs.last().map_or(Ok(0), Program::pid)
        };
        let mut database = vec![("DATABASE_URL", postgres.primary.clone())];
        if replica {
            database.push(("DATABASE_REPLICA_URL", postgres.replica.clone()));
        }
        let with = |more: Vec<_>| database.iter().cloned().chain(more).collect::<Vec<_>>();
        start("account-svc", account, with(vec![("TOKEN_SIGNING_KEY_FILE", token_key.display().to_string())]))?;
        let secrets = [("SANDBOX_API_KEY", API_KEY.to_owned()), ("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned())];
        let sandbox_pid = start("payment-sandbox", sandbox, secrets.to_vec())?;
        let mut told = vec![
            ("ACCOUNT_URL", url(account)),
            ("TICKET_SIGNING_KEY_FILE", ticket_key.display().to_string()),
            ("PAYMENT_URL", url(sandbox)),
            ("PAYMENT_API_KEY", API_KEY.to_owned()),
            ("PAYMENT_WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
        ];
        // What watchers see comes through it.
        let redis = redis.ok_or_else(|| std::io::Error::other("Redis did not come up"))?;
        let feed = ("REDIS_URL", redis.clone());
        told.push(feed.clone());
        let booking_told = with(told);
        let booking_pid = start("booking-svc", booking, booking_told.clone())?;
        start("event-svc", event, with(vec![("ACCOUNT_URL", url(account)), feed.clone()]))?;
        start("search-svc", search, with(vec![feed]))?;
        // Only callbacks and those who watch as browsers do pass the edge here.
        let told = vec![("BOOKING_URL", url(booking)), ("ACCOUNT_URL", url(account)), ("EVENT_URL", url(event))];
        let edge_pid = start("edge-proxy", edge, told.into_iter().chain(from_one_address()).collect())?;
        let http = reqwest::Client::new();
        let services = Self {
            booking: url(booking),
            event: url(event),
            account: url(account),
            search: url(search),
            redis,
            token_key,
            booking_told,
            booking_pid,
            sandbox_pid,
            edge_pid,
            sandbox: url(sandbox),
            edge: url(edge),
            http,
        };
        services.ready(programs, &url(account)).await?;
        Ok(services)
    }

    async fn ready(&self, programs: &mut [Program], account: &str) -> Result<(), Error> {
        let deadline = Instant::now() + UP_MAX;
        while !(serves(account).await
            && serves(&self.booking).await
            && serves(&self.event).await
            && serves(&self.search).await
            && self.answers().await)
        {
            for program in &mut *programs {
                if program.ended()? || Instant::now() >= deadline {
                    return Err(program.error("the services did not come up"));
                }
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn answers(&self) -> bool {
        let urls = [format!("{}/healthz", self.sandbox), format!("{}/healthz", self.edge)];
        for url in urls {
            if !self.http.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return false;
            }
        }
        true
    }

    /// Empties the sandbox's memory, and says whether its callbacks are sent from now on, through the edge.
    pub async fn reset_sandbox(&self, callbacks: bool) -> Result<(), Error> {
        let reset = self.http.post(format!("{}/sandbox/reset", self.sandbox)).send().await?;
        reset.error_for_status()?;
        let url = callbacks.then(|| format!("{}/v1/payment/callback", self.edge));
        let aim =
            self.http.put(format!("{}/sandbox/webhook", self.sandbox)).json(&json!({ "url": url })).send().await?;
        aim.error_for_status()?;
        Ok(())
    }
}

/// All who watch come from one address here, and each with a connection of their own.
fn from_one_address() -> [(&'static str, String); 3] {
    let (unlimited, all) = ("0".to_owned(), (2 * u32::from(WATCHERS)).to_string());
    [
        ("LIMIT_ADDRESS_PER_SECOND", unlimited),
        ("CONNECTIONS_PER_ADDRESS_MAX", all.clone()),
        ("STREAMS_PER_ADDRESS_MAX", all),
    ]
}

pub(super) async fn serves(url: &str) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(url.to_owned()) else { return false };
    let Ok(channel) = endpoint.connect().await else { return false };
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok()
}

pub(super) fn url(addr: SocketAddr) -> String {
    format!("http://{addr}")
}

/// A signing key in `dir`, made anew.
fn key(dir: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = dir.join(name);
    std::fs::write(&path, signing::generate_pem()?)?;
    Ok(path)
}
