//! One program as a process: started with a log of its own, stopped in bounded time.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::{built, log, records};
use crate::{cores, error::Error};

/// How long a program may take to end: longer than a service drains for.
const STOP_MAX: Duration = Duration::from_secs(30);
/// Free ports come from here: Linux hands its own pick of ports, from 32,768 on, to connections that go out.
const PORTS: Range<u16> = 20_000..32_000;
/// How many ports are tried before giving up.
const TRIES_MAX: usize = 200;

/// A running program. Dropping it kills it.
pub struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts the program `name` that was built beside this one. What it is not told here it takes from this process's
    /// variables.
    pub fn start(name: &'static str, dir: &Path, told: Vec<(&'static str, String)>) -> Result<Self, Error> {
        Self::start_as(name, name, dir, told)
    }

    /// The same, where there is more than one of it: this one is called `name`.
    pub fn start_as(
        name: &'static str,
        program: &str,
        dir: &Path,
        told: Vec<(&'static str, String)>,
    ) -> Result<Self, Error> {
        let mut command = Command::new(built(program)?);
        command.envs(told);
        Self::run(name, command, dir)
    }

    /// Starts any program.
    pub fn run(name: &'static str, mut command: Command, dir: &Path) -> Result<Self, Error> {
        let log = log(dir, name);
        // Goes on where the same program left off earlier in this run.
        let output = File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // A group of its own: a Ctrl-C in the terminal reaches the bench only, which stops everything in order.
        command.process_group(0).kill_on_drop(true);
        let program = Self { name, child: command.spawn()?, log };
        // Should this process be killed, the next run's `local reset` finds what it left behind.
        std::fs::write(records(dir).join(name), cores::record(program.pid()?)?)?;
        Ok(program)
    }

    /// Its process.
    pub fn pid(&self) -> Result<u32, Error> {
        self.child.id().ok_or_else(|| self.error("ended by itself"))
    }

    /// An error that says what became of it.
    pub fn error(&self, why: impl Into<String>) -> Error {
        Error::Program { name: self.name, why: why.into(), log: self.log.display().to_string() }
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> Result<bool, Error> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Asks it to end, and kills what does not.
    pub async fn stop(mut self) {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        if let Some(pid) = pid {
            // One that has ended meanwhile need not be told.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(STOP_MAX, self.child.wait()).await.is_err() {
            // As above.
            let _ = self.child.kill().await;
        }
    }
}

/// An address that nobody listens on.
pub fn free_addr() -> Result<SocketAddr, Error> {
    let mut tries = std::iter::repeat_with(|| SocketAddr::from((Ipv4Addr::LOCALHOST, rand::random_range(PORTS))));
    let free = tries.by_ref().take(TRIES_MAX).find(|addr| TcpListener::bind(addr).is_ok());
    free.ok_or_else(|| std::io::Error::other("no port is free").into())
}
