//! The commands, as a person or a program gives them.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serde_json::json;
use tokio::sync::oneshot;

use upkeep::audit;

use crate::{
    config::Config,
    error::Error,
    files, journey,
    layout::Layout,
    lock::{self, Lock},
    mesh::Mesh,
    postgres, programs,
    ready::Ready,
    servers::{Options, Private},
    signals::Signals,
    terminal::{note, say},
};

/// Enough for a few dozen meshes of tests at once.
const TEST_CONNECTIONS_MAX: u16 = 900;

/// Runs the whole Usher mesh on this machine.
#[derive(Debug, Parser)]
#[command(name = "local", about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the mesh until Ctrl-C
    Up(Up),
    /// Stop the mesh that runs from the data folder
    Down(Config),
    /// Stop the mesh and remove its data
    Reset(Config),
    /// Play a customer's evening against the mesh; starts one if none runs
    Demo(Config),
    /// Check the invariants I1, I2 and I6 on a live database
    Audit(Audit),
    /// Install the servers that are missing, and nothing else
    Setup,
    /// Run PostgreSQL with a replica, and Redis, until standard input ends: for tests and measurements
    Servers(ServersArgs),
}

#[derive(Debug, Args)]
struct Up {
    #[command(flatten)]
    config: Config,
    /// Write here, as JSON, where everything is, once all of it serves
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Audit {
    #[command(flatten)]
    config: Config,
    /// The database; without it, that of the mesh that runs
    #[arg(long, env, hide_env_values = true)]
    database_url: Option<String>,
}

#[derive(Debug, Args)]
struct ServersArgs {
    /// Give safety against a crash of the machine away for speed
    #[arg(long)]
    fast: bool,
    /// Mend nothing: what ends stays ended, and commits wait for the replica also when it is lost
    #[arg(long)]
    once: bool,
    /// Run the primary alone: no commit waits for a replica
    #[arg(long)]
    no_replica: bool,
    /// Where the primary listens; without it, at any free port of 127.0.0.1
    #[arg(long, value_name = "IP:PORT")]
    primary: Option<SocketAddr>,
    /// Where the replica finds the primary, if something stands between the two
    #[arg(long, value_name = "IP:PORT")]
    between: Option<SocketAddr>,
    /// Keep the data in this folder and take up what is there; without it, it is forgotten at the end
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Runs one command; answers the code to leave with.
pub async fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Up(up) => run_up(up).await,
        Command::Down(config) => down(&config).await,
        Command::Reset(config) => reset(&config).await,
        Command::Demo(config) => demo(config).await,
        Command::Audit(args) => run_audit(args).await,
        Command::Setup => setup().await,
        Command::Servers(args) => servers(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(error.to_string());
            error.exit_code()
        }
    }
}

async fn run_up(Up { config, ready_file }: Up) -> Result<(), Error> {
    let mut signals = Signals::listen()?;
    let mut mesh = Mesh::new(config);
    let started = signals.or(mesh.start()).await;
    let done = match started {
        Ok(ready) => {
            let written = ready_file.as_deref().map_or(Ok(()), |path| ready.write(path));
            if written.is_ok() {
                say(overview(&ready));
                signals.received().await;
                note("stopping");
            }
            written
        }
        Err(error) => Err(error),
    };
    if let Some(path) = &ready_file {
        // It must not outlive what it describes.
        let _ = files::remove(path);
    }
    mesh.stop().await;
    done
}

async fn down(config: &Config) -> Result<(), Error> {
    let ran = match Layout::find(&config.local_dir) {
        Some(layout) => lock::stop_owner(&layout).await?,
        None => false,
    };
    say(if ran { "stopped" } else { "nothing runs" });
    Ok(())
}

async fn reset(config: &Config) -> Result<(), Error> {
    down(config).await?;
    if let Some(layout) = Layout::find(&config.local_dir) {
        // Nobody may start from data that is being removed.
        let _lock = Lock::take(&layout).await?;
        crate::sweep::sweep(&layout).await?;
        layout.remove()?;
        say(format!("removed the data in {}", layout.root().display()));
    }
    Ok(())
}

async fn demo(config: Config) -> Result<(), Error> {
    if let Some(ready) = running(&config)? {
        return journey::play(&ready).await;
    }
    let mut signals = Signals::listen()?;
    let mut mesh = Mesh::new(config);
    let started = signals.or(mesh.start()).await;
    let played = match started {
        Ok(ready) => signals.or(journey::play(&ready)).await,
        Err(error) => Err(error),
    };
    mesh.stop().await;
    played
}

async fn run_audit(Audit { config, database_url }: Audit) -> Result<(), Error> {
    let url = match (database_url, running(&config)?) {
        (Some(url), _) => url,
        (None, Some(ready)) => ready.postgres.primary,
        (None, None) => {
            return Err(Error::NotRunning { folder: config.local_dir, hint: ", or name a database with DATABASE_URL" });
        }
    };
    let failed = |why: String| Error::Database { doing: "audit", why };
    let mut conn = postgres::connect(&url).await.map_err(failed)?;
    let violations = audit::check(&mut conn).await.map_err(|error| failed(error.to_string()))?;
    for violation in &violations {
        say(violation.to_string());
    }
    match violations.len() {
        0 => {
            say("I1, I2 and I6 hold");
            Ok(())
        }
        count => Err(Error::Violated(count)),
    }
}

async fn setup() -> Result<(), Error> {
    let found = programs::find_or_install().await?;
    note(format!("PostgreSQL is in {}", found.postgres.folder().display()));
    match found.redis {
        Some(redis) => note(format!("Redis is {}", redis.display())),
        None => note(programs::redis_missing()),
    }
    Ok(())
}

async fn servers(args: ServersArgs) -> Result<(), Error> {
    let mut signals = Signals::listen()?;
    let forgotten = tempfile::tempdir().map_err(Error::file("make a temporary folder"))?;
    let options = Options {
        fast: args.fast,
        connections_max: TEST_CONNECTIONS_MAX,
        once: args.once,
        replica: !args.no_replica,
        primary: args.primary,
        between: args.between,
    };
    let mut private = Private::new(options);
    let folder = args.dir.as_deref().unwrap_or_else(|| forgotten.path());
    let started = signals.or(private.start(folder)).await;
    let done = match started {
        Ok(servers) => {
            say(json!({"postgres": servers.postgres, "redis": servers.redis}).to_string());
            tokio::select! {
                () = end_of_input() => {}
                () = signals.received() => {}
            }
            Ok(())
        }
        Err(error) => Err(error),
    };
    private.stop().await;
    // The databases may lie elsewhere, where their own user can reach them.
    Layout::find(forgotten.path()).map_or(Ok(()), |layout| layout.remove())?;
    done
}

/// The mesh that runs from the folder, as it described itself.
fn running(config: &Config) -> Result<Option<Ready>, Error> {
    let Some(layout) = Layout::find(&config.local_dir) else { return Ok(None) };
    match Lock::try_take(&layout)? {
        Some(_nobody_runs) => Ok(None),
        None => Ready::read(&layout.ready()),
    }
}

/// Waits until whoever started this process has gone. A thread of its own: a read that never ends would keep the
/// runtime from ending.
async fn end_of_input() {
    let (ended, end) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _until = ended;
        // An input that can't be read has ended.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    });
    let _ = end.await;
}

fn overview(ready: &Ready) -> String {
    let Ready { edge, customer, admin, payment_sandbox, postgres, .. } = ready;
    format!(
        "\nUsher runs. Ctrl-C stops it.\n\n  \
         to buy       {edge}/\n  \
         the house    {edge}/admin\n  \
         its API      {edge}/docs\n  \
         what is on   {edge}/v1/search\n  \
         payments     {payment_sandbox}/sandbox/ledger\n  \
         database     {}\n\n  \
         customer     {} / {}\n  \
         admin        {} / {}\n",
        postgres.primary, customer.email, customer.password, admin.email, admin.password,
    )
}
