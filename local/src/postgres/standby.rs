//! Makes commits wait for the replica exactly while it streams.
//!
//! INVARIANT I7: while the replica streams, what was acknowledged is on both servers. When it is lost, the primary goes
//! on alone, as Patroni has it: a lost replica must not stop sales. It is named again once it streams again. Servers
//! that run once keep waiting instead: whoever promotes the replica then loses nothing.

use std::{net::SocketAddr, time::Duration};

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{Cluster, REPLICA, connect, replica::Replica, slot};
use crate::{
    error::Error,
    supervisor::{Stage, Supervisor},
    terminal,
};

/// How often the primary is asked whether the replica streams; between, its process is watched.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A replica that runs this long without streaming can't follow any more, whatever the reason.
const STREAMS_WITHIN: Duration = Duration::from_secs(90);

/// Whether commits wait for the replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standby {
    /// Not known yet.
    Unknown,
    /// They don't: it is away.
    Away,
    /// They do.
    Synchronous,
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    streams: bool,
    #[diesel(sql_type = Text)]
    names: String,
}

/// Follows the replica until the supervisor stops, and answers where it stands.
pub(crate) fn follow(supervisor: &mut Supervisor, primary_url: String, replica: Replica) -> watch::Receiver<Standby> {
    let (standing, stands) = watch::channel(Standby::Unknown);
    let once = supervisor.is_once();
    supervisor.own(Stage::Replica, move |stop| async move {
        Follower { primary_url, replica, standing, conn: None, apart_since: Instant::now(), once }.run(stop).await;
    });
    stands
}

/// Has no commit wait for a replica, and keeps nothing for one: there is none in this run.
pub(crate) async fn forget(cluster: &Cluster, primary: SocketAddr) -> Result<(), Error> {
    let failed = |why| Error::Database { doing: "run without a replica", why };
    let mut conn = connect(&cluster.url(primary, "postgres")).await.map_err(failed)?;
    adjust(&mut conn, false).await.map_err(|error| failed(error.to_string()))?;
    slot::drop(cluster, primary).await
}

struct Follower {
    primary_url: String,
    replica: Replica,
    standing: watch::Sender<Standby>,
    conn: Option<AsyncPgConnection>,
    apart_since: Instant,
    /// Once commits wait for the replica, they always do, also for one that is lost.
    once: bool,
}

impl Follower {
    async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = self.look() => {}
                () = stop.cancelled() => return,
            }
            if self.once && *self.standing.borrow() == Standby::Synchronous {
                return stop.cancelled().await;
            }
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = self.replica.watch.changed() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn look(&mut self) {
        if self.conn.is_none() {
            // While the primary is away, it is the one to wait for.
            self.apart_since = Instant::now();
            self.conn = connect(&self.primary_url).await.ok();
        }
        let Some(conn) = &mut self.conn else { return };
        match adjust(conn, self.replica.watch.is_up()).await {
            Ok(standing) => self.tell(standing),
            Err(_) => self.conn = None,
        }
        if *self.standing.borrow() == Standby::Synchronous || !self.replica.watch.is_up() {
            self.apart_since = Instant::now();
        }
        if self.apart_since.elapsed() > STREAMS_WITHIN {
            self.apart_since = Instant::now();
            self.replica.rebuild();
        }
    }

    fn tell(&self, standing: Standby) {
        let before = self.standing.send_replace(standing);
        match (before, standing) {
            (Standby::Synchronous, Standby::Away) => {
                terminal::note("the replica is away: the primary goes on alone");
            }
            (Standby::Away, Standby::Synchronous) => {
                terminal::note("the replica streams: commits are on both servers");
            }
            _ => {}
        }
    }
}

/// Looks whether the replica streams, and sets what commits wait for.
async fn adjust(conn: &mut AsyncPgConnection, runs: bool) -> diesel::QueryResult<Standby> {
    let look = sql_query(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming') \
         AS streams, current_setting('synchronous_standby_names') AS names",
    );
    let seen: Seen = look.bind::<Text, _>(REPLICA).get_result(conn).await?;
    let streams = runs && seen.streams;
    let names = if streams { format!("ANY 1 ({REPLICA})") } else { String::new() };
    if seen.names != names {
        // Takes no parameters and no transaction. The primary tells the commits that wait.
        conn.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).await?;
        conn.batch_execute("SELECT pg_reload_conf()").await?;
    }
    Ok(if streams { Standby::Synchronous } else { Standby::Away })
}
