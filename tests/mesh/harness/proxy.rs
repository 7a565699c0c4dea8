//! What stands between a service and a server, and can be cut.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

use super::{database::Database, servers::servers};

/// A way to a PostgreSQL server. It ends when it is dropped.
pub struct Proxy {
    is_replica: bool,
    address: SocketAddr,
    open: watch::Sender<bool>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    /// Ways to the primary and to the replica.
    pub async fn both() -> [Self; 2] {
        [Self::open(&servers().primary, false).await, Self::open(&servers().replica, true).await]
    }

    async fn open(url: &str, is_replica: bool) -> Self {
        let (_, server) = url.rsplit_once('@').unwrap();
        let server = server.split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, open) = (listener.local_addr().unwrap(), watch::Sender::new(true));
        let gate = open.subscribe();
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut gate) = (server.clone(), gate.clone());
                tokio::spawn(async move {
                    let carry = async {
                        let Ok(mut far) = TcpStream::connect(server).await else { return };
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    };
                    tokio::select! {
                        () = carry => {}
                        _ = gate.wait_for(|is_open| !is_open) => {}
                    }
                });
            }
        });
        Self { is_replica, address, open, _task: AbortOnDropHandle::new(task) }
    }

    /// The database's URL through here.
    pub fn before(&self, database: &Database) -> String {
        let url = if self.is_replica { database.replica() } else { database.primary() };
        let (user, rest) = url.rsplit_once('@').unwrap();
        let (_, name) = rest.split_once('/').unwrap();
        format!("{user}@{}/{name}", self.address)
    }

    /// Cuts every connection and lets no new one through; `false` mends it.
    pub fn cut(&self, cut: bool) {
        self.open.send_replace(!cut);
    }
}
