//! A line to a server that can be cut.

use std::net::SocketAddr;

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use super::servers::servers;

/// The line. It is cut for good when it is dropped.
pub struct Proxy {
    /// Its end here.
    addr: SocketAddr,
    whole: watch::Sender<bool>,
    _running: AbortOnDropHandle<()>,
}

impl Proxy {
    /// A whole line to `server`.
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (whole, is_whole) = watch::channel(true);
        let running = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let is_whole = is_whole.clone();
                lines.spawn(async move { carry(near, server, is_whole).await });
            }
        });
        Self { addr, whole, _running: AbortOnDropHandle::new(running) }
    }

    /// Whole lines to the primary and to the replica.
    pub async fn both() -> [Self; 2] {
        [Self::to_url(&servers().primary).await, Self::to_url(&servers().replica).await]
    }

    /// A whole line to the server of the URL.
    pub async fn to_url(url: &str) -> Self {
        Self::to(server(url).parse().unwrap()).await
    }

    /// The URL, through here.
    pub fn through(&self, url: &str) -> String {
        url.replacen(server(url), &self.addr.to_string(), 1)
    }

    /// Cuts the line, and every connection on it.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Mends it, for new connections.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut near: TcpStream, server: SocketAddr, mut is_whole: watch::Receiver<bool>) {
    if !*is_whole.borrow() {
        return;
    }
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = is_whole.wait_for(|whole| !whole) => {}
    }
}

/// The `address:port` of a URL.
pub fn server(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    let (authority, _) = rest.split_once('/').unwrap();
    authority.rsplit_once('@').map_or(authority, |(_, server)| server)
}
