//! One mesh per data folder. The kernel drops the lock with the process, however it ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::{
    error::Error,
    layout::Layout,
    process::{Process, Signal},
};

/// How long a lock is waited for whose owner is dead: the kernel may still be ending it.
const DEAD_OWNER_MAX: Duration = Duration::from_secs(60);
/// How long a mesh that was asked to stop may take.
const STOP_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The right to run in a data folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub(crate) async fn take(layout: &Layout) -> Result<Self, Error> {
        let deadline = Instant::now() + DEAD_OWNER_MAX;
        loop {
            if let Some(mut lock) = Self::try_take(layout)? {
                lock.write(None)?;
                return Ok(lock);
            }
            let (owner, edge) = read(layout);
            if owner.is_some_and(Process::is_alive) || Instant::now() >= deadline {
                let pid = owner.map_or(0, Process::pid);
                return Err(Error::Running { folder: layout.root().to_owned(), pid, edge });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Takes the lock if nobody has it, and leaves what it says as it is.
    pub(crate) fn try_take(layout: &Layout) -> Result<Option<Self>, Error> {
        let path = layout.lock();
        let doing = || Error::file(format!("lock {}", path.display()));
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(doing())?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(doing()(error)),
        }
    }

    /// Tells others where the mesh is.
    pub(crate) fn write(&mut self, edge: Option<&str>) -> Result<(), Error> {
        let owner = Process::current().map(|process| process.to_string()).unwrap_or_default();
        let doing = || Error::file("write the lock file");
        self.file.set_len(0).map_err(doing())?;
        self.file.rewind().map_err(doing())?;
        write!(self.file, "{owner}\n{}\n", edge.unwrap_or_default()).map_err(doing())
    }
}

/// Asks whoever runs in the folder to stop, and waits until it has. Answers whether anybody ran.
pub(crate) async fn stop_owner(layout: &Layout) -> Result<bool, Error> {
    if Lock::try_take(layout)?.is_some() {
        return Ok(false);
    }
    let (owner, _) = read(layout);
    if let Some(owner) = owner {
        owner.signal(Signal::TERM);
    }
    let deadline = Instant::now() + STOP_MAX;
    while Lock::try_take(layout)?.is_none() {
        if Instant::now() >= deadline {
            let pid = owner.map_or(0, Process::pid);
            return Err(Error::NotStopped { pid, seconds: STOP_MAX.as_secs() });
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(true)
}

/// The process that wrote the lock, and its edge's URL.
fn read(layout: &Layout) -> (Option<Process>, Option<String>) {
    let mut text = String::new();
    let read = File::open(layout.lock()).and_then(|mut file| file.read_to_string(&mut text));
    if read.is_err() {
        return (None, None);
    }
    let mut lines = text.lines();
    let owner = lines.next().and_then(|line| line.parse().ok());
    let edge = lines.next().filter(|edge| !edge.is_empty()).map(ToOwned::to_owned);
    (owner, edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_one_is_refused_and_told_where_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let mut first = Lock::take(&layout).await.unwrap();
        first.write(Some("http://127.0.0.1:8080")).unwrap();
        let refused = Lock::take(&layout).await.unwrap_err().to_string();
        assert!(refused.contains("runs already") && refused.contains("http://127.0.0.1:8080"), "{refused}");
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        Lock::take(&layout).await.unwrap();
    }

    #[tokio::test]
    async fn stopping_nothing_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        assert!(!stop_owner(&layout).await.unwrap());
    }
}
