//! pgbench's log: one line a transaction, `client number microseconds script seconds microseconds`, the last two of
//! which say when it ended. One file a thread.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::load::{Found, Samples, Window};

/// One transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number among its client's.
    pub(super) number: u64,
    took_micros: u32,
    /// When it ended, in microseconds since 1970.
    ended_micros: u64,
}

/// Removes the log of a run before.
pub(super) fn remove(prefix: &Path) -> io::Result<()> {
    files(prefix)?.into_iter().try_for_each(fs::remove_file)
}

/// All transactions that were logged.
pub(super) fn read(prefix: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in files(prefix)? {
        for line in fs::read_to_string(file)?.lines() {
            entries.push(parse(line).ok_or_else(|| io::Error::other(format!("pgbench logged: {line}")))?);
        }
    }
    Ok(entries)
}

/// What the transactions that ended after the warm-up, and within the measured time, say.
pub(super) fn found(entries: &[Entry], window: Window) -> Found {
    let begun = entries.iter().map(|entry| entry.ended_micros).min().unwrap_or_default();
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let from = begun + micros(window.warm_up);
    let measured = from..from + micros(window.measure);
    let within = entries.iter().filter(|entry| measured.contains(&entry.ended_micros));
    let good: Vec<_> = within.map(|entry| entry.took_micros).collect();
    let in_time = good.len() as u64;
    Found { samples: Samples { good, ..Samples::default() }, in_time, lasted: window.measure }
}

fn parse(line: &str) -> Option<Entry> {
    let mut fields = line.split(' ').map(|field| field.parse::<u64>().ok());
    let (_client, number, took, _script) = (fields.next()??, fields.next()??, fields.next()??, fields.next()??);
    let (seconds, micros) = (fields.next()??, fields.next()??);
    let took_micros = u32::try_from(took).unwrap_or(u32::MAX);
    Some(Entry { number, took_micros, ended_micros: seconds * 1_000_000 + micros })
}

/// `log.1234`, `log.1234.1`, … for the prefix `log`.
fn files(prefix: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (prefix.parent(), prefix.file_name()) else { return Ok(Vec::new()) };
    let begin = format!("{}.", name.to_string_lossy());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&begin) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_transaction() {
        let entry = Entry { number: 41, took_micros: 2_513, ended_micros: 1_700_000_000_000_007 };
        assert_eq!(parse("0 41 2513 0 1700000000 7"), Some(entry));
        assert_eq!(parse("0 41 failed 0 1700000000 7"), None);
    }

    #[test]
    fn only_what_ended_within_the_measured_time_counts() {
        let window = Window { warm_up: Duration::from_secs(1), measure: Duration::from_secs(2) };
        let ended = [0, 999_999, 1_000_000, 2_999_999, 3_000_000];
        let entries = ended.map(|ended| Entry { number: 0, took_micros: 5, ended_micros: 7_000_000 + ended });
        let found = found(&entries, window);
        assert_eq!((found.samples.good.as_slice(), found.in_time), ([5, 5].as_slice(), 2));
    }

    #[test]
    fn the_files_of_all_threads_are_read_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("log");
        for (file, line) in [("log.7", "0 1 5 0 1 0\n"), ("log.7.1", "1 1 6 0 1 0\n"), ("logo", "no log")] {
            fs::write(folder.path().join(file), line).unwrap();
        }
        assert_eq!(read(&prefix).unwrap().len(), 2);
        remove(&prefix).unwrap();
        assert!(read(&prefix).unwrap().is_empty());
        assert!(folder.path().join("logo").exists());
    }
}
