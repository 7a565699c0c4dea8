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
    Frozen,
    processes::{Signal, signal},
    servers,
};

/// How long a program may take to end when it is asked to: longer than it drains for.
const STOP_MAX: Duration = Duration::from_secs(30);

/// A program, running or not.
pub struct Program {
    name: &'static str,
    environment: Vec<(&'static str, String)>,
    /// What it is started by: `faketime …`, with its arguments.
    within: Vec<String>,
    log: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Program {
    /// A program that does not run yet. Several of one name have logs of their own by their `number`.
    pub fn new(name: &'static str, number: usize, environment: Vec<(&'static str, String)>, logs: &Path) -> Self {
        let log = logs.join(format!("{name}-{number}.log"));
        Self { name, environment, within: Vec::new(), log, child: Mutex::default() }
    }

    /// The same, started by another program, which is named with its arguments and must become it.
    pub fn within(self, starter: &[String]) -> Self {
        Self { within: starter.to_vec(), ..self }
    }

    /// What it was told under that name.
    pub fn told(&self, variable: &str) -> &str {
        let found = self.environment.iter().find(|(name, _)| *name == variable);
        &found.unwrap_or_else(|| panic!("{} is not told {variable}", self.name)).1
    }

    /// Lets it hang.
    pub async fn freeze(&self) -> Frozen {
        let running = self.child.lock().await.as_ref().and_then(Child::id);
        let running = running.unwrap_or_else(|| panic!("{} does not run", self.name));
        Frozen::stop(|| vec![running])
    }

    /// The sum of what it counts under that name in lines with all of those `labels`; `None` where it counts no such thing.
    pub async fn metric(&self, metric: &str, labels: &[&str]) -> Option<f64> {
        let metrics = format!("http://{}/metrics", self.told("METRICS_ADDR"));
        let told = reqwest::get(metrics).await.ok()?.text().await.ok()?;
        let lines = told.lines().filter(|line| {
            line.split(['{', ' ']).next() == Some(metric) && labels.iter().all(|label| line.contains(label))
        });
        let values: Vec<f64> = lines.filter_map(|line| line.rsplit_once(' ')?.1.parse().ok()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
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
        command.args(["--pdeathsig", "KILL"]).args(&self.within).arg(servers::program(self.name));
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
