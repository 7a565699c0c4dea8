//! Connections of other parts of Usher, each proven to be one. Those who take long to prove it keep nobody waiting.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::server::Connected;

use crate::tls::{Identity, Mutual};

/// The most connections that are proving who they are; more wait in the listener's queue.
const HANDSHAKES_MAX: usize = 256;
/// The most that have, and that the server has not taken yet.
const WAITING_MAX: usize = 64;
/// How long to wait when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The part of Usher that calls. In the extensions of every request, where callers prove who they are.
#[derive(Debug)]
pub(super) struct Part(pub(super) Identity);

/// The connections.
pub(super) struct Incoming {
    proven: ReceiverStream<io::Result<Proven>>,
    _accepting: AbortOnDropHandle<()>,
}

/// A connection of somebody who is known.
pub(super) struct Proven {
    stream: TlsStream<TcpStream>,
    part: Arc<Part>,
}

impl Incoming {
    pub(super) fn new(listener: TcpListener, tls: Mutual) -> Self {
        let (found, proven) = mpsc::channel(WAITING_MAX);
        let accepting = tokio::spawn(accept(listener, tls, found));
        Self { proven: ReceiverStream::new(proven), _accepting: AbortOnDropHandle::new(accepting) }
    }
}

async fn accept(listener: TcpListener, tls: Mutual, found: mpsc::Sender<io::Result<Proven>>) {
    let places = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    // Dropped with this, and every handshake with it.
    let mut handshakes = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            Some(_) = handshakes.join_next(), if !handshakes.is_empty() => continue,
            () = found.closed() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (tls, found) = (tls.clone(), found.clone());
        handshakes.spawn(async move {
            let _place = place;
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            if let Ok((stream, identity)) = tls.accept(stream).await {
                // Closed: the server takes no more.
                let _ = found.send(Ok(Proven { stream, part: Arc::new(Part(identity)) })).await;
            }
        });
    }
}

impl Stream for Incoming {
    type Item = io::Result<Proven>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.proven).poll_next(context)
    }
}

impl Connected for Proven {
    type ConnectInfo = Arc<Part>;

    fn connect_info(&self) -> Arc<Part> {
        Arc::clone(&self.part)
    }
}

impl AsyncRead for Proven {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Proven {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
