//! Keeps children running: one task each, restarts with back-off, stops in order. Knows nothing of what they do.

mod child;

pub(crate) use child::{Life, Preparation, Program, Watch};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::layout::Layout;

/// When something starts; it stops in the reverse order. What is in the same stage stops together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The database that is written to.
    Primary,
    /// Its replica, and who watches it.
    Replica,
    /// Redis.
    Cache,
    /// The payment sandbox.
    Provider,
    /// The four services.
    Services,
    /// The door.
    Edge,
}

/// All that runs. Must be stopped by [`Supervisor::stop`]; a dropped one kills its children without order.
#[derive(Debug, Default)]
pub struct Supervisor {
    owned: Vec<Owned>,
    once: bool,
}

#[derive(Debug)]
struct Owned {
    stage: Stage,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// One that mends nothing: a child that ends stays ended.
    pub(crate) fn once() -> Self {
        Self { owned: Vec::new(), once: true }
    }

    /// Whether it mends nothing.
    pub(crate) const fn is_once(&self) -> bool {
        self.once
    }

    /// Starts `program` and keeps it running. `prepare` runs before each start.
    pub(crate) fn start(
        &mut self,
        stage: Stage,
        layout: &Layout,
        program: Program,
        prepare: Option<Preparation>,
    ) -> Watch {
        let (life, lives) = watch::channel(Life::Down);
        let watch = Watch::new(lives);
        let child = child::Child::new(program, layout, prepare, life, watch.restart());
        let once = self.once;
        self.own(stage, move |stop| async move {
            match once {
                true => child.run_once(stop).await,
                false => child.keep_running(stop).await,
            }
        });
        watch
    }

    /// Owns a task that ends soon after its token is cancelled.
    pub(crate) fn own<F>(&mut self, stage: Stage, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(task(stop.clone()));
        self.owned.push(Owned { stage, stop, task });
    }

    /// Stops everything, the last stage first. Each child's end is bounded, so this is too.
    pub async fn stop(mut self) {
        self.owned.sort_by_key(|owned| owned.stage);
        while let Some(last) = self.owned.last() {
            let from = self.owned.partition_point(|owned| owned.stage < last.stage);
            let stage = self.owned.split_off(from);
            for owned in &stage {
                owned.stop.cancel();
            }
            for owned in stage {
                // A task that panicked has dropped its child, which kills it.
                let _ = owned.task.await;
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        for owned in &self.owned {
            // The task drops its child, which kills it.
            owned.task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use super::*;
    use crate::process::Signal;

    fn shell(name: &'static str, script: &str) -> Program {
        Program {
            name,
            path: Path::new("/bin/sh").to_owned(),
            arguments: vec!["-c".into(), script.into()],
            environment: Vec::new(),
            account: None,
            stop_signal: Signal::TERM,
            stop_max: Duration::from_millis(500),
        }
    }

    #[tokio::test]
    async fn stages_stop_in_reverse_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let mut supervisor = Supervisor::default();
        let order = folder.path().join("order");
        let mut watches = Vec::new();
        for (stage, name) in [(Stage::Edge, "edge"), (Stage::Primary, "primary"), (Stage::Services, "service")] {
            let script =
                format!("trap 'echo {name} >> {}; exit 0' TERM; while :; do sleep 0.02; done", order.display());
            watches.push(supervisor.start(stage, &layout, shell(name, &script), None));
        }
        let mut processes = Vec::new();
        for watch in &mut watches {
            processes.push(watch.up().await);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        supervisor.stop().await;
        assert_eq!(std::fs::read_to_string(order).unwrap(), "edge\nservice\nprimary\n");
        assert!(processes.into_iter().all(|process| !process.is_alive()));
        assert_eq!(std::fs::read_dir(layout.run()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_child_that_dies_is_prepared_and_started_again() {
        static PREPARED: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let mut supervisor = Supervisor::default();
        let prepare: Preparation = Box::new(|failures| {
            Box::pin(async move {
                PREPARED.store(failures, Ordering::SeqCst);
                Ok(())
            })
        });
        let mut watch = supervisor.start(Stage::Edge, &layout, shell("edge", "sleep 60"), Some(prepare));
        let first = watch.up().await;
        assert_eq!(PREPARED.load(Ordering::SeqCst), 0);
        first.signal(Signal::KILL);
        assert!(first.ended_within(Duration::from_secs(5)).await);
        let second = loop {
            let process = watch.up().await;
            if process != first {
                break process;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(PREPARED.load(Ordering::SeqCst), 1);
        supervisor.stop().await;
        assert!(!second.is_alive());
    }

    #[tokio::test]
    async fn a_child_that_runs_once_stays_ended() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let mut supervisor = Supervisor::once();
        let mut watch = supervisor.start(Stage::Primary, &layout, shell("primary", "sleep 60"), None);
        watch.up().await.signal(Signal::KILL);
        watch.changed().await;
        assert!(!watch.is_up());
        let again = tokio::time::timeout(Duration::from_secs(1), watch.up()).await;
        assert!(again.is_err(), "five times the wait before a restart");
        supervisor.stop().await;
    }
}
