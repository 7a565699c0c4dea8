//! Three Redis that share the keys.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;

use super::own_postgres::free_port;

const NODES: u32 = 3;
const SLOTS: u32 = 16_384;
/// The nodes speak among themselves at ports so much higher than their own.
const BUS: u16 = 10_000;

/// The cluster. It ends with this.
pub struct RedisCluster {
    nodes: Vec<(u16, Child)>,
    _folders: Vec<TempDir>,
}

impl RedisCluster {
    /// Starts it; answers once each node knows all slots.
    pub async fn start() -> Self {
        let (mut nodes, mut folders) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            let (folder, port) = (tempfile::tempdir().unwrap(), port());
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "redis-server", "--port", &port.to_string(), "--bind", "127.0.0.1"]);
            command.args(["--cluster-enabled", "yes", "--save", "", "--appendonly", "no"]);
            let child = command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
            nodes.push((port, child));
            folders.push(folder);
        }
        let cluster = Self { nodes, _folders: folders };
        let first = cluster.nodes[0].0;
        for (n, (port, _)) in (0_u32..).zip(&cluster.nodes) {
            let mut node = connect(*port).await;
            let (from, to) = (SLOTS * n / NODES, SLOTS * (n + 1) / NODES - 1);
            redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(from).arg(to).exec_async(&mut node).await.unwrap();
            if *port != first {
                redis::cmd("CLUSTER").arg("MEET").arg("127.0.0.1").arg(first).exec_async(&mut node).await.unwrap();
            }
        }
        for (port, _) in &cluster.nodes {
            knows_all(*port).await;
        }
        cluster
    }

    /// Its URL, by two of its nodes: the third is told of.
    pub fn url(&self) -> String {
        format!("redis-cluster://127.0.0.1:{},127.0.0.1:{}", self.nodes[0].0, self.nodes[1].0)
    }

    /// The keys of each node.
    pub async fn keys(&self) -> Vec<Vec<String>> {
        let mut keys = Vec::new();
        for (port, _) in &self.nodes {
            keys.push(redis::cmd("KEYS").arg("*").query_async(&mut connect(*port).await).await.unwrap());
        }
        keys
    }
}

impl Drop for RedisCluster {
    fn drop(&mut self) {
        for (_, node) in &mut self.nodes {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

/// A free port whose bus is a port, too.
fn port() -> u16 {
    std::iter::repeat_with(free_port).find(|port| port.checked_add(BUS).is_some()).unwrap()
}

async fn connect(port: u16) -> MultiplexedConnection {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    for _ in 0..400 {
        if let Ok(conn) = client.get_multiplexed_async_connection().await {
            return conn;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("Redis does not start");
}

async fn knows_all(port: u16) {
    let mut node = connect(port).await;
    for _ in 0..800 {
        let told: String = redis::cmd("CLUSTER").arg("INFO").query_async(&mut node).await.unwrap();
        if told.contains("cluster_state:ok") && told.contains(&format!("cluster_known_nodes:{NODES}")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the cluster does not come together");
}
