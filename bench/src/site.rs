//! What is measured: PostgreSQL, booking-svc and what it needs, as processes of their own with data of their own.
//! Everything stops in order at the end of a run, however it ends.

mod envoy;
mod gateways;
mod million;
mod program;
mod servers;
mod services;
mod telling;

pub use gateways::{Gateway, Gateways};
pub use million::Million;
pub use services::Services;
pub use telling::{Teller, Telling};

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use local::servers::PostgresUrls;

use crate::{
    config::Config,
    cores::{Part, Watch, Watched},
    error::Error,
    store,
};
use program::Program;
use servers::Servers;

/// The launcher's folder within the bench's.
const DATA: &str = "servers";

/// All that runs. Stop it with [`Site::stop`]; a dropped one kills the services, and the servers stop by themselves.
pub struct Site {
    dir: PathBuf,
    /// Held while this run lasts: another one would remove its data.
    _lock: File,
    servers: Option<Servers>,
    programs: Vec<Program>,
}

/// Where everything is.
pub struct Running {
    /// The database.
    pub postgres: PostgresUrls,
    /// The services.
    pub services: Services,
    /// Who works for whom.
    pub watch: Watch,
}

impl Site {
    /// Nothing runs yet.
    pub fn new(config: &Config) -> Result<Self, Error> {
        std::fs::create_dir_all(config.dir.join("logs"))?;
        let dir = config.dir.canonicalize()?;
        let lock = File::create(dir.join("lock"))?;
        lock.try_lock().map_err(|_| Error::Running(dir.display().to_string()))?;
        // A log that is read belongs to one run.
        std::fs::remove_dir_all(dir.join("logs"))?;
        std::fs::create_dir(dir.join("logs"))?;
        Ok(Self { dir, _lock: lock, servers: None, programs: Vec::new() })
    }

    /// Starts PostgreSQL on an empty folder, without a replica, and the services.
    pub async fn start(&mut self) -> Result<Running, Error> {
        servers::forget(&self.data()).await?;
        self.run(false).await
    }

    /// Stops everything and starts it again on the same data, with a replica that commits wait for.
    pub async fn start_with_replica(&mut self) -> Result<Running, Error> {
        self.stop_all().await;
        self.run(true).await
    }

    async fn run(&mut self, replica: bool) -> Result<Running, Error> {
        let data = self.data();
        let servers = self.servers.insert(Servers::spawn(&data, &self.dir.join("logs"), replica)?);
        let local::servers::Servers { postgres, redis } = servers.ready().await?;
        usher::database::migrate(&postgres.primary).await?;
        let services = Services::start(&mut self.programs, &self.dir, replica, &postgres, redis).await?;
        let watch = watch(&services, &postgres, replica).await?;
        Ok(Running { postgres, services, watch })
    }

    /// Stops everything in order and removes the data. Errors are told, not answered: there is nothing left to do.
    pub async fn stop(mut self) {
        self.stop_all().await;
        if let Err(error) = servers::forget(&self.data()).await {
            crate::report::note(&error.to_string());
        }
    }

    async fn stop_all(&mut self) {
        while let Some(program) = self.programs.pop() {
            program.stop().await;
        }
        if let Some(servers) = self.servers.take() {
            servers.stop().await;
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.join(DATA)
    }
}

/// The path of a program that was built beside this one.
fn built(name: &str) -> Result<PathBuf, Error> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(Error::NotBuilt(path.display().to_string())) }
}

/// Where the launcher records which process runs as which of its children.
fn records(dir: &Path) -> PathBuf {
    dir.join(DATA).join("run")
}

fn log(dir: &Path, name: &str) -> PathBuf {
    dir.join("logs").join(format!("{name}.log"))
}

async fn watch(services: &Services, postgres: &PostgresUrls, replica: bool) -> Result<Watch, Error> {
    let service = |part, pid| Watched { part, pid, children: false };
    let mut watched = vec![
        service(Part::Booking, services.booking_pid),
        service(Part::Sandbox, services.sandbox_pid),
        service(Part::Edge, services.edge_pid),
        service(Part::Redis, redis_pid(&services.redis).await?),
    ];
    let urls = [&postgres.primary, &postgres.replica];
    for url in urls.into_iter().take(if replica { 2 } else { 1 }) {
        watched.push(Watched { part: Part::Postgres, pid: store::server_pid(url).await?, children: true });
    }
    Ok(Watch::new(watched))
}

async fn redis_pid(url: &str) -> Result<u32, Error> {
    let mut redis = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let told: redis::InfoDict = redis::cmd("INFO").arg("server").query_async(&mut redis).await?;
    told.get("process_id").ok_or_else(|| Error::Count("Redis does not say which process it is".to_owned()))
}
