//! What a launcher that was killed has left behind: finds its children by their records and ends them.

use std::{fs, time::Duration};

use crate::{
    error::Error,
    files,
    layout::Layout,
    process::{Process, Signal},
    terminal,
};

/// How long a child that was left behind may take to end.
const END_MAX: Duration = Duration::from_secs(20);

/// Ends every child that has a record. The caller holds the folder's lock.
pub(crate) async fn sweep(layout: &Layout) -> Result<(), Error> {
    let doing = || Error::file(format!("read {}", layout.run().display()));
    // A folder that was reset before has none.
    if !layout.run().exists() {
        return Ok(());
    }
    for entry in fs::read_dir(layout.run()).map_err(doing())? {
        let record = entry.map_err(doing())?.path();
        let process: Option<Process> = files::read(&record)?.and_then(|line| line.parse().ok());
        if let Some(process) = process.filter(|process| process.is_alive()) {
            let name = record.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            terminal::note(format!(
                "ending {name} (process {}), left behind by a launcher that was killed",
                process.pid()
            ));
            // PostgreSQL's SIGTERM waits for its clients, which may be the next ones to be ended; its SIGINT does not.
            let signal = if name.starts_with("postgres") { Signal::INT } else { Signal::TERM };
            process.end(signal, END_MAX).await;
        }
        files::remove(&record)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_was_reset_has_nothing_to_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        layout.remove().unwrap();
        sweep(&layout).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_left_behind_is_ended_and_strangers_are_spared() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let mut left = tokio::process::Command::new("sleep").arg("60").spawn().unwrap();
        let left_behind = Process::find(i32::try_from(left.id().unwrap()).unwrap()).unwrap();
        fs::write(layout.run().join("event-svc"), left_behind.to_string()).unwrap();
        // The number of a process that lives, with a start that is not its own: reused since.
        let stranger = Process::current().unwrap();
        fs::write(layout.run().join("search-svc"), format!("{} 1", stranger.pid())).unwrap();
        sweep(&layout).await.unwrap();
        assert!(!left_behind.is_alive() && stranger.is_alive());
        assert_eq!(fs::read_dir(layout.run()).unwrap().count(), 0);
        left.wait().await.unwrap();
    }
}
