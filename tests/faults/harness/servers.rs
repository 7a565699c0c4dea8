//! PostgreSQL with its replica, and Redis, as `local` runs them. They end with the guardian that started them, which ends
//! with its standard input: when this process does, however that ends.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

use super::{
    Frozen,
    processes::{self, Signal, signal},
};

/// The names that `local` gives the two servers' processes.
const PRIMARY: &str = "usher-postgres-primary";
const REPLICA: &str = "usher-postgres-replica";
const REDIS: &str = "redis-server";

/// Running servers.
pub struct Servers {
    /// The primary, as superuser, in its first database.
    pub primary: String,
    /// The replica.
    pub replica: String,
    /// Redis.
    pub redis: String,
    guardian: Child,
    until: Option<ChildStdin>,
}

impl Servers {
    /// Servers for all tests that lose none of them for good; the first caller starts them. What is killed comes back.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Servers> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&["servers", "--fast"]))
    }

    /// Servers that nobody mends: what is killed stays dead, and commits wait for the replica until then.
    pub fn unmended() -> Self {
        Self::start(&["servers", "--fast", "--once"])
    }

    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program("local"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guardian = command.spawn().unwrap();
        let until = guardian.stdin.take();
        let mut line = String::new();
        BufReader::new(guardian.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let urls: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no servers: {line:?}"));
        let url = |pointer: &str| urls.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let (primary, replica, redis) = (url("/postgres/primary"), url("/postgres/replica"), url("/redis"));
        Self { primary, replica, redis, guardian, until }
    }

    /// Kills every process of the primary at once, as the loss of its machine would.
    pub fn kill_primary(&self) {
        signal(&self.find(PRIMARY), Signal::KILL);
    }

    /// Lets the primary hang: it keeps its connections and answers nobody.
    pub fn freeze_primary(&self) -> Frozen {
        Frozen::stop(|| self.find(PRIMARY))
    }

    /// Lets the replica fall behind.
    pub fn freeze_replica(&self) -> Frozen {
        Frozen::stop(|| self.find(REPLICA))
    }

    /// Kills Redis.
    pub fn kill_redis(&self) {
        signal(&self.find(REDIS), Signal::KILL);
    }

    /// Lets Redis hang.
    pub fn freeze_redis(&self) -> Frozen {
        Frozen::stop(|| self.find(REDIS))
    }

    fn find(&self, word: &str) -> Vec<u32> {
        processes::find(self.guardian.id(), word)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.until = None;
        let _ = self.guardian.wait();
    }
}

/// A program of the same build as this test.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join(name);
    assert!(program.exists(), "{} is missing: run `cargo build --workspace --bins` first", program.display());
    program
}
