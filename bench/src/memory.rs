//! How much memory a process had at most, by the kernel's own mark.

use std::{fs, io};

/// Lowers the mark to what the process has now. See `clear_refs` in proc(5).
pub fn forget_peak(pid: u32) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// The most resident memory since then, in bytes.
pub fn peak_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    parse(&status, "VmHWM:").ok_or_else(|| io::Error::other("VmHWM is missing"))
}

/// The resident memory that it has now, in bytes.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    parse(&status, "VmRSS:").ok_or_else(|| io::Error::other("VmRSS is missing"))
}

fn parse(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_read_in_bytes() {
        assert_eq!(parse("VmPeak:\t  9 kB\nVmHWM:\t   59388 kB\n", "VmHWM:"), Some(59_388 * 1_024));
        assert_eq!(parse("VmRSS:\t 1 kB\n", "VmHWM:"), None);
    }

    #[test]
    fn this_process_has_a_mark() {
        forget_peak(std::process::id()).unwrap();
        assert!(peak_bytes(std::process::id()).unwrap() > 0 && resident_bytes(std::process::id()).unwrap() > 0);
    }
}
