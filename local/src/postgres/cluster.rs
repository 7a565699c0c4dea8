//! The data folders of the two servers: where they are, who owns them, how they come to be, and what a killed launcher
//! may have left running on them.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::{DATABASE, USER, settings::Tuning};
use crate::{
    account::Account,
    command,
    error::Error,
    files,
    layout::Layout,
    process::{Process, Signal},
    programs::Postgres,
    supervisor::Program,
    terminal,
};

/// Where root keeps databases whose data folder is closed to the database's user.
const ELSEWHERE: &str = "/var/lib/usher-local";
/// How long `initdb` may take.
const MAKE_MAX: Duration = Duration::from_secs(120);
/// How long a fast shutdown may take: it writes a checkpoint.
const STOP_MAX: Duration = Duration::from_secs(60);

/// The databases of one data folder.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(super) programs: Postgres,
    pub(super) account: Option<Account>,
    pub(super) tuning: Tuning,
    password: String,
    home: PathBuf,
}

impl Cluster {
    /// Finds or chooses the place of the databases.
    pub(crate) fn place(
        layout: &Layout,
        programs: Postgres,
        account: Option<Account>,
        tuning: Tuning,
        password: String,
    ) -> Result<Self, Error> {
        let home = place(layout, account)?;
        files::make_private_folder(&home, account)?;
        let cluster = Self { programs, account, tuning, password, home };
        // The form that libpq reads passwords in; see `PGPASSFILE`.
        let passwords = format!("*:*:*:{USER}:{}\n", cluster.password);
        files::write_private(&cluster.password_file(), &passwords, account)?;
        Ok(cluster)
    }

    pub(super) fn primary(&self) -> PathBuf {
        self.home.join("primary")
    }

    pub(super) fn replica(&self) -> PathBuf {
        self.home.join("replica")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.home.join("passwords")
    }

    /// The URL of `database` at a server.
    pub(crate) fn url(&self, server: SocketAddr, database: &str) -> String {
        format!("postgres://{USER}:{}@{server}/{database}", self.password)
    }

    /// The URL of Usher's database at a server.
    pub(crate) fn usher_url(&self, server: SocketAddr) -> String {
        self.url(server, DATABASE)
    }

    /// Makes the primary's data, unless it is there.
    pub(super) async fn make(&self) -> Result<(), Error> {
        let data = self.primary();
        if let Some(found) = files::read(&data.join("PG_VERSION"))? {
            let (found, programs) = (found.trim().to_owned(), self.programs.folder().to_owned());
            let installed = self.programs.major();
            if found != installed.to_string() {
                return Err(Error::OtherVersion { data, found, programs, installed });
            }
            return Ok(());
        }
        let (begun, password) = (self.home.join("primary.new"), self.home.join("new-password"));
        files::remove(&begun)?;
        files::write_private(&password, &self.password, self.account)?;
        let mut initdb = Command::new(self.programs.program("initdb"));
        initdb.arg("--pgdata").arg(&begun).arg("--pwfile").arg(&password);
        initdb.args(["--username", USER, "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]);
        if self.tuning.fast {
            initdb.arg("--no-sync");
        }
        command::run(initdb, self.account, MAKE_MAX).await?;
        files::remove(&password)?;
        // Under its own name only once it is whole: an interrupted initdb leaves a folder that no server starts from.
        files::rename(&begun, &data)
    }

    /// The program that serves `data`.
    pub(super) fn server(&self, name: &'static str, data: &Path, addr: SocketAddr) -> Program {
        let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
        arguments.extend(self.tuning.arguments(name, addr));
        Program {
            name,
            path: self.programs.program("postgres"),
            arguments,
            environment: Vec::new(),
            account: self.account,
            // Fast shutdown: PostgreSQL ends its clients and writes a checkpoint.
            stop_signal: Signal::INT,
            stop_max: STOP_MAX,
        }
    }
}

/// Ends a server that still runs on `data`, and forgets one that doesn't: after a crash its file may name a process
/// that is another one by now, and PostgreSQL would refuse to start.
pub(super) async fn end_leftover(data: &Path) -> Result<(), Error> {
    let file = data.join("postmaster.pid");
    let Some(text) = files::read(&file)? else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    let Some(server) = pid.and_then(Process::find).filter(|found| serves(*found, data)) else {
        return files::remove(&file);
    };
    terminal::note(format!("ending PostgreSQL (process {}), left behind in {}", server.pid(), data.display()));
    server.end(Signal::INT, STOP_MAX).await;
    Ok(())
}

fn serves(process: Process, data: &Path) -> bool {
    let command = std::fs::read(format!("/proc/{}/cmdline", process.pid())).unwrap_or_default();
    let data = data.display().to_string();
    command.split(|&byte| byte == 0).any(|argument| argument == data.as_bytes())
}

/// The folder of the databases: in the data folder, or elsewhere when their user can't get there.
fn place(layout: &Layout, account: Option<Account>) -> Result<PathBuf, Error> {
    let Some(account) = account else { return Ok(layout.postgres()) };
    if let Some(elsewhere) = files::read(&layout.postgres_elsewhere())? {
        return Ok(PathBuf::from(elsewhere.trim()));
    }
    let above = layout.root().parent().unwrap_or_else(|| layout.root());
    if account.reaches(above) {
        // Only passing through is granted: what is in the folder stays closed.
        if !account.reaches(layout.root()) {
            files::set_mode(layout.root(), 0o711)?;
        }
        return Ok(layout.postgres());
    }
    let mut hasher = DefaultHasher::new();
    layout.root().hash(&mut hasher);
    files::make_folder(Path::new(ELSEWHERE))?;
    files::set_mode(Path::new(ELSEWHERE), 0o755)?;
    let elsewhere = Path::new(ELSEWHERE).join(format!("{:016x}", hasher.finish()));
    let (root, place) = (layout.root().display(), elsewhere.display());
    terminal::note(format!("{root} is closed to the database's user: the databases are in {place}"));
    files::write_private(&layout.postgres_elsewhere(), &elsewhere.display().to_string(), None)?;
    Ok(elsewhere)
}
