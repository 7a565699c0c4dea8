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

use tokio::process::Command;

use super::{Cluster, REPLICA, USER, cluster, slot};
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

/// Starts the replica of the `primary`, which it finds at `follows`. It is of use once [`super::follow`] says so.
pub(crate) fn start(
    supervisor: &mut Supervisor,
    layout: &Layout,
    cluster: &Cluster,
    [primary, follows]: [SocketAddr; 2],
    port: &mut Port,
) -> Replica {
    let mut server = cluster.server("postgres-replica", &cluster.replica(), port.release());
    // Given at each start, since the primary's port may be another than at the copy.
    server.arguments.extend(["-c".into(), format!("primary_conninfo={}", conninfo(cluster, follows))]);
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
    format!("host={host} port={port} user={USER} application_name={REPLICA} connect_timeout=5 passfile='{passwords}'")
}

fn prepare(cluster: Cluster, primary: SocketAddr, broken: Arc<AtomicBool>) -> Preparation {
    Box::new(move |failures| {
        let (cluster, broken) = (cluster.clone(), Arc::clone(&broken));
        Box::pin(async move {
            cluster::end_leftover(&cluster.replica()).await?;
            let there = cluster.replica().join("PG_VERSION").exists();
            let again = broken.load(Ordering::Acquire) || (failures > 0 && failures.is_multiple_of(FAILURES_MAX));
            let can_follow = there && !again && slot::keep(&cluster, primary).await?;
            if !can_follow {
                copy(&cluster, primary, there).await?;
                broken.store(false, Ordering::Release);
            }
            Ok(())
        })
    })
}

/// Copies the primary, under another name until it is whole.
async fn copy(cluster: &Cluster, primary: SocketAddr, again: bool) -> Result<(), Error> {
    if again {
        terminal::note("the replica can't follow any more: copying the primary afresh");
    }
    slot::drop(cluster, primary).await?;
    slot::keep(cluster, primary).await?;

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
