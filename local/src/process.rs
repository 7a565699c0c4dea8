//! Processes by number. Linux reuses numbers, so a process is named by its number and the moment it started: a signal
//! goes to exactly the process that was meant, or to nobody.

use std::{fmt, fs, str::FromStr, time::Duration};

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tokio::time::{Instant, sleep};

/// How often a process that shall end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One process, now and for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: i32,
    /// Clock ticks from boot to its start.
    started: u64,
}

impl Process {
    /// The living process with this number; `None` where there is none, or only its remains (a zombie).
    pub(crate) fn find(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses and spaces too. See proc_pid_stat(5): state is the
        // field after it, starttime the twentieth after it.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (state != "Z" && state != "X").then_some(Self { pid, started })
    }

    /// This process.
    pub(crate) fn current() -> Option<Self> {
        Self::find(i32::try_from(std::process::id()).ok()?)
    }

    /// Its number.
    pub(crate) const fn pid(self) -> i32 {
        self.pid
    }

    /// Whether it lives.
    pub(crate) fn is_alive(self) -> bool {
        Self::find(self.pid) == Some(self)
    }

    /// Sends `signal` to it, if it lives.
    pub(crate) fn signal(self, signal: Signal) {
        if let (true, Some(pid)) = (self.is_alive(), Pid::from_raw(self.pid)) {
            // It may have ended since: then there is nobody to tell.
            let _ = kill_process(pid, signal);
        }
    }

    /// Waits until it has ended, at most `max`; answers whether it did.
    pub(crate) async fn ended_within(self, max: Duration) -> bool {
        let deadline = Instant::now() + max;
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(LOOK_EVERY).await;
        }
        true
    }

    /// Sends `signal`, and SIGKILL to what still lives after `max`. Answers once it has ended.
    pub(crate) async fn end(self, signal: Signal, max: Duration) {
        self.signal(signal);
        if !self.ended_within(max).await {
            self.signal(Signal::KILL);
            self.ended_within(max).await;
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.started)
    }
}

impl FromStr for Process {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let (pid, started) = line.trim().split_once(' ').ok_or(())?;
        Ok(Self { pid: pid.parse().map_err(|_| ())?, started: started.parse().map_err(|_| ())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_again_from_its_line() {
        let process = Process::current().unwrap();
        assert_eq!(process.to_string().parse(), Ok(process));
        assert!(process.is_alive());
    }

    #[test]
    fn a_later_process_with_the_same_number_is_another() {
        let process = Process::current().unwrap();
        assert!(!Process { started: process.started + 1, ..process }.is_alive());
    }

    #[tokio::test]
    async fn what_ignores_the_signal_is_killed() {
        let mut child = tokio::process::Command::new("sh").args(["-c", "trap '' TERM; sleep 60"]).spawn().unwrap();
        let process = Process::find(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
        sleep(Duration::from_millis(200)).await;
        process.end(Signal::TERM, Duration::from_millis(200)).await;
        assert!(!process.is_alive());
        assert!(!child.wait().await.unwrap().success());
    }
}
