//! Pools to the primary and its replicas, and the two ways to run a transaction: step by step, or in two
//! trips. Knows no table.

mod error;
mod lag;
mod migrate;
mod pool;
mod replicas;
mod session;
mod traced;
mod two_trips;
mod usage;

pub use error::{Error, Fault};
pub use migrate::migrate;
pub use session::Pooler;
pub use two_trips::TwoTrips;

use std::{sync::Arc, time::Duration};

use clap::Args;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection as _, TransactionManager};
use futures::future::join_all;
use secrecy::SecretString;
use tokio::time::{sleep, timeout};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::trace::Span;
use pool::Pool;
use replicas::Replicas;
use session::{Plans, Session};

/// The connection type that every `store` function takes.
pub type Connection = AsyncPgConnection;
/// A boxed future that borrows its connection: what the closures given to [`Database`] answer.
pub type Work<'a, T, E> = std::pin::Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// How often a transaction that lost against another one is tried before its error is answered.
const ATTEMPTS_MAX: u32 = 3;
/// How long a process waits for the first word of its servers before it serves without.
const MEET_MAX: Duration = Duration::from_secs(3);
/// How long it waits before it asks one again that did not answer.
const MEET_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Where the database is and how long it may take.
#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// The primary: `postgres://user:password@host:port/name`. With both servers (`host:port,host:port`) and
    /// `?target_session_attrs=read-write&load_balance_hosts=random` it is whichever takes writes: a promotion is followed.
    #[arg(long, env, hide_env_values = true)]
    pub database_url: SecretString,
    /// Streaming replicas for reads, between spaces, each by a name of its own; without one the primary serves them.
    #[arg(long, env, hide_env_values = true, value_delimiter = ' ')]
    pub database_replica_url: Vec<SecretString>,
    /// How far a replica may be behind, in milliseconds. One that lags more is read from only while nobody else answers.
    #[arg(long, env, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(500..=600_000))]
    pub database_replica_lag_ms_max: u64,
    /// What is between here and PostgreSQL: `none`, or `transaction` for a pooler that lends a session for a transaction, such
    /// as `PgBouncer` with `pool_mode=transaction`. Nothing is then left in a session, at the price of more trips.
    #[arg(long, env, value_enum, default_value_t)]
    pub database_pooler: Pooler,
    /// The most connections to each server; with replicas one more, to see how far each is.
    #[arg(long, env, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_pool_size: u32,
    /// How long a request waits for a connection, in milliseconds.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub database_wait_ms: u64,
    /// How long one statement may run, in milliseconds. It also bounds the wait for the synchronous replica.
    #[arg(long, env, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub database_statement_ms: u64,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    primary: Pool,
    replicas: Replicas,
    /// What looks how far the replicas are; ends with the last clone.
    _watch: Option<Arc<AbortOnDropHandle<()>>>,
    /// Transactions under way: they belong to the process, not to the request that a client may drop.
    transactions: TaskTracker,
}

impl Database {
    /// Makes the pools. Connects to nothing yet: a service starts, and answers UNAVAILABLE, while its database is down.
    #[must_use]
    pub fn new(config: &DatabaseConfig) -> Self {
        Self::with(config, Plans::Free)
    }

    /// As [`Self::new`], for who looks everything up by a key: no statement may read a whole table. A prepared statement
    /// keeps the plan of its first days, when the table was empty and reading it all was cheapest.
    #[must_use]
    pub fn by_keys(config: &DatabaseConfig) -> Self {
        Self::with(config, Plans::ByKeys)
    }

    /// As [`Self::by_keys`], where each statement has one good plan: it is planned once. PostgreSQL would plan one that
    /// takes a list anew for each short list, which costs more than running it.
    #[must_use]
    pub fn by_keys_planned_once(config: &DatabaseConfig) -> Self {
        Self::with(config, Plans::ByKeysOnce)
    }

    fn with(config: &DatabaseConfig, plans: Plans) -> Self {
        let session = |read_only| Session {
            plans,
            pool_size: config.database_pool_size,
            wait_max: Duration::from_millis(config.database_wait_ms),
            statement_ms_max: config.database_statement_ms,
            read_only,
            pooler: config.database_pooler,
        };
        let replicas = Replicas::new(&config.database_replica_url, session(true));
        let watch = (!config.database_replica_url.is_empty()).then(|| {
            // From zero: a rate needs what was before the first.
            metrics::counter!("database_replica_failures_total").increment(0);
            let lag_max = Duration::from_millis(config.database_replica_lag_ms_max);
            let watch = replicas.watch(&config.database_url, &config.database_replica_url, session(true), lag_max);
            Arc::new(AbortOnDropHandle::new(tokio::spawn(watch)))
        });
        Self {
            primary: Pool::new(&config.database_url, session(false)),
            replicas,
            _watch: watch,
            transactions: TaskTracker::new(),
        }
    }

    /// Reads from a replica that is new enough; from the primary where there is none or none answers; and where that does
    /// not answer either, from whatever replica does, however old.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        E: From<Error> + Faulty + Send,
        F: for<'a> Fn(&'a mut Connection) -> Work<'a, T, E> + Sync,
    {
        for replica in self.replicas.fresh() {
            let span = traced::begin("read", "replica");
            match traced::end(&span, span.around(replica.pool.read(&work)).await) {
                Err(error) if error.fault() == Some(Fault::Unavailable) => {
                    metrics::counter!("database_replica_failures_total").increment(1);
                    tracing::warn!(replica = replica.name, "a replica is out of reach: reading from another server");
                }
                answer => return answer,
            }
        }
        let mut answer = self.read_primary(&work).await;
        for replica in self.replicas.others() {
            match &answer {
                Err(error) if error.fault() == Some(Fault::Unavailable) => answer = replica.pool.read(&work).await,
                _ => break,
            }
        }
        answer
    }

    /// Reads what must be no older than the last commit.
    pub async fn read_primary<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        E: From<Error> + Faulty + Send,
        F: for<'a> Fn(&'a mut Connection) -> Work<'a, T, E> + Sync,
    {
        let span = traced::begin("read", "primary");
        traced::end(&span, span.around(self.primary.read(&work)).await)
    }

    /// Runs `work` as one transaction on the primary, in a task of its own: a client that goes away neither cancels
    /// it nor leaves its locks behind. A transaction that lost against another one is tried again.
    pub async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Faulty + Send + 'static,
        F: for<'a> Fn(&'a mut Connection) -> Work<'a, T, E> + Send + Sync + 'static,
    {
        let (primary, work) = (self.primary.clone(), Arc::new(work));
        let attempts = async move {
            let attempt = || {
                let (work, setup) = (Arc::clone(&work), primary.setup().map(ToOwned::to_owned));
                primary.run(|conn| Box::pin(async move { once(conn, setup.as_deref(), &*work).await }))
            };
            let span = traced::begin("transaction", "primary");
            traced::end(&span, span.around(retried(attempt)).await)
        };
        match self.transactions.spawn(Span::current().around(attempts)).await {
            Ok(answer) => answer,
            Err(stopped) => Err(Error::new(Fault::Other, stopped).into()),
        }
    }

    /// Waits until the primary and each replica has answered once, for three seconds at most. Who serves before has its first
    /// callers wait for its first connections, or turns them away, while the instance that it replaces is leaving. Without
    /// its servers it serves all the same, and answers what it can.
    pub async fn meet(&self) {
        let servers = std::iter::once(&self.primary).chain(self.replicas.pools());
        let all = join_all(servers.map(|server| async move {
            while server.read(|conn| Box::pin(pool::ping(conn))).await.is_err() {
                sleep(MEET_AGAIN_AFTER).await;
            }
        }));
        if timeout(MEET_MAX, all).await.is_err() {
            tracing::warn!("not every database server answers: serving all the same");
        }
    }

    /// Whether the primary answers.
    pub async fn ready(&self) -> Result<(), Error> {
        self.read_primary(|conn| Box::pin(pool::ping(conn))).await
    }

    /// Waits until no transaction is under way, at most `max`. No new one may be started.
    pub async fn drain(&self, max: Duration) {
        self.transactions.close();
        if timeout(max, self.transactions.wait()).await.is_err() {
            tracing::warn!(left = self.transactions.len(), "stopped while transactions were under way");
        }
    }
}

/// An error that may be the database's.
pub trait Faulty {
    /// What the database says about itself; `None` where the error is not the database's.
    fn fault(&self) -> Option<Fault>;
}

impl Faulty for Error {
    fn fault(&self) -> Option<Fault> {
        Some(self.kind())
    }
}

/// Tries again what lost against another transaction.
async fn retried<T, E: Faulty, A: Future<Output = Result<T, E>>>(mut attempt: impl FnMut() -> A) -> Result<T, E> {
    let mut left = ATTEMPTS_MAX;
    loop {
        left -= 1;
        match attempt().await {
            Err(error) if error.fault() == Some(Fault::Conflict) && left > 0 => {}
            answer => return answer,
        }
    }
}

/// One transaction, which `setup` sets up where its session is a borrowed one.
async fn once<T, E, F>(conn: &mut Connection, setup: Option<&str>, work: F) -> Result<T, E>
where
    E: From<Error>,
    F: for<'a> FnOnce(&'a mut Connection) -> Work<'a, T, E>,
{
    let begin = Span::current().comment("BEGIN");
    AnsiTransactionManager::begin_transaction_sql(&mut *conn, &begin).await.map_err(Error::from)?;
    let ready = match setup {
        Some(setup) => conn.batch_execute(setup).await.map_err(|error| Error::from(error).into()),
        None => Ok(()),
    };
    let done = match ready {
        Ok(()) => work(&mut *conn).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(&mut *conn).await.map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            roll_back(conn).await;
            Err(error)
        }
    }
}

/// What went wrong before is what counts; a connection that can't roll back leaves the pool.
async fn roll_back(conn: &mut Connection) {
    if let Err(error) = AnsiTransactionManager::rollback_transaction(conn).await {
        tracing::warn!(%error, "can't roll back");
    }
}
