//! The whole mesh: servers, payment sandbox, services, edge, demo accounts and demo data, from nothing to ready.

mod programs;

use std::path::Path;

use diesel_async::AsyncPgConnection;

use crate::{
    config::Config,
    demo_accounts, demo_data,
    error::Error,
    files,
    layout::Layout,
    lock::Lock,
    postgres::{self, Tuning},
    programs as installed,
    ready::{Ready, Services},
    secrets::Secrets,
    servers::{Ports, Servers},
    store,
    supervisor::Supervisor,
    sweep, terminal,
};
use programs::{MeshPorts, MeshPrograms};

/// Enough for four services' pools and somebody who looks on.
const CONNECTIONS_MAX: u16 = 200;
/// The usual ports of the primary, the replica and Redis: none that a server of the machine's own would have.
const SERVER_PORTS: [u16; 3] = [15_432, 15_433, 16_379];

/// A mesh, started or about to be. Stop it with [`Mesh::stop`], also when starting it failed or was given up.
#[derive(Debug)]
pub struct Mesh {
    config: Config,
    supervisor: Supervisor,
    lock: Option<Lock>,
}

impl Mesh {
    /// A mesh that does not run yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, supervisor: Supervisor::default(), lock: None }
    }

    /// Starts everything, with the demo data, and answers once all is SERVING.
    pub(crate) async fn start(&mut self) -> Result<Ready, Error> {
        let programs = MeshPrograms::find(self.config.web_dir.clone())?;
        let layout = Layout::make(&self.config.local_dir)?;
        let lock = self.lock.insert(Lock::take(&layout).await?);
        files::remove(&layout.ready())?;
        sweep::sweep(&layout).await?;
        keep_last_logs(&layout)?;

        let asked = &self.config;
        let servers = [asked.postgres_primary_addr, asked.postgres_replica_addr, asked.redis_addr];
        let mut ports = MeshPorts::hold(&self.config)?;
        let mut server_ports = Ports::hold(servers, SERVER_PORTS)?;
        lock.write(Some(&ports.edge.url("http")))?;

        let installed = installed::find_or_install().await?;
        if installed.redis.is_none() {
            terminal::note(installed::redis_missing());
            terminal::note("going on without it: searches are not cached");
        }
        terminal::note("starting PostgreSQL with its replica, and Redis");
        let tuning = Tuning { connections_max: CONNECTIONS_MAX, fast: false };
        let servers = Servers::start(&mut self.supervisor, &layout, &installed, tuning, &mut server_ports).await?;
        let migrated = usher::database::migrate(&servers.postgres.primary).await;
        migrated.map_err(|error| Error::Database { doing: "migrate the database", why: error.to_string() })?;

        terminal::note("starting the payment sandbox, the services and the edge");
        let secrets = Secrets::keep(&layout)?;
        // Nothing listens where Redis would: the cache is then out of reach, which search is made for.
        let redis = servers.redis.clone().unwrap_or_else(|| server_ports.redis.url("redis"));
        let urls =
            programs.start(&mut self.supervisor, &layout, &mut ports, &servers.postgres, &redis, &secrets).await?;

        let conn = postgres::connect(&servers.postgres.primary).await;
        let mut conn = conn.map_err(|why| Error::Database { doing: "connect to the primary", why })?;
        demo_accounts::make(&urls.services.account, &mut conn).await?;
        load_demo_data(&mut conn).await?;
        let ready = Ready {
            edge: urls.edge,
            services: urls.services,
            postgres: servers.postgres,
            redis: servers.redis,
            payment_sandbox: urls.sandbox,
            customer: demo_accounts::customer(),
            admin: demo_accounts::admin(),
        };
        ready.write(&layout.ready())?;
        Ok(ready)
    }

    /// Stops everything in order, and lets others have the folder. Nothing is left running.
    pub async fn stop(self) {
        if self.lock.is_some()
            && let Some(layout) = Layout::find(&self.config.local_dir)
        {
            // Whoever reads it must not take the mesh for running.
            let _ = files::remove(&layout.ready());
        }
        self.supervisor.stop().await;
        drop(self.lock);
    }
}

/// The URLs of what [`MeshPrograms::start`] started.
#[derive(Debug)]
struct Urls {
    edge: String,
    services: Services,
    sandbox: String,
}

/// Keeps one log of the run before, so that a log that is read belongs to one run.
fn keep_last_logs(layout: &Layout) -> Result<(), Error> {
    let doing = || Error::file(format!("read {}", layout.logs().display()));
    for entry in std::fs::read_dir(layout.logs()).map_err(doing())? {
        let log = entry.map_err(doing())?.path();
        if log.extension() == Some("log".as_ref()) {
            files::rename(&log, &log.with_extension("log.1"))?;
        }
    }
    Ok(())
}

async fn load_demo_data(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let failed = |why: String| Error::Database { doing: "load the demo data", why };
    let today = store::today(conn).await.map_err(|error| failed(error.to_string()))?;
    terminal::note("loading the demo data");
    let loaded = demo_data::load(conn, today).await.map_err(|error| failed(error.to_string()))?;
    terminal::note(loaded.to_string());
    Ok(())
}

/// The folder that `path` lies in, or the one it is.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
