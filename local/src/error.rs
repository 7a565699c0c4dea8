//! Everything that can go wrong in the launcher, in words that say what to do next.

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// `EX_UNAVAILABLE` of sysexits.h: a program that is needed is not on the machine.
const EXIT_UNAVAILABLE: u8 = 69;
/// `EX_TEMPFAIL` of sysexits.h: it runs already; stop it, or use another folder.
const EXIT_RUNNING: u8 = 75;

/// Why the launcher could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read, written or removed.
    #[error("can't {doing}: {source}")]
    File {
        /// What was tried, as a verb with its object.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Server programs are not on the machine and can't be installed from here.
    #[error("{0}")]
    Missing(String),
    /// The mesh's own programs are not beside `local`.
    #[error("{} not found in {}. Build all programs with: cargo build --release --workspace --bins", .names.join(", "), .folder.display())]
    NotBuilt {
        /// The programs that are missing.
        names: Vec<String>,
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// Another `local` has the folder.
    #[error("the mesh runs already from {} (process {pid}){}. Stop it with `make down`, or set LOCAL_DIR and run a second one beside it", .folder.display(), at(.edge.as_deref()))]
    Running {
        /// The data folder.
        folder: PathBuf,
        /// The process that has it; 0 where it can't be told.
        pid: i32,
        /// The edge's URL, once it has one.
        edge: Option<String>,
    },
    /// An address that was asked for is taken.
    #[error(
        "{variable}={addr} can't be used: {source}. Free it, or set {variable} to another address (port 0 takes any free port)"
    )]
    AddressTaken {
        /// The variable that asked for it.
        variable: &'static str,
        /// The address.
        addr: SocketAddr,
        /// Why it can't be bound.
        source: io::Error,
    },
    /// No port is free.
    #[error("no free port found for {0}")]
    NoPort(&'static str),
    /// A program that was run to its end failed.
    #[error("{program} failed: {why}")]
    Program {
        /// Its name.
        program: String,
        /// Its status and the end of what it said.
        why: String,
    },
    /// The data was made by another version of PostgreSQL.
    #[error("the data in {} was made by PostgreSQL {found}, the programs in {} are {installed}: install PostgreSQL {found}, or start afresh with `make reset`", .data.display(), .programs.display())]
    OtherVersion {
        /// The data folder.
        data: PathBuf,
        /// Its major version.
        found: String,
        /// Where the programs are.
        programs: PathBuf,
        /// Their major version.
        installed: u32,
    },
    /// PostgreSQL refused a connection or a statement.
    #[error("can't {doing}: {why}")]
    Database {
        /// What was tried, as a verb with its object.
        doing: &'static str,
        /// What PostgreSQL said.
        why: String,
    },
    /// A part of the mesh did not come up in time.
    #[error("{name} is not up after {seconds} s: {last}{}", tail(.log))]
    NotUp {
        /// The part.
        name: String,
        /// How long it was waited for.
        seconds: u64,
        /// What its last check said.
        last: String,
        /// Its log.
        log: PathBuf,
    },
    /// A service refused a call of the launcher's.
    #[error("can't {doing}: {why}")]
    Call {
        /// What was tried, as a verb with its object.
        doing: String,
        /// What was answered.
        why: String,
    },
    /// A step of the customer's journey did not go as it must.
    #[error("the journey ends at `{step}`: {why}")]
    Journey {
        /// The step.
        step: &'static str,
        /// What happened instead.
        why: String,
    },
    /// The command needs the mesh, and it does not run.
    #[error("nothing runs from {}: start it with `make up`{hint}", .folder.display())]
    NotRunning {
        /// The data folder.
        folder: PathBuf,
        /// What else would do.
        hint: &'static str,
    },
    /// The mesh was asked to stop and did not.
    #[error("process {pid} did not stop within {seconds} s")]
    NotStopped {
        /// The process.
        pid: i32,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The signing key or a random secret can't be made.
    #[error("can't make a signing key: {0}")]
    Key(#[from] usher::signing::Error),
    /// The audit found what must never be.
    #[error("{0} violations")]
    Violated(usize),
    /// SIGINT or SIGTERM came before the end.
    #[error("stopped before the end")]
    Interrupted,
}

impl Error {
    /// A [`Error::File`] for `doing`.
    pub fn file(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        |source| Self::File { doing, source }
    }

    /// What `local` exits with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Missing(_) | Self::NotBuilt { .. } | Self::OtherVersion { .. } => ExitCode::from(EXIT_UNAVAILABLE),
            Self::Running { .. } => ExitCode::from(EXIT_RUNNING),
            Self::AddressTaken { .. } => ExitCode::from(usher::config::EXIT_USAGE),
            _ => ExitCode::FAILURE,
        }
    }
}

fn at(edge: Option<&str>) -> String {
    edge.map(|edge| format!(" at {edge}")).unwrap_or_default()
}

/// The end of a log, for the person who has to find out why a child did not come up.
fn tail(log: &Path) -> String {
    const LINES: usize = 8;
    let mut text = format!("\n  its log is {}", log.display());
    let Ok(all) = std::fs::read(log) else { return text };
    let all = String::from_utf8_lossy(&all);
    let lines: Vec<_> = all.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
        // Writing to a String can't fail.
        let _ = write!(text, "\n  | {line}");
    }
    text
}
