//! Where everything lies in the data folder. Knows names, not contents.

use std::path::{Path, PathBuf};

use crate::{error::Error, files};

/// What the folder may hold; `reset` removes these and nothing else, since the folder was named by a person.
const OWN: [&str; 9] =
    ["postgres", "postgres-dir", "redis", "sandbox", "logs", "run", "keys", "programs", "ready.json"];

/// The data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes the folder, unless it is there.
    pub(crate) fn make(folder: &Path) -> Result<Self, Error> {
        files::make_folder(folder)?;
        let root = folder.canonicalize().map_err(Error::file(format!("find {}", folder.display())))?;
        let layout = Self { root };
        for folder in [layout.logs(), layout.run()] {
            files::make_folder(&folder)?;
        }
        files::make_private_folder(&layout.keys(), None)?;
        Ok(layout)
    }

    /// The folder, if it is there.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        Some(Self { root: folder.canonicalize().ok()? })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Held locked by whoever runs the mesh.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("local.lock")
    }

    /// Describes the running mesh.
    pub(crate) fn ready(&self) -> PathBuf {
        self.root.join("ready.json")
    }

    /// One file per child that runs.
    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Keys and passwords.
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Names the folder of the databases where it can't be [`Self::postgres`].
    pub(crate) fn postgres_elsewhere(&self) -> PathBuf {
        self.root.join("postgres-dir")
    }

    pub(crate) fn redis(&self) -> PathBuf {
        self.root.join("redis")
    }

    pub(crate) fn sandbox(&self) -> PathBuf {
        self.root.join("sandbox")
    }

    /// Removes all data. What the launcher did not put there stays.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        if let Some(elsewhere) = files::read(&self.postgres_elsewhere())? {
            files::remove(Path::new(elsewhere.trim()))?;
        }
        for name in OWN {
            files::remove(&self.root.join(name))?;
        }
        Ok(())
    }
}
