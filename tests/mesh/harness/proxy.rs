//! A line to a server that can be cut.

use std::net::SocketAddr;

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// The line. It is cut for good when it is dropped.
pub struct Proxy {
    /// Its end here.
    pub addr: SocketAddr,
    whole: watch::Sender<bool>,
    _running: AbortOnDropHandle<()>,
}

impl Proxy {
    /// A whole line to `server`.
    pub async fn to(server: SocketAddr) -> Self {
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
