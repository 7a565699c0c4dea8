//! One connection of HTTP/2 to one address. It comes up with the first call that needs it, and again after it broke; who
//! needs it meanwhile waits for the same attempt, and shares its failure.
//!
//! Calls go straight onto HTTP/2 (`connection`), and not through tonic's channel: that one puts a queue and a task of its own
//! before each connection, in which calls stand behind an attempt to connect, and does not give back what was never sent.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{net::TcpStream, time::timeout};
use tokio_util::either::Either;
use tonic::codegen::{
    Bytes,
    http::{Request, Response, uri::Authority},
};

use super::connection::{Answer, Connection};
use crate::{corked::Corked, tls::Mutual};

/// How to reach an address.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) address: SocketAddr,
    /// What the address is called, for the requests' heads.
    pub(super) authority: Authority,
    pub(super) connect_max: Duration,
    /// What may be on its way of one stream and of all of them, in bytes; `None` is what suits calls.
    pub(super) windows: Option<(u32, u32)>,
    /// How the other side proves who it is, and who it must be.
    pub(super) tls: Option<(Mutual, &'static str)>,
}

/// The connection.
pub(super) struct Line {
    link: Link,
    connection: RwLock<Option<Connection>>,
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
    Under(h2::Error),
}

impl Line {
    pub(super) fn new(link: Link) -> Arc<Self> {
        Arc::new(Self {
            link,
            connection: RwLock::default(),
            connecting: Arc::default(),
            attempts: AtomicU64::new(0),
            failure: Mutex::default(),
        })
    }

    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    /// Sends, over a connection that is there or comes up for it.
    pub(super) async fn send(self: &Arc<Self>, head: Request<()>, message: Bytes) -> Result<Response<Answer>, Broken> {
        let opened = match self.open() {
            Some(connection) => connection.ready().await,
            None => None,
        };
        let opened = match opened {
            Some(opened) => opened,
            // Where one that has just come up is gone again, the call was not on it either.
            // In a box: it is seldom needed, and larger than a call.
            None => Box::pin(self.connected()).await?.ready().await.ok_or(Broken::Unsent)?,
        };
        opened.send(head, message).await
    }

    fn open(&self) -> Option<Connection> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| !connection.is_over()).cloned()
    }

    async fn connected(self: &Arc<Self>) -> Result<Connection, Broken> {
        let attempts = self.attempts.load(Ordering::Acquire);
        let turn = Arc::clone(&self.connecting).lock_owned().await;
        if let Some(connection) = self.open() {
            return Ok(connection);
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
                Ok(connection) => {
                    *line.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
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
    async fn connect(&self) -> io::Result<Connection> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the connection did not come up in time");
        timeout(self.connect_max, self.handshake()).await.map_err(|_| late())?
    }

    async fn handshake(&self) -> io::Result<Connection> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let stream = match &self.tls {
            None => Either::Left(stream),
            Some((tls, service)) => Either::Right(Box::new(tls.connect(stream, service).await?)),
        };
        Connection::over(Corked::new(stream), self.address, self.windows).await.map_err(io::Error::other)
    }
}

impl Broken {
    /// What the connection says of a call that was on it.
    pub(super) fn of(error: h2::Error) -> Self {
        // RFC 9113, 8.7: a stream that was refused, or that is beyond the last one of a GOAWAY, was not processed.
        let is_left_alone = match error.reason() {
            Some(h2::Reason::REFUSED_STREAM) => error.is_remote(),
            Some(h2::Reason::NO_ERROR) => error.is_go_away() && error.is_remote(),
            _ => false,
        };
        if is_left_alone { Self::Unsent } else { Self::Under(error) }
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
