//! One child: what it is, and the task that keeps it running.

use std::{
    fs::File,
    path::PathBuf,
    pin::Pin,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::{
    process::Command,
    sync::{Notify, watch},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    account::Account,
    command,
    error::Error,
    files,
    layout::Layout,
    process::{Process, Signal},
    terminal,
};

/// The wait before the first restart; it doubles with each failure.
const BACKOFF_MIN: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// A child that lived this long has recovered: its failures are forgotten.
const RECOVERED_AFTER: Duration = Duration::from_secs(30);

/// A program to run, and how to stop it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// Names its log, its record and what is said of it.
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// Set in addition to what the launcher itself was given.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Who it runs as, where not as the launcher.
    pub(crate) account: Option<Account>,
    pub(crate) stop_signal: Signal,
    /// How long it may take to stop before it is killed.
    pub(crate) stop_max: Duration,
}

/// Runs before each start; is told how many starts in a row have failed.
pub(crate) type Preparation = Box<dyn Fn(u32) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> + Send + Sync>;

/// Whether a child runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not started yet, waiting to be started again, or stopped.
    Down,
    /// Runs as this process.
    Up(Process),
}

/// Sees a child's life, and can have it restarted.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    life: watch::Receiver<Life>,
    restart: Arc<Notify>,
}

impl Watch {
    pub(super) fn new(life: watch::Receiver<Life>) -> Self {
        Self { life, restart: Arc::new(Notify::new()) }
    }

    /// Stops the child and starts it again, prepared anew.
    pub(crate) fn restart(&self) -> Arc<Notify> {
        Arc::clone(&self.restart)
    }

    /// Whether it runs now.
    pub(crate) fn is_up(&self) -> bool {
        matches!(*self.life.borrow(), Life::Up(_))
    }

    /// Waits until its life changes; for ever, once it is stopped for good.
    pub(crate) async fn changed(&mut self) {
        if self.life.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until it runs.
    #[cfg(test)]
    pub(crate) async fn up(&mut self) -> Process {
        let life = *self.life.wait_for(|life| matches!(life, Life::Up(_))).await.unwrap();
        match life {
            Life::Up(process) => process,
            Life::Down => unreachable!("waited for"),
        }
    }
}

/// How one run of a child ended.
enum End {
    /// It was told to.
    Stopped,
    /// It was told to, and shall start again at once.
    Restart,
    /// By itself, for this reason, after this long.
    Failed(String, Duration),
}

/// A child under its supervisor.
pub(super) struct Child {
    program: Program,
    log: PathBuf,
    /// Says which process runs, for whoever has to clean up when the launcher was killed.
    record: PathBuf,
    prepare: Option<Preparation>,
    life: watch::Sender<Life>,
    restart: Arc<Notify>,
}

impl Child {
    pub(super) fn new(
        program: Program,
        layout: &Layout,
        prepare: Option<Preparation>,
        life: watch::Sender<Life>,
        restart: Arc<Notify>,
    ) -> Self {
        let (log, record) = (layout.log(program.name), layout.run().join(program.name));
        Self { program, log, record, prepare, life, restart }
    }

    /// Starts the child again and again until `stop` is cancelled; then stops it.
    pub(super) async fn keep_running(self, stop: CancellationToken) {
        let name = self.program.name;
        let mut failures = 0;
        loop {
            let end = self.run(failures, &stop).await;
            self.life.send_replace(Life::Down);
            match end {
                End::Stopped => return,
                End::Restart => failures = 0,
                End::Failed(why, lived) => {
                    failures = if lived >= RECOVERED_AFTER { 1 } else { failures + 1 };
                    let wait = backoff(failures);
                    let (log, wait_ms) = (self.log.display(), wait.as_millis());
                    terminal::note(format!("{name} {why}; starting it again in {wait_ms} ms; its log: {log}"));
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
        }
    }

    /// Starts the child and, once `stop` is cancelled, stops it, if it still runs then.
    pub(super) async fn run_once(self, stop: CancellationToken) {
        let end = self.run(0, &stop).await;
        self.life.send_replace(Life::Down);
        if let End::Failed(why, _) = end {
            let (name, log) = (self.program.name, self.log.display());
            terminal::note(format!("{name} {why}; it is not started again; its log: {log}"));
            stop.cancelled().await;
        }
    }

    async fn run(&self, failures: u32, stop: &CancellationToken) -> End {
        if let Some(prepare) = &self.prepare {
            tokio::select! {
                prepared = prepare(failures) => {
                    if let Err(error) = prepared {
                        return End::Failed(format!("can't be started: {error}"), Duration::ZERO);
                    }
                }
                () = stop.cancelled() => return End::Stopped,
            }
        }
        let started = Instant::now();
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => return End::Failed(format!("can't be started: {error}"), Duration::ZERO),
        };
        let process = child.id().and_then(|pid| Process::find(i32::try_from(pid).ok()?));
        if let Some(process) = process {
            if let Err(error) = files::write_private(&self.record, &process.to_string(), None) {
                terminal::note(error.to_string());
            }
            self.life.send_replace(Life::Up(process));
        }
        let end = tokio::select! {
            status = child.wait() => End::Failed(describe(status), started.elapsed()),
            () = stop.cancelled() => End::Stopped,
            () = self.restart.notified() => End::Restart,
        };
        if !matches!(end, End::Failed(..)) {
            if let Some(process) = process {
                process.signal(self.program.stop_signal);
            }
            if tokio::time::timeout(self.program.stop_max, child.wait()).await.is_err() {
                let (name, seconds) = (self.program.name, self.program.stop_max.as_secs_f32());
                terminal::note(format!("{name} did not stop within {seconds} s: killing it"));
                // An error means that it has ended meanwhile.
                let _ = child.kill().await;
            }
        }
        // Nothing there to remove is as good.
        let _ = files::remove(&self.record);
        end
    }

    fn spawn(&self) -> Result<tokio::process::Child, Error> {
        let Program { name, path, arguments, environment, account, .. } = &self.program;
        let open = || File::options().create(true).append(true).open(&self.log);
        let log = open().map_err(Error::file(format!("open {}", self.log.display())))?;
        let errors = log.try_clone().map_err(Error::file(format!("open {}", self.log.display())))?;
        let mut command = Command::new(path);
        command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        // A group of its own: a Ctrl-C in the terminal reaches the launcher only, which stops its children in order.
        command.process_group(0).kill_on_drop(true);
        command::run_as(&mut command, *account);
        command.spawn().map_err(Error::file(format!("run {name} ({})", path.display())))
    }
}

fn backoff(failures: u32) -> Duration {
    BACKOFF_MIN.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(BACKOFF_MAX)
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended by itself ({status})"),
        Err(error) => format!("is out of sight ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_bound() {
        assert_eq!(backoff(1), Duration::from_millis(200));
        assert_eq!(backoff(2), Duration::from_millis(400));
        assert_eq!(backoff(6), Duration::from_millis(6_400));
        assert_eq!(backoff(7), BACKOFF_MAX);
        assert_eq!(backoff(u32::MAX), BACKOFF_MAX);
    }
}
