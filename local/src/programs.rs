//! The server programs that are not ours: PostgreSQL 15 or newer, and Redis. Finds them on the machine, has apt install
//! them, or, built with the feature `embedded-postgres`, downloads PostgreSQL.

mod apt;
#[cfg(feature = "embedded-postgres")]
mod download;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use crate::{command, error::Error, terminal};

/// The oldest PostgreSQL that Usher's tests run against.
const MAJOR_MIN: u32 = 15;
/// All that one installation must have.
const POSTGRES_PROGRAMS: [&str; 4] = ["postgres", "initdb", "pg_ctl", "pg_basebackup"];
const REDIS_PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];
/// Where packages put PostgreSQL: Debian's, then the PostgreSQL project's RPMs.
const HOMES: [(&str, &str); 2] = [("/usr/lib/postgresql", "bin"), ("/usr", "bin")];
/// How long a program may take to say its version.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// One installation of PostgreSQL.
#[derive(Debug, Clone)]
pub struct Postgres {
    folder: PathBuf,
    major: u32,
}

/// The programs to run.
#[derive(Debug, Clone)]
pub struct Programs {
    /// PostgreSQL.
    pub postgres: Postgres,
    /// Redis or Valkey; `None` where there is none and none can be installed.
    pub redis: Option<PathBuf>,
}

impl Postgres {
    /// The path of one of its programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where its programs are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its major version.
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.major
    }
}

/// Finds the programs, and installs those that are missing. A machine where PostgreSQL can't be had is an error that
/// says what to do; a Redis that can't be had is not: it is a cache.
pub async fn find_or_install() -> Result<Programs, Error> {
    let (mut postgres, mut redis) = (find_postgres().await, find_redis());
    if postgres.is_none() || redis.is_none() {
        match apt::install(postgres.is_none(), redis.is_none()).await {
            Ok(()) => (postgres, redis) = (find_postgres().await, find_redis()),
            Err(why) => terminal::note(why.to_string()),
        }
    }
    #[cfg(feature = "embedded-postgres")]
    if postgres.is_none() {
        postgres = verify(download::postgres().await?).await;
    }
    let postgres = postgres.ok_or_else(|| Error::Missing(postgres_missing()))?;
    Ok(Programs { postgres, redis })
}

/// What to tell a user without Redis.
#[must_use]
pub fn redis_missing() -> String {
    "Redis is not on this machine. Install it; on Debian: sudo apt-get install redis-server".to_owned()
}

fn postgres_missing() -> String {
    let mut message = format!(
        "PostgreSQL {MAJOR_MIN} or newer ({}) is not on this machine. Install it; on Debian: sudo apt-get install \
         postgresql redis-server",
        POSTGRES_PROGRAMS.join(", ")
    );
    if cfg!(not(feature = "embedded-postgres")) {
        message.push_str(
            "\nWithout root, this builds a `local` that downloads PostgreSQL itself:\n  cargo build --release -p local \
             --features embedded-postgres",
        );
    }
    message
}

fn find_redis() -> Option<PathBuf> {
    REDIS_PROGRAMS.iter().find_map(|name| search_path().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// The first whole and new enough installation: on PATH, where `pg_config` says, where packages put it, downloaded
/// before.
async fn find_postgres() -> Option<Postgres> {
    let mut candidates: Vec<PathBuf> = search_path().collect();
    candidates.extend(configured().await);
    candidates.extend(packaged());
    #[cfg(feature = "embedded-postgres")]
    candidates.extend(download::kept());
    for candidate in candidates {
        // A distribution may link only some of the programs into PATH; the folder that the link leads to has all.
        let Ok(postgres) = candidate.join("postgres").canonicalize() else { continue };
        let Some(folder) = postgres.parent() else { continue };
        if let Some(found) = verify(folder.to_owned()).await {
            return Some(found);
        }
    }
    None
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Servers are often where only root's PATH leads.
    env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]).collect::<Vec<_>>().into_iter()
}

async fn configured() -> Option<PathBuf> {
    let mut pg_config = Command::new("pg_config");
    pg_config.arg("--bindir");
    Some(PathBuf::from(command::run(pg_config, None, ANSWER_MAX).await.ok()?.trim()))
}

/// The folders of packages, the newest version first.
fn packaged() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (home, bin) in HOMES {
        let Ok(entries) = fs::read_dir(home) else { continue };
        found.extend(entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let major = name.strip_prefix("pgsql-").unwrap_or(&name).parse().ok()?;
            Some((major, entry.path().join(bin)))
        }));
    }
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

async fn verify(folder: PathBuf) -> Option<Postgres> {
    if !POSTGRES_PROGRAMS.iter().all(|name| folder.join(name).is_file()) {
        return None;
    }
    let mut postgres = Command::new(folder.join("postgres"));
    postgres.arg("--version");
    let major = major(&command::run(postgres, None, ANSWER_MAX).await.ok()?)?;
    (major >= MAJOR_MIN).then_some(Postgres { folder, major })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15; `18beta1` is 18.
fn major(answer: &str) -> Option<u32> {
    let version = answer.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("valkey 8"), None);
    }

    #[test]
    fn a_user_without_root_is_told_the_packages_and_the_command() {
        let message = postgres_missing();
        assert!(message.contains("apt-get install postgresql redis-server"), "{message}");
        let downloads = message.contains("cargo build --release -p local --features embedded-postgres");
        assert_eq!(downloads, cfg!(not(feature = "embedded-postgres")), "{message}");
    }

    #[tokio::test]
    async fn a_folder_without_all_programs_is_no_installation() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("postgres"), "").unwrap();
        assert!(verify(folder.path().to_owned()).await.is_none());
    }
}
