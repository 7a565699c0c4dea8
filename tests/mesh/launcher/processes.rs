//! Which processes descend from another, as `/proc` shows them.

use std::{collections::HashMap, fs, process::Command};

/// Sends a signal; a process that is gone needs none.
pub fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
}

/// Whether the process runs: one that only waits to be reaped does not.
pub fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(_, state)| state != 'Z')
}

/// Every process that `root` started, and those that they started.
pub fn descendants(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some((parent, _)) = stat(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for &child in children.get(&parent).into_iter().flatten() {
            found.push(child);
            next.push(child);
        }
    }
    found
}

/// The first descendant of `root` whose command line has every one of `words`.
pub fn find(root: u32, words: &[&str]) -> Option<u32> {
    let mut found: Vec<_> = descendants(root)
        .into_iter()
        .filter(|&pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            words.iter().all(|word| line.contains(word))
        })
        .collect();
    found.sort_unstable();
    found.first().copied()
}

/// As [`find`]; there must be one.
pub fn named(root: u32, words: &[&str]) -> u32 {
    find(root, words).unwrap_or_else(|| panic!("no process has {words:?}"))
}

/// The parent and the state of a process.
fn stat(pid: u32) -> Option<(u32, char)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may have spaces.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((fields.next()?.parse().ok()?, state))
}
