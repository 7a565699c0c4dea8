//! SIGINT and SIGTERM: both mean to stop in order.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// What listens to them; from its making on, neither ends the process by itself.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> Result<Self, Error> {
        let on = |kind| signal(kind).map_err(Error::file("listen to signals"));
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Does `work`, unless a signal comes first.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            done = work => done,
            () = self.received() => Err(Error::Interrupted),
        }
    }
}
