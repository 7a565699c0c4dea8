//! One program of the mesh as a process of its own, killed and started again at the same address.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use super::{
    processes::{Signal, signal},
    servers,
};

/// How long a program may take to end when it is asked to: longer than it drains for.
const STOP_MAX: Duration = Duration::from_secs(30);

/// A program, running or not.
pub struct Program {
    name: &'static str,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Program {
    /// A program that does not run yet. Several of one name have logs of their own by their `number`.
    pub fn new(name: &'static str, number: usize, environment: Vec<(&'static str, String)>, logs: &Path) -> Self {
        Self { name, environment, log: logs.join(format!("{name}-{number}.log")), child: Mutex::default() }
    }

    /// Starts it, unless it runs.
    pub async fn start(&self) {
        let mut child = self.child.lock().await;
        if child.is_some() {
            return;
        }
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        // Ends with this test, also where the test itself is killed: nothing is left running, whatever happens.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(servers::program(self.name));
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("RUST_LOG", "info");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        *child = Some(command.spawn().expect("setpriv (util-linux) starts the mesh's programs"));
    }

    /// Kills it as a crash would. Answers once it is gone.
    pub async fn kill(&self) {
        if let Some(mut child) = self.child.lock().await.take() {
            child.kill().await.unwrap();
        }
    }

    /// Stops it in order, and expects that it ends well.
    pub async fn stop(&self) {
        let Some(mut child) = self.child.lock().await.take() else { return };
        signal(&child.id().into_iter().collect::<Vec<_>>(), Signal::TERM);
        let ended = tokio::time::timeout(STOP_MAX, child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{} does not stop", self.name)).unwrap();
        assert!(ended.success(), "{}: {ended}", self.name);
    }
}
