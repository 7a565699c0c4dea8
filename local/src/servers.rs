//! The servers that are not ours: PostgreSQL's primary and replica, and Redis. What tests and the mesh both stand on.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    account,
    error::Error,
    layout::Layout,
    lock::Lock,
    port::{Port, Wish},
    postgres::{self, Cluster, Standby, Tuning},
    programs::{self, Programs},
    redis, secrets,
    supervisor::Supervisor,
    sweep,
};

/// How long the replica may take to stream: at the first start it is copied first.
const STREAMS_MAX: Duration = Duration::from_secs(300);

/// The URLs of running servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Servers {
    /// PostgreSQL.
    pub postgres: PostgresUrls,
    /// Redis; `None` where the machine has none.
    pub redis: Option<String>,
}

/// The URLs of Usher's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresUrls {
    /// Where to write.
    pub primary: String,
    /// Where to read: the primary, where there is no replica.
    pub replica: String,
}

/// Where the servers listen.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) primary: Port,
    pub(crate) replica: Port,
    pub(crate) redis: Port,
    /// Where the replica finds the primary, if not where it listens.
    pub(crate) between: Option<SocketAddr>,
}

impl Ports {
    /// Keeps addresses free: those asked for, else the usual ports.
    pub(crate) fn hold(asked: [Option<SocketAddr>; 3], usual: [u16; 3]) -> Result<Self, Error> {
        let wish = |name, variable, index: usize| Wish { name, variable, asked: asked[index], usual: usual[index] };
        Ok(Self {
            primary: wish("the primary", "POSTGRES_PRIMARY_ADDR", 0).hold()?,
            replica: wish("the replica", "POSTGRES_REPLICA_ADDR", 1).hold()?,
            redis: wish("Redis", "REDIS_ADDR", 2).hold()?,
            between: None,
        })
    }
}

impl Servers {
    /// Starts the servers under `supervisor` and answers once the replica streams.
    pub(crate) async fn start(
        supervisor: &mut Supervisor,
        layout: &Layout,
        programs: &Programs,
        tuning: Tuning,
        ports: &mut Ports,
    ) -> Result<Self, Error> {
        let cluster = start_primary(supervisor, layout, programs, tuning, ports).await?;
        let primary = ports.primary.client_addr();
        let replica = postgres::start_replica(
            supervisor,
            layout,
            &cluster,
            [primary, ports.between.unwrap_or(primary)],
            &mut ports.replica,
        );
        let mut standby = postgres::follow(supervisor, cluster.url(primary, "postgres"), replica);
        let redis = start_redis(supervisor, layout, programs, &mut ports.redis).await?;
        postgres::make_database(&cluster, &ports.primary).await?;

        let streams = standby.wait_for(|standby| *standby == Standby::Synchronous);
        if tokio::time::timeout(STREAMS_MAX, streams).await.is_err() {
            let (name, log) = ("postgres-replica".to_owned(), layout.log("postgres-replica"));
            return Err(Error::NotUp { name, seconds: STREAMS_MAX.as_secs(), last: "it does not stream".into(), log });
        }
        let urls = PostgresUrls {
            primary: cluster.usher_url(primary),
            replica: cluster.usher_url(ports.replica.client_addr()),
        };
        Ok(Self { postgres: urls, redis })
    }

    /// Starts the servers without a replica: no commit waits for one, also where the data had one before.
    async fn start_alone(
        supervisor: &mut Supervisor,
        layout: &Layout,
        programs: &Programs,
        tuning: Tuning,
        ports: &mut Ports,
    ) -> Result<Self, Error> {
        let cluster = start_primary(supervisor, layout, programs, tuning, ports).await?;
        let primary = ports.primary.client_addr();
        postgres::forget_replica(&cluster, primary).await?;
        let redis = start_redis(supervisor, layout, programs, &mut ports.redis).await?;
        postgres::make_database(&cluster, &ports.primary).await?;
        let url = cluster.usher_url(primary);
        Ok(Self { postgres: PostgresUrls { primary: url.clone(), replica: url }, redis })
    }
}

async fn start_primary(
    supervisor: &mut Supervisor,
    layout: &Layout,
    programs: &Programs,
    tuning: Tuning,
    ports: &mut Ports,
) -> Result<Cluster, Error> {
    let password = secrets::database_password(layout)?;
    let account = account::for_database()?;
    let cluster = Cluster::place(layout, programs.postgres.clone(), account, tuning, password)?;
    postgres::start_primary(supervisor, layout, &cluster, &mut ports.primary).await?;
    Ok(cluster)
}

async fn start_redis(
    supervisor: &mut Supervisor,
    layout: &Layout,
    programs: &Programs,
    port: &mut Port,
) -> Result<Option<String>, Error> {
    let Some(program) = &programs.redis else { return Ok(None) };
    redis::start(supervisor, layout, program, port).await?;
    Ok(Some(port.url("redis")))
}

/// Servers for tests, on free ports, in a folder of their own. Stop them with [`Private::stop`], also when starting them
/// failed or was given up.
#[derive(Debug)]
pub struct Private {
    supervisor: Supervisor,
    options: Options,
    lock: Option<Lock>,
}

/// How private servers are run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Gives safety against a crash of the machine away for speed.
    pub fast: bool,
    /// The most connections to each PostgreSQL.
    pub connections_max: u16,
    /// Mends nothing: what ends stays ended, and commits wait for the replica also when it is lost. For who promotes it.
    pub once: bool,
    /// Whether the primary has a replica, which its commits wait for.
    pub replica: bool,
    /// Where the primary listens; `None` for any free port.
    pub primary: Option<SocketAddr>,
    /// Where the replica finds the primary, if not there: at whatever stands between the two.
    pub between: Option<SocketAddr>,
}

impl Private {
    /// Servers that don't run yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let supervisor = if options.once { Supervisor::once() } else { Supervisor::default() };
        Self { supervisor, options, lock: None }
    }

    /// Starts servers in `folder`. Data of a run before is taken up again, also after a crash.
    pub async fn start(&mut self, folder: &Path) -> Result<Servers, Error> {
        let programs = programs::find_or_install().await?;
        if programs.redis.is_none() {
            return Err(Error::Missing(programs::redis_missing()));
        }
        let layout = Layout::make(folder)?;
        self.lock = Some(Lock::take(&layout).await?);
        sweep::sweep(&layout).await?;
        let Options { fast, connections_max, replica, primary, between, once: _ } = self.options;
        let mut ports = Ports { between, ..Ports::hold([primary, None, None], [0; 3])? };
        let tuning = Tuning { connections_max, fast };
        match replica {
            true => Servers::start(&mut self.supervisor, &layout, &programs, tuning, &mut ports).await,
            false => Servers::start_alone(&mut self.supervisor, &layout, &programs, tuning, &mut ports).await,
        }
    }

    /// Stops them, and lets others have the folder.
    pub async fn stop(self) {
        self.supervisor.stop().await;
        drop(self.lock);
    }
}
