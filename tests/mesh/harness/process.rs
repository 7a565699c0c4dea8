//! A program of the mesh as a process of its own: killed, stopped, woken and started again at the same address.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use local::port::{Port, Wish};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::program;

/// How long a program may take to end when it is asked to.
const STOP_MAX: Duration = Duration::from_secs(30);

/// A program that runs. It ends with this.
pub struct Process {
    name: &'static str,
    environment: Vec<(String, String)>,
    at: Port,
    metrics: Port,
    child: Option<Child>,
}

fn free() -> Port {
    let any = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    Wish { name: "a process under test", variable: "LISTEN_ADDR", asked: any, usual: 0 }.hold().unwrap()
}

impl Process {
    /// Starts the program `name`, which is told `environment` beside where it listens.
    pub fn start(name: &'static str, environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut process = Self { name, environment, at: free(), metrics: free(), child: None };
        process.start_again();
        process
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "{} runs", self.name);
        // It ends with this test, also where the test itself is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(program(self.name).get_program());
        command.env("LISTEN_ADDR", self.at.release().to_string());
        command.env("METRICS_ADDR", self.metrics.release().to_string());
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).env("RUST_LOG", "warn");
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        self.child = Some(command.spawn().expect("setpriv (util-linux) starts the mesh's programs"));
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.at.url("http")
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().and_then(Child::id).expect("it runs");
        kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
    }

    /// Kills it as a crash would. Answers once it is gone.
    pub async fn kill(&mut self) {
        self.child.take().expect("it runs").kill().await.unwrap();
    }

    /// Lets it hang: it keeps its connections, and answers nobody.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Wakes it.
    pub fn wake(&self) {
        self.signal(Signal::CONT);
    }

    /// Stops it in order, and expects that it ends well.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let mut child = self.child.take().expect("it runs");
        let ended = timeout(STOP_MAX, child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{} does not stop", self.name)).unwrap();
        assert!(ended.success(), "{}: {ended}", self.name);
    }

    /// The sum of its series whose line begins with `metric` and has all of `labels` in it; `None` without any.
    pub async fn metric(&self, metric: &str, labels: &[&str]) -> Option<f64> {
        let told = reqwest::get(format!("{}/metrics", self.metrics.url("http"))).await.ok()?.text().await.ok()?;
        let lines = told.lines().filter(|line| {
            line.split(['{', ' ']).next() == Some(metric) && labels.iter().all(|label| line.contains(label))
        });
        let values: Vec<f64> = lines.filter_map(|line| line.rsplit_once(' ')?.1.parse().ok()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// Waits until that metric has that value.
    pub async fn until(&self, metric: &str, labels: &[&str], value: f64) {
        for _ in 0..600 {
            if self.metric(metric, labels).await.is_some_and(|now| (now - value).abs() < 0.5) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("{} never has {metric} {labels:?} = {value}: {:?}", self.name, self.metric(metric, labels).await);
    }
}
