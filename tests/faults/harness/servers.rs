//! PostgreSQL with its replica, and Redis, as `local` runs them. They end with the guardian that started them, which ends
//! with its standard input: when this process does, however that ends.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    Frozen, Wire, environment,
    processes::{self, Signal, signal},
};

/// The names that `local` gives the two servers' processes.
const PRIMARY: &str = "usher-postgres-primary";
const REPLICA: &str = "usher-postgres-replica";
const REDIS: &str = "redis-server";

/// Puts the primary's data, which lies in the folder `$0`, on a disk of its own that nobody else sees.
const SMALL_DISK: &str = r#"
    mkdir "$0/small" && mount -t tmpfs -o size=400m tmpfs "$0/small"
    cp -a "$0/postgres/primary/." "$0/small/" && mount --bind "$0/small" "$0/postgres/primary"
    exec "$@"
"#;

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
    folder: Option<TempDir>,
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

    /// Servers of one's own, which are mended.
    pub fn mended() -> Self {
        Self::start(&["servers", "--fast"])
    }

    /// Servers of one's own that are mended, and the wire by which the replica follows the primary.
    pub async fn wired() -> (Self, Wire) {
        let primary = environment::free_port().local_addr().unwrap().to_string();
        let wire = Wire::to(&primary, rand::random()).await;
        let arguments = ["servers", "--fast", "--primary", &primary, "--between", &wire.near];
        // The wire carries the copy that the replica begins with, while this thread waits for it.
        let servers = tokio::task::block_in_place(|| Self::start(&arguments));
        (servers, wire)
    }

    /// Servers of one's own that are mended, and whose primary has a small disk, which can be filled. `None` where this machine
    /// lets nobody have one.
    pub fn on_a_small_disk() -> Option<Self> {
        let may_mount = Command::new("unshare").args(["--mount", "true"]).output().ok()?.status.success();
        if !may_mount {
            return None;
        }
        let folder = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let data = folder.path().join("data");
        // Made on a disk with room first: a server's data moves as a whole.
        let arguments = ["servers", "--fast", "--dir", data.to_str().unwrap()];
        drop(Self::start(&arguments));
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-ec", SMALL_DISK]).arg(&data).arg(program("local")).args(arguments);
        let mut servers = Self::start_by(command);
        servers.folder = Some(folder);
        Some(servers)
    }

    /// Leaves the primary no room.
    pub fn fill_disk(&self) {
        let mut filler = fs::File::create(self.filler()).unwrap();
        // Until it is refused; then in small pieces, until nothing fits.
        for piece in [1 << 20, 4_096, 1] {
            while filler.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn empty_disk(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    /// As the servers see it, who have a disk of their own there.
    fn filler(&self) -> PathBuf {
        let folder = self.folder.as_ref().expect("a small disk").path();
        let data = folder.join("data/postgres/primary/filler");
        PathBuf::from(format!("/proc/{}/root{}", self.guardian.id(), data.display()))
    }

    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program("local"));
        command.args(arguments);
        Self::start_by(command)
    }

    fn start_by(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guardian = command.spawn().unwrap();
        let until = guardian.stdin.take();
        let mut line = String::new();
        BufReader::new(guardian.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let urls: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no servers: {line:?}"));
        let url = |pointer: &str| urls.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let (primary, replica, redis) = (url("/postgres/primary"), url("/postgres/replica"), url("/redis"));
        Self { primary, replica, redis, guardian, until, folder: None }
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
