//! Threads that serve connections, one for each processor. Each has a scheduler of its own and never hands a task to
//! another: what a request wakes is on its own thread, and its calls go over that thread's own connections to the
//! services.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    task::spawn_blocking,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use usher::channel;

/// The threads. Dropping them ends them, and whatever they still do.
#[derive(Debug)]
pub(super) struct Workers {
    handles: Vec<Handle>,
    threads: Vec<thread::JoinHandle<()>>,
    turn: AtomicUsize,
    stop: DropGuard,
}

impl Workers {
    /// One for each processor that this process may use.
    pub(super) fn start() -> io::Result<Self> {
        let stop = CancellationToken::new();
        let mut workers = Self {
            handles: Vec::new(),
            threads: Vec::new(),
            turn: AtomicUsize::new(0),
            stop: stop.clone().drop_guard(),
        };
        for nth in 0..thread::available_parallelism()?.get() {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            workers.handles.push(runtime.handle().clone());
            let stop = stop.clone();
            let serving = move || {
                // Number 0 belongs to all other threads.
                channel::use_line(nth + 1);
                runtime.block_on(stop.cancelled());
            };
            workers.threads.push(thread::Builder::new().name(format!("connections-{nth}")).spawn(serving)?);
        }
        Ok(workers)
    }

    /// The one whose turn it is to take a connection.
    pub(super) fn next(&self) -> &Handle {
        &self.handles[self.turn.fetch_add(1, Ordering::Relaxed) % self.handles.len()]
    }

    /// Ends them.
    pub(super) async fn stop(self) {
        drop(self.stop);
        for thread in self.threads {
            // One that panicked has said so.
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}
