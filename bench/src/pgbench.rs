//! The peer: `pgbench` on a table of the same shape and size, in the same cluster, with what a reserve would be without
//! Usher. Each of its transactions takes another free seat, in random order, as Usher's callers do.

mod log;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::{
    config::{Config, SEATS_PER_EVENT},
    error::Error,
    load::{Found, Window},
};

/// How much longer than its measurement pgbench may take: it connects, and ends what is under way.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// How pgbench chooses its next seat: the numbers from `first` on, mixed by the seed.
const CHOOSE: &str = r"\set turn :turn + 1
\set number permute(:first + :turn * :callers + :client_id, :seats, :seed)
\set event 1 + :number / :each
\set ticket (:event << 20) + 1 + :number % :each
\set customer random(1000000, 1000000 + :customers - 1)
";
/// What a reserve writes.
const SET: &str = "SET status = 1, reserved_by = :customer, reservation_id = gen_random_uuid(), \
                   status_at = clock_timestamp(), held_until = clock_timestamp() + interval '1 hour', \
                   taken_price = price, booking_id = NULL";
const SEAT: &str = "WHERE ticket_id = :ticket AND event_id = :event";

/// What pgbench runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// BEGIN, SELECT … FOR UPDATE, UPDATE, COMMIT.
    Textbook,
    /// UPDATE … WHERE the seat is free RETURNING.
    OneStatement,
}

impl Script {
    const fn name(self) -> &'static str {
        match self {
            Self::Textbook => "textbook",
            Self::OneStatement => "one-statement",
        }
    }

    fn text(self) -> String {
        match self {
            Self::Textbook => format!(
                "{CHOOSE}BEGIN;\nSELECT price, status, reserved_by, reservation_id, held_until, taken_price, booking_id \
                 FROM peer.tickets {SEAT} FOR UPDATE;\nUPDATE peer.tickets {SET} {SEAT};\nCOMMIT;\n"
            ),
            Self::OneStatement => {
                format!("{CHOOSE}UPDATE peer.tickets {SET} {SEAT} AND status = 0 RETURNING price, held_until;\n")
            }
        }
    }
}

/// pgbench, and how many seats it took.
pub struct Pgbench {
    program: PathBuf,
    folder: PathBuf,
    seats: u64,
    customers: u32,
    seed: u64,
    /// The next seat's number, before the seed has mixed them.
    first: u64,
    /// Transactions that pgbench says it did.
    done: u64,
}

impl Pgbench {
    /// Finds pgbench beside PostgreSQL's other programs.
    pub async fn find(config: &Config) -> Result<Self, Error> {
        let program = local::programs::find_or_install().await?.postgres.program("pgbench");
        if !program.is_file() {
            return Err(Error::NoPgbench(program.display().to_string()));
        }
        let folder = config.dir.canonicalize()?.join("pgbench");
        std::fs::create_dir_all(&folder)?;
        for script in [Script::Textbook, Script::OneStatement] {
            std::fs::write(folder.join(script.name()), script.text())?;
        }
        let seats = u64::from(config.events) * u64::from(SEATS_PER_EVENT);
        Ok(Self { program, folder, seats, customers: config.customers, seed: config.seed, first: 0, done: 0 })
    }

    /// How many transactions it did so far.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// Whether it had more turns than there are seats, and took some of them twice.
    pub const fn went_round(&self) -> bool {
        self.first > self.seats
    }

    /// Runs `script` from so many clients against the database at `url`. `commit` is what each waits for at a commit:
    /// `synchronous_commit`.
    pub async fn run(
        &mut self,
        url: &str,
        script: Script,
        clients: u16,
        window: Window,
        commit: &str,
    ) -> Result<Found, Error> {
        let log = self.folder.join("log");
        log::remove(&log)?;
        let seconds = (window.warm_up + window.measure).as_millis().div_ceil(1_000);
        let mut command = self.command(url, script, clients, &log)?;
        command.env("PGOPTIONS", format!("-c synchronous_commit={commit}")).arg("--time").arg(seconds.to_string());
        let ended = tokio::time::timeout(window.warm_up + window.measure + ENDS_WITHIN, command.output()).await;
        let output = ended.map_err(|_| failed("it did not end", &log))??;
        if !output.status.success() {
            return Err(failed(&String::from_utf8_lossy(&output.stderr), &log));
        }
        let entries = log::read(&log)?;
        log::remove(&log)?;
        let done = entries.len() as u64;
        let turns = entries.iter().map(|entry| entry.number).max().unwrap_or_default();
        // A client that was faster than the others leaves gaps behind it: they are not filled.
        self.first += (turns + 2) * u64::from(clients);
        self.done += done;
        Ok(log::found(&entries, window))
    }

    fn command(&self, url: &str, script: Script, clients: u16, log: &Path) -> Result<Command, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(clients.into());
        let url = reqwest::Url::parse(url).map_err(|error| failed(&error.to_string(), log))?;
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol", "prepared", "--log", "--log-prefix"]).arg(log);
        command.arg("--client").arg(clients.to_string()).arg("--jobs").arg(threads.to_string());
        command.arg("--random-seed").arg(self.seed.to_string()).arg("--file").arg(self.folder.join(script.name()));
        let variables = [
            ("turn", 0),
            ("first", self.first),
            ("callers", clients.into()),
            ("seats", self.seats),
            ("each", SEATS_PER_EVENT.into()),
            ("customers", self.customers.into()),
            // pgbench's numbers are signed.
            ("seed", self.seed & (u64::MAX >> 1)),
        ];
        for (name, value) in variables {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        command.arg("--host").arg(url.host_str().unwrap_or_default());
        command.arg("--port").arg(url.port().unwrap_or_default().to_string()).arg("--username").arg(url.username());
        command.env("PGPASSWORD", url.password().unwrap_or_default()).arg(url.path().trim_start_matches('/'));
        // A group of its own: a Ctrl-C in the terminal reaches the bench only, which ends it.
        command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        Ok(command)
    }
}

fn failed(why: &str, log: &Path) -> Error {
    Error::Program { name: "pgbench", why: why.trim().to_owned(), log: log.display().to_string() }
}
