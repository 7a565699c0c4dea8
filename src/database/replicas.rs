//! The replicas: which of them may answer, and what they are asked in the background to know it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};

use diesel::{
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use metrics::{Gauge, gauge};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_postgres::config::Host;

use super::{Connection, Error, lag::Positions, pool::Pool, session::Session};

/// How often servers are asked how far they are.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long one may take to say so; one that takes longer is not read from.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// Several replicas of one primary. Cheap to clone.
#[derive(Clone)]
pub(super) struct Replicas {
    all: Arc<[Replica]>,
    turn: Arc<AtomicUsize>,
}

/// One replica, or several behind one name.
pub(super) struct Replica {
    pub(super) pool: Pool,
    /// Where it is, without a password.
    pub(super) name: String,
    standing: AtomicU8,
    lag: Gauge,
    used: Gauge,
}

/// How a replica stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Standing {
    /// It is as new as it must be, as far as is known.
    Fresh,
    /// It lags too far.
    Behind,
    /// It does not answer.
    Away,
}

/// Where a server is in the log.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Whether it follows another one.
    follows: bool,
    position: i64,
}

// === impl Replicas ===

impl Replicas {
    pub(super) fn new(urls: &[SecretString], session: Session) -> Self {
        let one = |(n, url): (usize, &SecretString)| Replica::new(name(n, url), Pool::new(url, session));
        Self { all: urls.iter().enumerate().map(one).collect(), turn: Arc::default() }
    }

    /// The connections to each.
    pub(super) fn pools(&self) -> impl Iterator<Item = &Pool> {
        self.all.iter().map(|replica| &replica.pool)
    }

    /// Those that may be read from, whose turn it is first.
    pub(super) fn fresh(&self) -> impl Iterator<Item = &Replica> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let from = if self.all.is_empty() { 0 } else { first % self.all.len() };
        self.all[from..].iter().chain(&self.all[..from]).filter(|replica| replica.is_fresh())
    }

    /// The others: better than nobody.
    pub(super) fn others(&self) -> impl Iterator<Item = &Replica> {
        self.all.iter().filter(|replica| !replica.is_fresh())
    }

    /// What keeps looking how far the replicas are behind the primary. Has a connection of its own to each server, so
    /// that a pool that is exhausted makes no replica look lost.
    pub(super) fn watch(
        &self,
        primary: &SecretString,
        urls: &[SecretString],
        session: Session,
        lag_max: Duration,
    ) -> impl Future<Output = ()> + Send + use<> {
        let session = Session { pool_size: 1, wait_max: LOOK_MAX, ..session };
        let replicas = self.clone();
        let primary = Pool::new(primary, session);
        let pools: Vec<_> = urls.iter().map(|url| Pool::new(url, session)).collect();
        async move {
            let (mut positions, mut every) = (Positions::default(), interval(LOOK_EVERY));
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                every.tick().await;
                let asked_at = Instant::now();
                if let Some(place) = look(&primary).await.filter(|place| !place.follows) {
                    positions.note(asked_at, place.position);
                }
                // After the primary: what a replica has in hand by now was there before.
                let places = futures::future::join_all(pools.iter().map(look)).await;
                for (replica, place) in replicas.all.iter().zip(places) {
                    replica.judge(place, &positions, lag_max);
                }
            }
        }
    }
}

// === impl Replica ===

impl Replica {
    fn new(name: String, pool: Pool) -> Self {
        let (lag, used) = (
            gauge!("database_replica_lag_seconds", "database_replica" => name.clone()),
            gauge!("database_replica_used", "database_replica" => name.clone()),
        );
        used.set(1.0);
        Self { pool, name, standing: AtomicU8::new(Standing::Fresh as u8), lag, used }
    }

    fn is_fresh(&self) -> bool {
        self.standing.load(Ordering::Relaxed) == Standing::Fresh as u8
    }

    fn judge(&self, place: Option<Place>, positions: &Positions, lag_max: Duration) {
        let standing = match place {
            None => Standing::Away,
            // Promoted, perhaps: it has all there is.
            Some(Place { follows: false, .. }) => {
                self.lag.set(0.0);
                Standing::Fresh
            }
            Some(Place { position, .. }) => {
                let lag = positions.lag(position);
                self.lag.set(lag);
                if lag > lag_max { Standing::Behind } else { Standing::Fresh }
            }
        };
        self.used.set(if standing == Standing::Fresh { 1.0 } else { 0.0 });
        let before = self.standing.swap(standing as u8, Ordering::Relaxed);
        if before == standing as u8 {
            return;
        }
        match standing {
            Standing::Fresh => tracing::info!(replica = self.name, "a replica is read from again"),
            Standing::Behind => tracing::warn!(replica = self.name, "a replica lags: nobody reads from it"),
            Standing::Away => {
                // Who reads from it now would wait for as long as a silent server is waited for: longer than requests may take.
                self.pool.give_up();
                tracing::warn!(replica = self.name, "a replica is out of reach: nobody reads from it");
            }
        }
    }
}

/// Where the server is; `None` where it does not say so in time.
async fn look(pool: &Pool) -> Option<Place> {
    timeout(LOOK_MAX, pool.read(|conn| Box::pin(place(conn)))).await.ok()?.ok()
}

async fn place(conn: &mut Connection) -> Result<Place, Error> {
    // The builder has no such functions. Anybody may call these, unlike the views that tell more.
    let place = diesel::select((
        sql::<Bool>("pg_is_in_recovery()"),
        sql::<BigInt>(
            "(CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0') \
             ELSE pg_current_wal_flush_lsn() END - '0/0'::pg_lsn)::bigint",
        ),
    ));
    let (follows, position) = diesel_async::RunQueryDsl::get_result(place, conn).await?;
    Ok(Place { follows, position })
}

/// The hosts of a URL, for people; its place in the setting where it has none to show.
fn name(n: usize, url: &SecretString) -> String {
    let config = url.expose_secret().parse::<tokio_postgres::Config>();
    let hosts = config.iter().flat_map(tokio_postgres::Config::get_hosts).filter_map(|host| match host {
        Host::Tcp(name) => Some(name.as_str()),
        Host::Unix(_) => None,
    });
    let ports = config.iter().flat_map(tokio_postgres::Config::get_ports);
    let names: Vec<_> = hosts.zip(ports).map(|(host, port)| format!("{host}:{port}")).collect();
    if names.is_empty() { (n + 1).to_string() } else { names.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_called_by_its_host_and_never_by_its_password() {
        let name = |url: &str| name(0, &url.to_owned().into());
        assert_eq!(name("postgres://usher:hush@db-2:5433/usher"), "db-2:5433");
        assert_eq!(name("host=db-2 port=5433 password=hush"), "db-2:5433");
        assert_eq!(name("no such thing: hush"), "1");
    }
}
