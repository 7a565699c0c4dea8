//! Usher's own programs: where they are, what each is told, and when each serves.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Urls, folder_of};
use crate::{
    config::Config,
    error::Error,
    files, health,
    layout::Layout,
    port::{Port, Wish},
    process::Signal,
    ready::Services,
    secrets::Secrets,
    servers::PostgresUrls,
    supervisor::{Program, Stage, Supervisor},
};

const EDGE: &str = "edge-proxy";
const SANDBOX: &str = "payment-sandbox";
const SEARCH: &str = "search-svc";
const EVENT: &str = "event-svc";
const BOOKING: &str = "booking-svc";
const ACCOUNT: &str = "account-svc";
const ALL: [&str; 6] = [EDGE, SANDBOX, SEARCH, EVENT, BOOKING, ACCOUNT];

/// All who call a mesh on this machine do so from one address, and tools play a whole audience as one user: what would stop
/// somebody on the web must not stop them.
const ONE_ADDRESS_MAX: &str = "100000";
const ONE_USER_PER_SECOND: &str = "5000";

/// How long a program may take until it serves.
const UP_MAX: Duration = Duration::from_secs(60);
/// How long a program may take to stop: longer than it drains for.
const STOP_MAX: Duration = Duration::from_secs(30);

/// Where Usher's programs are.
#[derive(Debug)]
pub(super) struct MeshPrograms {
    folder: PathBuf,
    /// Where the built web client is, if it is served.
    web: Option<PathBuf>,
}

/// Where Usher's programs listen.
#[derive(Debug)]
pub(super) struct MeshPorts {
    pub(super) edge: Port,
    search: Port,
    event: Port,
    booking: Port,
    account: Port,
    sandbox: Port,
}

impl MeshPorts {
    /// Keeps an address free for each: the one that `config` asks for, else the usual one.
    pub(super) fn hold(config: &Config) -> Result<Self, Error> {
        let hold = |name, variable, asked, usual| Wish { name, variable, asked, usual }.hold();
        Ok(Self {
            edge: hold("the edge", "EDGE_ADDR", config.edge_addr, 8_080)?,
            search: hold(SEARCH, "SEARCH_ADDR", config.search_addr, 50_051)?,
            event: hold(EVENT, "EVENT_ADDR", config.event_addr, 50_052)?,
            booking: hold(BOOKING, "BOOKING_ADDR", config.booking_addr, 50_053)?,
            account: hold(ACCOUNT, "ACCOUNT_ADDR", config.account_addr, 50_054)?,
            sandbox: hold("the payment sandbox", "SANDBOX_ADDR", config.sandbox_addr, 12_111)?,
        })
    }

    fn urls(&self) -> Urls {
        Urls {
            edge: self.edge.url("http"),
            services: Services {
                search: self.search.url("http"),
                event: self.event.url("http"),
                booking: self.booking.url("http"),
                account: self.account.url("http"),
            },
            sandbox: self.sandbox.url("http"),
        }
    }
}

impl MeshPrograms {
    /// Finds the programs beside this one.
    pub(super) fn find(web: Option<PathBuf>) -> Result<Self, Error> {
        let own = env::current_exe().map_err(Error::file("find the folder of this program"))?;
        let folder = folder_of(&own).to_owned();
        let names: Vec<_> = ALL.iter().filter(|name| !folder.join(name).is_file()).map(ToString::to_string).collect();
        if names.is_empty() { Ok(Self { folder, web }) } else { Err(Error::NotBuilt { names, folder }) }
    }

    /// Starts all of them and answers once each serves.
    pub(super) async fn start(
        &self,
        supervisor: &mut Supervisor,
        layout: &Layout,
        ports: &mut MeshPorts,
        postgres: &PostgresUrls,
        redis: &str,
        secrets: &Secrets,
    ) -> Result<Urls, Error> {
        let urls = ports.urls();
        files::make_private_folder(&layout.sandbox(), None)?;

        let sandbox = self.program(SANDBOX, &mut ports.sandbox, sandbox_told(layout, &urls, secrets));
        supervisor.start(Stage::Provider, layout, sandbox, None);

        let database = || {
            vec![
                ("DATABASE_URL", postgres.primary.clone()),
                ("DATABASE_REPLICA_URL", postgres.replica.clone()),
                ("ACCOUNT_URL", urls.services.account.clone()),
            ]
        };
        let with = |more: Vec<_>| database().into_iter().chain(more).collect();
        let services = [
            self.program(ACCOUNT, &mut ports.account, with(account_told(redis, secrets))),
            self.program(EVENT, &mut ports.event, with(event_told(redis, secrets))),
            self.program(SEARCH, &mut ports.search, with(vec![("REDIS_URL", redis.to_owned())])),
            self.program(BOOKING, &mut ports.booking, with(booking_told(&urls, redis, secrets))),
        ];
        for service in services {
            supervisor.start(Stage::Services, layout, service, None);
        }
        let edge = self.program(EDGE, &mut ports.edge, edge_told(&urls, redis, self.web.as_deref()));
        supervisor.start(Stage::Edge, layout, edge, None);

        serve(layout, &urls).await?;
        Ok(urls)
    }

    /// The program `name`, told to listen at `port`.
    fn program(&self, name: &'static str, port: &mut Port, told: Vec<(&'static str, String)>) -> Program {
        let mut environment = vec![("LISTEN_ADDR", port.release().to_string())];
        environment.extend(told);
        Program {
            name,
            path: self.folder.join(name),
            arguments: Vec::new(),
            environment,
            account: None,
            stop_signal: Signal::TERM,
            stop_max: STOP_MAX,
        }
    }
}

fn sandbox_told(layout: &Layout, urls: &Urls, secrets: &Secrets) -> Vec<(&'static str, String)> {
    vec![
        ("SANDBOX_API_KEY", secrets.payment_key.clone()),
        ("SANDBOX_WEBHOOK_URL", format!("{}/v1/payment/callback", urls.edge)),
        ("SANDBOX_WEBHOOK_SECRET", secrets.webhook_secret.clone()),
        ("SANDBOX_STATE_FILE", layout.sandbox().join("state.json").display().to_string()),
        ("SANDBOX_PUBLIC_URL", urls.sandbox.clone()),
    ]
}

fn account_told(redis: &str, secrets: &Secrets) -> Vec<(&'static str, String)> {
    vec![
        ("REDIS_URL", redis.to_owned()),
        ("TOKEN_SIGNING_KEY_FILE", secrets.token_key.display().to_string()),
        ("LOGIN_ADDRESS_FAILURES_MAX", ONE_ADDRESS_MAX.to_owned()),
    ]
}

fn event_told(redis: &str, secrets: &Secrets) -> Vec<(&'static str, String)> {
    vec![("REDIS_URL", redis.to_owned()), ("WAITING_ROOM_SECRETS", secrets.waiting_room_secret.clone())]
}

fn booking_told(urls: &Urls, redis: &str, secrets: &Secrets) -> Vec<(&'static str, String)> {
    vec![
        ("REDIS_URL", redis.to_owned()),
        ("TICKET_SIGNING_KEY_FILE", secrets.ticket_key.display().to_string()),
        ("PAYMENT_URL", urls.sandbox.clone()),
        ("PAYMENT_API_KEY", secrets.payment_key.clone()),
        ("PAYMENT_WEBHOOK_SECRETS", secrets.webhook_secret.clone()),
        ("PAYMENT_RETURN_URL", format!("{}/pay/return", urls.edge)),
        ("WAITING_ROOM_SECRETS", secrets.waiting_room_secret.clone()),
    ]
}

fn edge_told(urls: &Urls, redis: &str, web: Option<&Path>) -> Vec<(&'static str, String)> {
    let web = web.map(|folder| ("WEB_DIR", folder.display().to_string()));
    let told = [
        ("REDIS_URL", redis.to_owned()),
        ("LIMIT_ADDRESS_PER_SECOND", "0".to_owned()),
        ("LIMIT_USER_PER_SECOND", ONE_USER_PER_SECOND.to_owned()),
        ("LIMIT_USER_BURST", ONE_ADDRESS_MAX.to_owned()),
        ("CONNECTIONS_PER_ADDRESS_MAX", ONE_ADDRESS_MAX.to_owned()),
        ("STREAMS_PER_ADDRESS_MAX", ONE_ADDRESS_MAX.to_owned()),
        ("PAYMENT_FORM_URL", format!("{}/sandbox/card-form", urls.sandbox)),
        ("SEARCH_URL", urls.services.search.clone()),
        ("EVENT_URL", urls.services.event.clone()),
        ("BOOKING_URL", urls.services.booking.clone()),
        ("ACCOUNT_URL", urls.services.account.clone()),
    ];
    told.into_iter().chain(web).collect()
}

/// Waits until everything serves.
async fn serve(layout: &Layout, urls: &Urls) -> Result<(), Error> {
    let http = reqwest::Client::new();
    let answers = async |name, url: String| {
        health::until(name, &layout.log(name), UP_MAX, async || health::http(&http, &url).await).await
    };
    let serves =
        async |name, url: &str| health::until(name, &layout.log(name), UP_MAX, async || health::grpc(url).await).await;
    answers(SANDBOX, format!("{}/healthz", urls.sandbox)).await?;
    serves(ACCOUNT, &urls.services.account).await?;
    serves(EVENT, &urls.services.event).await?;
    serves(SEARCH, &urls.services.search).await?;
    serves(BOOKING, &urls.services.booking).await?;
    answers(EDGE, format!("{}/healthz", urls.edge)).await?;
    // The edge is ready once it has every service.
    answers(EDGE, format!("{}/readyz", urls.edge)).await
}
