//! Installs packages where that takes no password. Only their programs are wanted: nothing is left running.

use std::{path::Path, time::Duration};

use tokio::process::Command;

use crate::{account, command, error::Error, terminal};

/// Packages come from a mirror that may be slow, and another apt may have to end first.
const INSTALL_MAX: Duration = Duration::from_secs(15 * 60);
/// How long sudo may take to say that it needs a password.
const ASK_MAX: Duration = Duration::from_secs(10);

/// Installs PostgreSQL, Redis, or both.
pub(super) async fn install(postgres: bool, redis: bool) -> Result<(), Error> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(Error::Missing("this machine has no apt-get".into()));
    }
    let mut command = as_root().await?;
    command.args(["sh", "-euc", include_str!("install.sh"), "install"]);
    let mut wanted = Vec::new();
    if postgres {
        wanted.push("postgresql");
    }
    if redis {
        wanted.push("redis");
    }
    terminal::note(format!("installing {} with apt", wanted.join(" and ")));
    command.args(wanted);
    command::run(command, None, INSTALL_MAX).await?;
    Ok(())
}

/// `env` as root, to which a command line can be added.
async fn as_root() -> Result<Command, Error> {
    if account::is_root() {
        return Ok(Command::new("env"));
    }
    let mut ask = Command::new("sudo");
    ask.args(["-n", "true"]);
    command::run(ask, None, ASK_MAX)
        .await
        .map_err(|_| Error::Missing("not root, and sudo is not here or asks for a password".into()))?;
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "env"]);
    Ok(sudo)
}
