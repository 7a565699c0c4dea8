//! The mesh under load: processes of their own, with data of their own, stopped at the end.

use std::{path::PathBuf, process::Stdio, time::Duration};

use local::Ready;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::error::Error;

/// How often the ready file is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A running mesh; its processes end with this one.
pub struct Mesh {
    /// Where its parts are.
    pub ready: Ready,
    /// Signs the callers' tokens.
    pub token_key: PathBuf,
    launcher: Child,
    _folder: TempDir,
}

impl Mesh {
    /// Starts it and waits until all of it serves.
    pub async fn start() -> Result<Self, Error> {
        let program = std::env::current_exe()?.with_file_name("local");
        if !program.exists() {
            return Err(Error::NoLauncher(program.display().to_string()));
        }
        let folder = tempfile::tempdir()?;
        let (data, ready_file) = (folder.path().join("local"), folder.path().join("ready.json"));
        let said = folder.path().join("said");
        let output = std::fs::File::create(&said)?;
        let mut launcher = Command::new(program)
            .arg("up")
            .arg("--ready-file")
            .arg(&ready_file)
            .env("LOCAL_DIR", &data)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()?;
        let ready = loop {
            if let Ok(ready) = std::fs::read(&ready_file) {
                break serde_json::from_slice(&ready)?;
            }
            if launcher.try_wait()?.is_some() {
                return Err(Error::NotReady(std::fs::read_to_string(&said)?));
            }
            sleep(LOOK_EVERY).await;
        };
        Ok(Self { ready, token_key: data.join("keys/token-signing.pem"), launcher, _folder: folder })
    }

    /// Stops it in order.
    pub async fn stop(mut self) -> Result<(), Error> {
        if let Some(pid) = self.launcher.id() {
            Command::new("kill").arg(pid.to_string()).status().await?;
        }
        self.launcher.wait().await?;
        Ok(())
    }
}
