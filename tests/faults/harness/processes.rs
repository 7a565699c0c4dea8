//! Processes that others started, as `/proc` shows them, and the signals that end, stop or wake them.

use std::{collections::HashMap, fs};

use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

/// Sends `signal` to all of them at once. A process that is gone needs none.
pub fn signal(processes: &[u32], signal: Signal) {
    for pid in processes.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
        let _ = kill_process(pid, signal);
    }
}

/// The descendants of `root` whose command line has `word`, parents before their children.
pub fn find(root: u32, word: &str) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut generation = vec![root];
    while !generation.is_empty() {
        generation = generation.iter().filter_map(|parent| children.get(parent)).flatten().copied().collect();
        found.extend(generation.iter().filter(|pid| command_line(**pid).contains(word)));
    }
    found
}

fn command_line(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may have spaces; state and parent come after it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
