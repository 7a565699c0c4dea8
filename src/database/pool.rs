//! A pool of connections, each set up the same way. A connection that is known to be of no use is not handed out again:
//! one that the server closed, one with half a transaction on it, and all from before a server fell silent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bb8::{ManageConnection, QueueStrategy};
use diesel::{
    ConnectionError,
    connection::CacheSize,
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _,
    pooled_connection::{AsyncDieselConnectionManager, PoolError},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_postgres::NoTls;

use super::{Error, Fault, Work, once, session::Session, usage::Usage};

/// How long a connection may take to come up. A server that is frozen accepts it and never says a word.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// After how many times a statement's longest time a server counts as silent: it ends its statements by itself, so that
/// one that does not answer for longer is frozen, or its machine is lost.
const SILENT_AFTER_STATEMENTS: u32 = 3;

/// Connections to one server, or to whichever of several the URL asks for. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    connections: bb8::Pool<Manager>,
    silent_after: Duration,
    silences: Arc<AtomicU64>,
    /// Told when the server is known to be out of reach.
    out_of_reach: Arc<Notify>,
    usage: Usage,
    /// Sets up each transaction, where sessions are borrowed.
    setup: Option<Arc<str>>,
}

/// Makes connections, and says which are of no use any more.
struct Manager {
    url: SecretString,
    session: Session,
    /// Knows a connection that is closed, or has half a transaction on it.
    judge: AsyncDieselConnectionManager<AsyncPgConnection>,
    /// How often a server of this pool fell silent.
    silences: Arc<AtomicU64>,
}

struct Pooled {
    conn: AsyncPgConnection,
    /// How often that had happened when it was made.
    silences: u64,
}

// === impl Pool ===

impl Pool {
    pub(super) fn new(url: &SecretString, session: Session) -> Self {
        let (judge, silences) = (AsyncDieselConnectionManager::new(url.expose_secret()), Arc::new(AtomicU64::new(0)));
        let manager = Manager { url: url.clone(), session, judge, silences: Arc::clone(&silences) };
        let connections = bb8::Pool::builder()
            .max_size(session.pool_size)
            .connection_timeout(session.wait_max)
            // The one that was used last: its process and what it knows are in the processors' caches still.
            .queue_strategy(QueueStrategy::Lifo)
            // Costs nothing: see `is_valid`.
            .test_on_check_out(true)
            .build_unchecked(manager);
        let silent_after = Duration::from_millis(session.statement_ms_max).saturating_mul(SILENT_AFTER_STATEMENTS);
        let usage = Usage::of(if session.read_only { "replica" } else { "primary" }, session.pool_size);
        Self {
            connections,
            silent_after,
            silences,
            out_of_reach: Arc::default(),
            usage,
            setup: session.each_time().map(Into::into),
        }
    }

    /// What each transaction must begin with; `None` where its session was set up before.
    pub(super) fn setup(&self) -> Option<&str> {
        self.setup.as_deref()
    }

    /// As [`Self::run`], for reads that begin no transaction. Where sessions are borrowed this begins one: only for that
    /// long is one's own what was set, and what was prepared.
    pub(super) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut AsyncPgConnection) -> Work<'_, T, E> + Send,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<Error> + Send,
    {
        let Some(setup) = self.setup() else { return self.run(work).await };
        let mut pooled = self.usage.waiting(self.connections.get()).await.map_err(Error::from)?;
        let _using = self.usage.begin();
        let silences = pooled.silences;
        self.until_silent(silences, once(&mut pooled.conn, Some(setup), work)).await
    }

    /// Does `work` on a connection. A server that falls silent meanwhile is given up, and with it every connection that
    /// is as old: what was asked of it may have been done.
    pub(super) async fn run<T, E>(&self, work: impl FnOnce(&mut AsyncPgConnection) -> Work<'_, T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let mut pooled = self.usage.waiting(self.connections.get()).await.map_err(Error::from)?;
        let _using = self.usage.begin();
        let silences = pooled.silences;
        self.until_silent(silences, work(&mut pooled.conn)).await
    }

    /// Gives the server up before it was silent for that long, since somebody else knows that it is out of reach.
    pub(super) fn give_up(&self) {
        self.silences.fetch_add(1, Ordering::Relaxed);
        self.out_of_reach.notify_waiters();
    }

    async fn until_silent<T, E: From<Error>>(
        &self,
        silences: u64,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        tokio::select! {
            biased;
            answer = answer => return answer,
            () = sleep(self.silent_after) => {}
            () = self.out_of_reach.notified() => {}
        }
        // At once for all calls that wait for the same server, and never for those to the one after it.
        self.silences.fetch_max(silences + 1, Ordering::Relaxed);
        Err(Error::new(Fault::Unavailable, "the server has fallen silent").into())
    }
}

// === impl Manager ===

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = PoolError;

    async fn connect(&self) -> Result<Pooled, PoolError> {
        // Read before: a connection to a server that falls silent meanwhile is of no use.
        let silences = self.silences.load(Ordering::Relaxed);
        let connected = timeout(CONNECT_MAX, connect(self.url.expose_secret(), self.session)).await;
        let late = |_| ConnectionError::BadConnection("no answer".to_owned());
        let conn = connected.map_err(late).and_then(|connected| connected).map_err(PoolError::ConnectionError)?;
        Ok(Pooled { conn, silences })
    }

    /// Asks nobody. Without it, each connection to a server that is gone would cost a request before it is found out;
    /// asking the server would cost every request a query.
    async fn is_valid(&self, pooled: &mut Pooled) -> Result<(), PoolError> {
        if !self.has_broken(pooled) {
            return Ok(());
        }
        let closed = Box::new("the connection was closed while nobody used it".to_owned());
        Err(PoolError::QueryError(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, closed)))
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.silences < self.silences.load(Ordering::Relaxed) || self.judge.has_broken(&mut pooled.conn)
    }
}

async fn connect(url: &str, session: Session) -> Result<AsyncPgConnection, ConnectionError> {
    let Some(setup) = session.once() else { return connect_by_pooler(url).await };
    let mut conn = AsyncPgConnection::establish(url).await?;
    conn.batch_execute(&setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// As [`connect`] where sessions are borrowed. diesel-async prepares two settings on every new connection. Outside of a
/// transaction these may be in another session than the one that is asked to run them, so here a transaction is begun before,
/// and nothing is left of it.
async fn connect_by_pooler(url: &str) -> Result<AsyncPgConnection, ConnectionError> {
    let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(error.to_string());
    let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.map_err(bad)?;
    tokio::select! {
        ended = &mut connection => {
            let why = ended.map_or_else(|error| error.to_string(), |()| "it was closed".to_owned());
            return Err(ConnectionError::BadConnection(why));
        }
        begun = client.batch_execute("BEGIN; DEALLOCATE ALL") => begun.map_err(bad)?,
    }
    let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    conn.batch_execute("ROLLBACK").await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    // What is prepared in one transaction is in another session in the next.
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(conn)
}

pub(super) async fn ping(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let answer = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"));
    // By its path: in scope, its `load` would hide the counters'.
    diesel_async::RunQueryDsl::execute(answer, conn).await?;
    Ok(())
}
