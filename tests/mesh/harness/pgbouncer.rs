//! `PgBouncer` in front of a PostgreSQL, which lends each of few sessions for one transaction at a time.

use std::{
    fs,
    os::unix::fs::chown,
    process::{Child, Command, Stdio},
    time::Duration,
};

use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use tempfile::TempDir;

use super::{
    OwnPostgres,
    own_postgres::{ROLE, account, free_port},
};

/// The pooler. It ends with this.
pub struct PgBouncer {
    port: u16,
    server: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Before every database of that server, with so many sessions for each.
    pub async fn start(postgres: &OwnPostgres, database: &str, sessions: u32) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let at = |name: &str| folder.path().join(name);
        fs::write(at("users"), format!("\"{ROLE}\" \"{ROLE}\"\n")).unwrap();
        let user = account().map_or(String::new(), |(user, group)| {
            chown(folder.path(), Some(user), Some(group)).unwrap();
            format!("user = {}\n", name_of(user))
        });
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={to}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {users}\npool_mode = transaction\n\
             default_pool_size = {sessions}\nmax_client_conn = 500\nlogfile = {log}\n{user}",
            to = postgres.port(),
            users = at("users").display(),
            log = at("log").display(),
        );
        fs::write(at("settings"), settings).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/pgbouncer"), "--quiet"]);
        let server = command.arg(at("settings")).stdin(Stdio::null()).spawn().unwrap();
        let pooler = Self { port, server, _folder: folder };
        for _ in 0..1_200 {
            if AsyncPgConnection::establish(&pooler.url(database)).await.is_ok() {
                return pooler;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("PgBouncer does not start");
    }

    /// The URL of a database through here.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{ROLE}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn name_of(user: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(&user.to_string())).unwrap();
    line.split(':').next().unwrap().to_owned()
}
