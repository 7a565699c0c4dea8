//! Programs that are run to their end: `initdb`, `pg_basebackup`, `apt-get`. Each has a deadline and dies with its caller.

use std::{process::Stdio, time::Duration};

use tokio::process::Command;

use crate::{account::Account, error::Error};

/// How much of what a failed program said is shown, in lines.
const LINES_SHOWN: usize = 12;

/// Runs `command` to its end and answers its standard output.
pub(crate) async fn run(mut command: Command, account: Option<Account>, max: Duration) -> Result<String, Error> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let failed = |why: String| Error::Program { program: program.clone(), why };
    command.stdin(Stdio::null()).kill_on_drop(true);
    // A group of its own: a Ctrl-C in the terminal reaches the launcher, which then stops what must stop.
    command.process_group(0);
    run_as(&mut command, account);
    let ended = tokio::time::timeout(max, command.output()).await;
    let output = ended
        .map_err(|_| failed(format!("not done after {} s", max.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    let end = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n  ");
    Err(failed(format!("{}\n  {end}", output.status)))
}

/// Lets `command` run as `account`, in a folder that everybody may enter.
pub(crate) fn run_as(command: &mut Command, account: Option<Account>) {
    if let Some(Account { uid, gid }) = account {
        command.uid(uid).gid(gid).current_dir("/");
    }
}
