//! A Redis that a test may kill.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::launcher::signal;

/// A Redis without a memory beyond its process.
pub struct OwnRedis {
    port: u16,
    server: Child,
    folder: TempDir,
}

impl OwnRedis {
    /// Starts it.
    pub async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let redis = Self { port, server: spawn(port, &folder), folder };
        redis.answers().await;
        redis
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it: what it knew is gone.
    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Stops it where it stands: its connections stay, and nothing is answered.
    pub fn freeze(&self) {
        signal(self.server.id(), "STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal(self.server.id(), "CONT");
    }

    /// How many keys are like that.
    pub async fn keys(&self, pattern: &str) -> usize {
        let client = redis::Client::open(self.url()).unwrap();
        let mut redis = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd("KEYS").arg(pattern).query_async::<Vec<String>>(&mut redis).await.unwrap().len()
    }

    /// Starts it again, empty.
    pub async fn restart(&mut self) {
        self.server = spawn(self.port, &self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        for _ in 0..400 {
            if client.get_multiplexed_async_connection().await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("Redis does not start");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    let port = port.to_string();
    let arguments = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    let mut command = Command::new("redis-server");
    command.args(arguments).current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap()
}
