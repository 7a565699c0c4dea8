//! PostgreSQL and Redis, started once for all tests. The guardian stops them when this process ends, however it ends: it
//! waits for the end of its standard input.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// Where the servers are.
pub struct Servers {
    /// The primary, as superuser, in its first database.
    pub primary: String,
    /// The replica.
    pub replica: String,
    /// Redis.
    pub redis: String,
    _guardian: Child,
    _until: ChildStdin,
}

/// The servers; the first caller starts them.
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(start)
}

/// The program `local` of the same build as this test.
pub fn local() -> PathBuf {
    path("local")
}

/// A program of the same build as this test, which knows of nothing but what it is told.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(path(name));
    command.env_clear().stdin(Stdio::null());
    command
}

fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --workspace --bins` first", path.display());
    path
}

fn start() -> Servers {
    let mut guardian =
        Command::new(local()).args(["servers", "--fast"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let until = guardian.stdin.take().unwrap();
    let mut line = String::new();
    BufReader::new(guardian.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let urls: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no servers: {line:?}"));
    let url = |pointer: &str| urls.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
    Servers {
        primary: url("/postgres/primary"),
        replica: url("/postgres/replica"),
        redis: url("/redis"),
        _guardian: guardian,
        _until: until,
    }
}
