//! The machine that a report is of: figures of two machines can't be compared.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;

use crate::error::Error;

/// What decides how fast anything is here.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Cores.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// The file system of the database, which decides what a commit costs.
    pub file_system: String,
}

impl Machine {
    /// Looks at this machine. `postgres` are the database's settings.
    pub fn look(postgres: &BTreeMap<String, String>) -> Result<Self, Error> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let data = postgres.get("data_directory").map_or("/", String::as_str);
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            processor: field(&processors, "model name").unwrap_or("unknown").to_owned(),
            memory_bytes: memory_bytes(&fs::read_to_string("/proc/meminfo")?).unwrap_or_default(),
            file_system: file_system(&fs::read_to_string("/proc/mounts")?, Path::new(data)).to_owned(),
        })
    }
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

fn memory_bytes(meminfo: &str) -> Option<u64> {
    let kilobytes: u64 = field(meminfo, "MemTotal")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

/// The type of the file system that `path` is on: of the mounts above it, the innermost.
fn file_system<'a>(mounts: &'a str, path: &Path) -> &'a str {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(folder, _)| path.starts_with(folder));
    above.max_by_key(|(folder, _)| folder.len()).map_or("unknown", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /tmpx xfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/data")), "tmpfs");
        assert_eq!(file_system(mounts, Path::new("/var/data")), "ext4");
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(memory_bytes("MemTotal:       16384 kB\nMemFree: 1 kB\n"), Some(16_777_216));
    }
}
