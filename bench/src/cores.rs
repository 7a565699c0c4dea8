//! Who used the processors during a measurement, in cores: 0.5 is half of one core for the whole time. It says where
//! the limit is, and whether somebody else on the machine spoiled the figures.

use std::{collections::BTreeMap, fs, io, pin::pin, time::Instant};

use serde::Serialize;
use tokio::time::sleep;

use crate::load::Window;

/// Whose work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The bench itself; for pgbench's rows, pgbench.
    Generator,
    /// booking-svc.
    Booking,
    /// PostgreSQL, all of its processes.
    Postgres,
    /// Redis.
    Redis,
    /// The payment sandbox.
    Sandbox,
    /// The edge, which hands the sandbox's callbacks on.
    Edge,
    /// Envoy, where it stands in the edge's place.
    Envoy,
    /// Everybody else on the machine, and the time that the machine itself was not given.
    Others,
}

/// Cores, by whose work it was.
pub type Cores = BTreeMap<Part, f64>;

/// One process whose work is counted.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// Whose work it is.
    pub part: Part,
    /// The process.
    pub pid: u32,
    /// Whether the work of its children counts too, of those that ended as well; not of those that are watched
    /// themselves.
    pub children: bool,
}

/// All whose work is counted.
#[derive(Debug, Clone)]
pub struct Watch {
    watched: Vec<Watched>,
}

#[derive(Debug)]
struct Reading {
    at: Instant,
    ticks: BTreeMap<Part, u64>,
}

impl Watch {
    /// Watches `services` and this process with the programs that it waits for.
    pub fn new(mut services: Vec<Watched>) -> Self {
        services.push(Watched { part: Part::Generator, pid: std::process::id(), children: true });
        Self { watched: services }
    }

    /// The same, and one more.
    pub fn with(&self, more: Watched) -> Self {
        Self { watched: self.watched.iter().copied().chain([more]).collect() }
    }

    /// Does `load`, and answers who worked how much from the end of the warm-up on, until the measurement was over.
    pub async fn beside<T>(&self, window: Window, load: impl Future<Output = T>) -> io::Result<(T, Cores)> {
        let mut load = pin!(load);
        tokio::select! {
            // Shorter than its warm-up: nothing to measure, and no reading is missed.
            found = &mut load => return Ok((found, Cores::new())),
            () = sleep(window.warm_up) => {}
        }
        let before = self.read()?;
        let early = tokio::select! {
            found = &mut load => Some(found),
            () = sleep(window.measure) => None,
        };
        let cores = between(&before, &self.read()?);
        let found = match early {
            Some(found) => found,
            None => load.await,
        };
        Ok((found, cores))
    }

    fn read(&self) -> io::Result<Reading> {
        let mut ticks: BTreeMap<Part, u64> = self.watched.iter().map(|watched| (watched.part, 0)).collect();
        for process in processes()? {
            let by_pid = |pid| self.watched.iter().find(|watched| watched.pid == pid);
            let (part, used) = match (by_pid(process.pid), by_pid(process.parent)) {
                (Some(own), _) if own.children => (own.part, process.own + process.waited_for),
                (Some(own), _) => (own.part, process.own),
                (None, Some(parent)) if parent.children => (parent.part, process.own),
                (None, _) => continue,
            };
            *ticks.entry(part).or_insert(0) += used;
        }
        let ours: u64 = ticks.values().sum();
        let busy = busy(&fs::read_to_string("/proc/stat")?).ok_or_else(|| io::Error::other("/proc/stat"))?;
        ticks.insert(Part::Others, busy.saturating_sub(ours));
        Ok(Reading { at: Instant::now(), ticks })
    }
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a few minutes")]
fn between(before: &Reading, after: &Reading) -> Cores {
    let ticks_max = after.at.duration_since(before.at).as_secs_f64() * rustix::param::clock_ticks_per_second() as f64;
    let cores = after.ticks.iter().map(|(part, ticks)| {
        let used = ticks.saturating_sub(before.ticks.get(part).copied().unwrap_or_default());
        (*part, used as f64 / ticks_max)
    });
    cores.collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    /// Its own ticks.
    own: u64,
    /// Those of its children that ended.
    waited_for: u64,
}

fn processes() -> io::Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that ended meanwhile is in nobody's way.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        all.extend(process(pid, &stat));
    }
    Ok(all)
}

/// See `/proc/pid/stat` in proc(5): the name in parentheses may hold anything.
fn process(pid: u32, stat: &str) -> Option<Process> {
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let parent = fields.get(1)?.parse().ok()?;
    Some(Process { pid, parent, own: number(11)? + number(12)?, waited_for: number(13)? + number(14)? })
}

/// The ticks in which the machine worked, or was not given its processors: all but idle and waiting for disks.
fn busy(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|ticks| ticks.parse().ok()).collect();
    let [user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen, ..] = ticks[..] else { return None };
    Some(user + nice + system + interrupts + soft_interrupts + stolen)
}

/// The parent of a process.
pub fn parent(pid: u32) -> io::Result<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    process(pid, &stat).map(|process| process.parent).ok_or_else(|| io::Error::other("/proc/pid/stat"))
}

/// What names a process now and for ever: its number and the moment it started, as the launcher records its children.
pub fn record(pid: u32) -> io::Result<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let started = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(19));
    started.map(|started| format!("{pid} {started}")).ok_or_else(|| io::Error::other("/proc/pid/stat"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4 0 0 0 0 11 12 13 14 20 0 1 0 99 0 0";
        assert_eq!(process(7, stat), Some(Process { pid: 7, parent: 3, own: 23, waited_for: 27 }));
    }

    #[test]
    fn idle_and_waiting_is_no_work() {
        assert_eq!(busy("cpu  1 2 4 800 800 8 16 32 0 0\ncpu0 …"), Some(63));
    }

    #[tokio::test]
    async fn the_generators_work_is_seen() {
        let window = Window { warm_up: Duration::ZERO, measure: Duration::from_secs(5) };
        let work = async {
            tokio::task::yield_now().await;
            let begun = Instant::now();
            tokio::task::spawn_blocking(move || while begun.elapsed() < Duration::from_millis(300) {}).await.unwrap();
        };
        let ((), cores) = Watch::new(Vec::new()).beside(window, work).await.unwrap();
        assert!(cores[&Part::Generator] > 0.0, "{cores:?}");
    }
}
