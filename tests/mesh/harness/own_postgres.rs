//! PostgreSQL servers of a test's own, which it may bend, lose and restore. Services are an ordinary role in them, as an
//! operator would have it, and no superuser.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use local::programs::{Postgres, find_or_install};
use tempfile::TempDir;

/// Who made the server.
const SUPERUSER: &str = "postgres";
/// Who the services are.
pub const ROLE: &str = "usher";
/// Whose files a server's are where root runs the tests, best first.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];
/// Quick, for data that nobody misses.
const USUAL: [&str; 9] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "hot_standby=on",
    "wal_receiver_status_interval=1s",
    "max_standby_streaming_delay=1s",
    "timezone=UTC",
];

/// A server. It is gone when this is dropped.
pub struct OwnPostgres {
    programs: Postgres,
    account: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

impl OwnPostgres {
    /// A new one with those settings (`name=value`), and the services' role in it.
    pub async fn start(settings: &[&str]) -> Self {
        let programs = find_or_install().await.unwrap().postgres;
        let mut new = Self::place(programs, settings);
        let mut initdb = new.tool("initdb");
        initdb.args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]);
        run(initdb.arg("-D").arg(new.data()));
        new.begin().await;
        new.run(&format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")).await;
        new
    }

    /// Another one that follows this one.
    pub async fn replica(&self, name: &str) -> Self {
        let mut replica = Self::place(self.programs.clone(), &[&format!("cluster_name={name}")]);
        self.back_up(&replica.data(), &["--write-recovery-conf", "--wal-method=stream"]);
        replica.begin().await;
        replica
    }

    /// What a base backup, `recovery` (lines of the configuration) and an archive make: a server that has recovered to
    /// where it was told, and takes writes.
    pub async fn restored(&self, backup: &Path, recovery: &[&str]) -> Self {
        let mut restored = Self::place(self.programs.clone(), recovery);
        run(Command::new("cp").arg("-a").arg(backup).arg(restored.data()));
        fs::write(restored.data().join("recovery.signal"), "").unwrap();
        restored.begin().await;
        restored
    }

    /// Copies the running server.
    pub fn back_up(&self, to: &Path, arguments: &[&str]) {
        let mut backup = self.tool("pg_basebackup");
        backup.args(["--host=127.0.0.1", "--port", &self.port.to_string(), "--username", SUPERUSER]);
        backup.args(["--checkpoint=fast", "--no-sync"]).args(arguments);
        run(backup.arg("-D").arg(to));
    }

    fn place(programs: Postgres, settings: &[&str]) -> Self {
        let (folder, account) = (tempfile::tempdir().unwrap(), account());
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let settings = USUAL.iter().chain(settings).map(ToString::to_string).collect();
        Self { programs, account, folder, port: free_port(), settings, server: None }
    }

    /// Starts the server; answers once it answers.
    pub async fn begin(&mut self) {
        let mut command = self.tool("postgres");
        command.arg("-D").arg(self.data()).args(["-c", &format!("port={}", self.port)]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        self.server = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        for _ in 0..1_200 {
            if AsyncPgConnection::establish(&self.as_superuser("postgres")).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("PostgreSQL does not start: {}", fs::read_to_string(self.folder.path().join("log")).unwrap());
    }

    /// Kills it.
    #[expect(clippy::disallowed_methods, reason = "it is called by drop, which can't await")]
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
            // Its children end by themselves, once they notice; who starts again must wait for them.
            while fs::read_dir("/proc").unwrap().flatten().any(|entry| self.owns(&entry.path())) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Whether that process works in this server's data.
    fn owns(&self, process: &Path) -> bool {
        fs::read_link(process.join("cwd")).is_ok_and(|folder| folder == self.data())
    }

    /// A program of PostgreSQL's, as who may run it; it ends with this test, however that ends.
    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if let Some((user, group)) = self.account {
            command.args(["--reuid", &user.to_string(), "--regid", &group.to_string(), "--clear-groups"]);
        }
        command.arg(self.programs.program(name)).current_dir("/").stdin(Stdio::null());
        command
    }

    /// Where its data is.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `address:port`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database for services.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database for whoever may everything.
    pub fn as_superuser(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// A database of the services' role, empty.
    pub async fn make_database(&self, name: &str) {
        self.run(&format!("CREATE DATABASE {name} OWNER {ROLE}")).await;
    }

    /// Runs statements that the query builder doesn't know, as superuser.
    pub async fn run(&self, statements: &str) {
        let mut conn = AsyncPgConnection::establish(&self.as_superuser("postgres")).await.unwrap();
        conn.batch_execute(statements).await.unwrap();
    }

    /// What one value is, as text: of functions that the query builder doesn't know.
    pub async fn ask(&self, expression: &str) -> String {
        let mut conn = AsyncPgConnection::establish(&self.as_superuser("postgres")).await.unwrap();
        let value = diesel::dsl::sql::<diesel::sql_types::Text>(&format!("({expression})::text"));
        diesel::select(value).get_result(&mut conn).await.unwrap()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program to its end.
fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Who a server runs as that refuses root; `None` where the tests are somebody else already.
pub fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &&str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(*name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse().unwrap());
        Some((ids.next()?, ids.next()?))
    };
    Some(ACCOUNTS.iter().find_map(find).expect("a user for PostgreSQL: postgres or nobody"))
}
