//! A private Redis: a cache and nothing else, so it keeps nothing on disk and forgets what is used least.

use std::{path::Path, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    error::Error,
    files, health,
    layout::Layout,
    port::Port,
    process::Signal,
    supervisor::{Program, Stage, Supervisor},
};

/// How long Redis may take to serve.
const UP_MAX: Duration = Duration::from_secs(30);
/// How long Redis may take to stop.
const STOP_MAX: Duration = Duration::from_secs(5);
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Starts Redis and answers once it serves.
pub(crate) async fn start(
    supervisor: &mut Supervisor,
    layout: &Layout,
    program: &Path,
    port: &mut Port,
) -> Result<(), Error> {
    files::make_folder(&layout.redis())?;
    let addr = port.release();
    let settings = [
        ("--bind", addr.ip().to_string()),
        ("--port", addr.port().to_string()),
        ("--dir", layout.redis().display().to_string()),
        ("--save", String::new()),
        ("--appendonly", "no".into()),
        ("--maxmemory", "256mb".into()),
        ("--maxmemory-policy", "allkeys-lru".into()),
        ("--daemonize", "no".into()),
    ];
    let program = Program {
        name: "redis",
        path: program.to_owned(),
        arguments: settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect(),
        environment: Vec::new(),
        account: None,
        stop_signal: Signal::TERM,
        stop_max: STOP_MAX,
    };
    let (name, client) = (program.name, port.client_addr());
    supervisor.start(Stage::Cache, layout, program, None);
    health::until(name, &layout.log(name), UP_MAX, async || ping(client).await).await
}

async fn ping(addr: std::net::SocketAddr) -> Result<(), String> {
    let exchange = async {
        let mut stream = TcpStream::connect(addr).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(ANSWER_MAX, exchange).await {
        Ok(Ok(answer)) if &answer == b"+PONG\r\n" => Ok(()),
        Ok(Ok(answer)) => Err(format!("answered {:?}", String::from_utf8_lossy(&answer))),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".into()),
    }
}
