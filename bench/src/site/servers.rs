//! PostgreSQL, run by the launcher's `local servers`. It stops by itself when this process ends, however that happens:
//! it waits for the end of its standard input.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
};

use super::built;
use crate::error::Error;

const NAME: &str = "local servers";
/// How long the servers may take to be there: with a replica, all data is copied first.
const UP_MAX: Duration = Duration::from_secs(300);
/// How long they may take to stop: each writes a checkpoint.
const STOP_MAX: Duration = Duration::from_secs(120);

/// The servers, started or running.
pub struct Servers {
    child: Child,
    until: ChildStdin,
    log: PathBuf,
}

impl Servers {
    /// Starts them on the data in `data`.
    pub fn spawn(data: &Path, logs: &Path, replica: bool) -> Result<Self, Error> {
        let log = logs.join("servers.log");
        let mut command = Command::new(built("local")?);
        command.arg("servers").arg("--dir").arg(data);
        if !replica {
            command.arg("--no-replica");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?);
        // A group of its own: a Ctrl-C in the terminal reaches the bench only. Not killed on drop: it ends by itself
        // with its input, and then in order.
        command.process_group(0);
        let mut child = command.spawn()?;
        let until = child.stdin.take().ok_or_else(|| std::io::Error::other("no standard input"))?;
        Ok(Self { child, until, log })
    }

    /// Waits until they serve.
    pub async fn ready(&mut self) -> Result<local::servers::Servers, Error> {
        let output = self.child.stdout.take().ok_or_else(|| std::io::Error::other("no standard output"))?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        let read = tokio::time::timeout(UP_MAX, output.read_line(&mut line)).await;
        if !matches!(read, Ok(Ok(1..))) {
            let (why, log) = ("they did not come up".to_owned(), self.log.display().to_string());
            return Err(Error::Program { name: NAME, why, log });
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Stops them.
    pub async fn stop(mut self) {
        drop(self.until);
        if tokio::time::timeout(STOP_MAX, self.child.wait()).await.is_err() {
            // It may have ended meanwhile.
            let _ = self.child.kill().await;
        }
    }
}

/// Removes the data of a run before, and ends what a killed one left running.
pub async fn forget(data: &Path) -> Result<(), Error> {
    let mut command = Command::new(built("local")?);
    command.arg("reset").arg("--local-dir").arg(data).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = tokio::time::timeout(STOP_MAX, command.status()).await;
    if matches!(ended, Ok(Ok(status)) if status.success()) {
        return Ok(());
    }
    Err(Error::Program { name: "local reset", why: "it failed".to_owned(), log: data.display().to_string() })
}
