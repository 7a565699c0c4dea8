//! The server that follows: copied from the primary once, streaming from then on, copied afresh when it can't follow
//! any more.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use diesel::{QueryableByName, sql_query, sql_types::Bool};
use diesel_async::RunQueryDsl as _;
use tokio::process::Command;

use super::{Cluster, REPLICA, USER, cluster, connect};
use crate::{
    command,
    error::Error,
    files,
    layout::Layout,
    port::Port,
    supervisor::{Preparation, Stage, Supervisor, Watch},
    terminal,
};

/// A replica that failed to start this often in a row has damaged data: it is copied afresh.
const FAILURES_MAX: u32 = 3;
/// How long the copy may take.
const COPY_MAX: Duration = Duration::from_secs(600);

/// The running replica.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    pub(super) watch: Watch,
    broken: Arc<AtomicBool>,
}

impl Replica {
    /// Has the replica copied afresh.
    pub(super) fn rebuild(&self) {
        self.broken.store(true, Ordering::Release);
        self.watch.restart().notify_one();
    }
}

/// Starts the replica. It is of use once [`super::follow`] says so.
pub(crate) fn start(
    supervisor: &mut Supervisor,
    layout: &Layout,
    cluster: &Cluster,
    primary: SocketAddr,
    port: &mut Port,
) -> Replica {
    let mut server = cluster.server("postgres-replica", &cluster.replica(), port.release());
    // Given at each start, since the primary's port may be another than at the copy.
    server.arguments.extend(["-c".into(), format!("primary_conninfo={}", conninfo(cluster, primary))]);
    server.arguments.extend(["-c".into(), format!("primary_slot_name={REPLICA}")]);
    let broken = Arc::new(AtomicBool::new(false));
    let prepare = prepare(cluster.clone(), primary, Arc::clone(&broken));
    let watch = supervisor.start(Stage::Replica, layout, server, Some(prepare));
    Replica { watch, broken }
}

fn conninfo(cluster: &Cluster, primary: SocketAddr) -> String {
    let (host, port, passwords) = (primary.ip(), primary.port(), cluster.password_file());
    // Quoted, since a path may hold spaces.
    let passwords = passwords.display().to_string().replace('\\', r"\\").replace('\'', r"\'");
    format!(
        "host={host} port={port} user={USER} application_name={REPLICA} connect_timeout=5 passfile='{passwords}'"
    )
}

fn prepare(cluster: Cluster, primary: SocketAddr, broken: Arc<AtomicBool>) -> Preparation {
    Box::new(move |failures| {
        let (cluster, broken) = (cluster.clone(), Arc::clone(&broken));
        Box::pin(async move {
            cluster::end_leftover(&cluster.replica()).await?;
            let there = cluster.replica().join("PG_VERSION").exists();
            let again = broken.load(Ordering::Acquire) || (failures > 0 && failures.is_multiple_of(FAILURES_MAX));
            let can_follow = there && !again && keep_slot(&cluster, primary).await?;
            if !can_follow {
                copy(&cluster, primary, there).await?;
                broken.store(false, Ordering::Release);
            }
            Ok(())
        })
    })
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// Whether the primary keeps what the replica has not seen yet. Makes the slot that it keeps it for, unless it is there.
async fn keep_slot(cluster: &Cluster, primary: SocketAddr) -> Result<bool, Error> {
    let failed = |why: String| Error::Database { doing: "look after the replica's slot", why };
    let mut conn = connect(&cluster.url(primary, "postgres")).await.map_err(failed)?;
    let make = sql_query(
        "SELECT pg_create_physical_replication_slot($1, true) WHERE NOT EXISTS \
         (SELECT 1 FROM pg_replication_slots WHERE slot_name = $1)",
    );
    let make = make.bind::<diesel::sql_types::Text, _>(REPLICA);
    make.execute(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    let kept = sql_query("SELECT wal_status <> 'lost' AS answer FROM pg_replication_slots WHERE slot_name = $1");
    let kept = kept.bind::<diesel::sql_types::Text, _>(REPLICA);
    let kept: Answer = kept.get_result(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    Ok(kept.answer)
}

/// Copies the primary, under another name until it is whole.
async fn copy(cluster: &Cluster, primary: SocketAddr, again: bool) -> Result<(), Error> {
    if again {
        terminal::note("the replica can't follow any more: copying the primary afresh");
    }
    let failed = |why: String| Error::Database { doing: "drop the replica's slot", why };
    let mut conn = connect(&cluster.url(primary, "postgres")).await.map_err(failed)?;
    // A slot that lost its log can't be used again. One that a copy before left is in nobody's use.
    let drop_slot = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \
                     WHERE slot_name = $1 AND NOT active";
    let drop_slot = sql_query(drop_slot).bind::<diesel::sql_types::Text, _>(REPLICA);
    drop_slot.execute(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    keep_slot(cluster, primary).await?;

    let (begun, data) = (cluster.replica().with_extension("new"), cluster.replica());
    files::remove(&begun)?;
    let mut copy = Command::new(cluster.programs.program("pg_basebackup"));
    copy.arg("--pgdata").arg(&begun).arg("--dbname").arg(conninfo(cluster, primary));
    copy.args(["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf", "--no-password"]);
    copy.args(["--slot", REPLICA]);
    if cluster.tuning.fast {
        copy.arg("--no-sync");
    }
    command::run(copy, cluster.account, COPY_MAX).await?;
    files::remove(&data)?;
    files::rename(&begun, &data)
}
