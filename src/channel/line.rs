//! One connection of HTTP/2 to one address. It comes up with the first call that needs it, and again after it broke; who
//! needs it meanwhile waits for the same attempt, and shares its failure.
//!
//! hyper's sender is used as it is, and not tonic's channel: that one puts a queue and a task of its own before each
//! connection, in which calls stand behind an attempt to connect, and does not give back what was never sent.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{net::TcpStream, time::timeout};
use tokio_util::either::Either;
use tonic::codegen::{
    Bytes,
    http::{Request, Response, uri::Authority},
};

use crate::{corked::Corked, tls::Mutual};

/// A peer that is gone without a word is noticed after this and [`KEEPALIVE_ANSWER_MAX`].
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
/// How long a peer may take to answer a ping.
const KEEPALIVE_ANSWER_MAX: Duration = Duration::from_secs(5);

/// How to reach an address.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) address: SocketAddr,
    /// What the address is called, for the requests' heads.
    pub(super) authority: Authority,
    pub(super) connect_max: Duration,
    /// What may be on its way of one stream and of all of them, in bytes; `None` is hyper's own.
    pub(super) windows: Option<(u32, u32)>,
    /// How the other side proves who it is, and who it must be.
    pub(super) tls: Option<(Mutual, &'static str)>,
}

type Sender = SendRequest<Full<Bytes>>;

/// The connection.
pub(super) struct Line {
    link: Link,
    sender: RwLock<Option<Sender>>,
    connecting: Arc<tokio::sync::Mutex<()>>,
    /// How many attempts have ended, and what the last one failed of.
    attempts: AtomicU64,
    failure: Mutex<String>,
}

/// Why a call was not answered.
#[derive(Debug)]
pub(super) enum Broken {
    /// There is no connection.
    Unreachable(String),
    /// The connection ended before the call was on it, or its other end says that it left the call alone.
    Unsent,
    /// The connection ended under the call: nobody knows how far it came.
    Under(hyper::Error),
}

impl Line {
    pub(super) fn new(link: Link) -> Arc<Self> {
        Arc::new(Self {
            link,
            sender: RwLock::default(),
            connecting: Arc::default(),
            attempts: AtomicU64::new(0),
            failure: Mutex::default(),
        })
    }

    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    /// Sends, over a connection that is there or comes up for it.
    pub(super) async fn send(self: &Arc<Self>, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken> {
        let mut sender = match self.open() {
            Some(sender) => sender,
            None => self.connected().await?,
        };
        sender.try_send_request(request).await.map_err(|mut failed| {
            // A request that comes back was not sent.
            if failed.take_message().is_some() { Broken::Unsent } else { Broken::of(failed.into_error()) }
        })
    }

    fn open(&self) -> Option<Sender> {
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().filter(|sender| !sender.is_closed()).cloned()
    }

    async fn connected(self: &Arc<Self>) -> Result<Sender, Broken> {
        let attempts = self.attempts.load(Ordering::Acquire);
        let turn = Arc::clone(&self.connecting).lock_owned().await;
        if let Some(sender) = self.open() {
            return Ok(sender);
        }
        if self.attempts.load(Ordering::Acquire) > attempts {
            let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(Broken::Unreachable(failure));
        }
        // In a task of its own, bounded by its time: whoever began it may have less time than others who wait for it.
        let line = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let _turn = turn;
            let connected = line.link.connect().await;
            match &connected {
                Ok(sender) => {
                    *line.sender.write().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
                }
                Err(error) => {
                    *line.failure.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
                }
            }
            line.attempts.fetch_add(1, Ordering::Release);
            connected
        });
        match attempt.await {
            Ok(connected) => connected.map_err(|error| Broken::Unreachable(error.to_string())),
            Err(ended) => Err(Broken::Unreachable(ended.to_string())),
        }
    }
}

impl Link {
    async fn connect(&self) -> io::Result<Sender> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the connection did not come up in time");
        timeout(self.connect_max, self.handshake()).await.map_err(|_| late())?
    }

    async fn handshake(&self) -> io::Result<Sender> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE_EVERY)
            .keep_alive_timeout(KEEPALIVE_ANSWER_MAX)
            .keep_alive_while_idle(true);
        if let Some((stream, all)) = self.windows {
            builder.initial_stream_window_size(stream).initial_connection_window_size(all);
        }
        let stream = match &self.tls {
            None => Either::Left(stream),
            Some((tls, service)) => Either::Right(Box::new(tls.connect(stream, service).await?)),
        };
        let (sender, connection) =
            builder.handshake(TokioIo::new(Corked::new(stream))).await.map_err(io::Error::other)?;
        let address = self.address;
        // It lives as long as its senders and their calls.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%address, %error, "a connection to a service ended badly");
            }
        });
        Ok(sender)
    }
}

impl Broken {
    fn of(error: hyper::Error) -> Self {
        let h2 = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<h2::Error>());
        // RFC 9113, 8.7: a stream that was refused, or that is beyond the last one of a GOAWAY, was not processed.
        let is_left_alone = h2.is_some_and(|error| match error.reason() {
            Some(h2::Reason::REFUSED_STREAM) => error.is_remote(),
            Some(h2::Reason::NO_ERROR) => error.is_go_away() && error.is_remote(),
            _ => false,
        });
        if is_left_alone || error.is_canceled() { Self::Unsent } else { Self::Under(error) }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no connection: {why}"),
            Self::Unsent => write!(f, "the connection ended before the call was on it"),
            Self::Under(error) => write!(f, "the connection ended under the call: {error}"),
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("link", &self.link).finish_non_exhaustive()
    }
}
