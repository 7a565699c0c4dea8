//! Processes that hang: they keep what they have, and answer nobody, until they are woken.

use std::process::{Child, Command, Stdio};

use super::processes::{Signal, signal};

/// Stopped processes. They are woken when this is dropped, and also when this process ends, however it ends: one that is
/// stopped hears no other signal and would be left behind.
#[derive(Debug)]
pub struct Frozen {
    waker: Child,
}

impl Frozen {
    /// Stops all processes that `find` finds, also those that they start meanwhile.
    pub fn stop(find: impl Fn() -> Vec<u32>) -> Self {
        let stopped = find();
        signal(&stopped, Signal::STOP);
        let mut all = find();
        signal(&all, Signal::STOP);
        all.extend(stopped);
        let mut waker = Command::new("sh");
        waker.args(["-c", r#"read -r _; kill -s CONT "$@""#, "waker"]).args(all.iter().map(u32::to_string));
        waker.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { waker: waker.spawn().unwrap() }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        drop(self.waker.stdin.take());
        let _ = self.waker.wait();
    }
}
