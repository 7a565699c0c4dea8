//! Calls straight onto a connection of HTTP/2. The caller's task writes its frames and is woken by its answer; hyper's client
//! would put a channel to the connection's task, and a task of its own for each call, between them.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use h2::{
    Ping, PingPong, Reason, RecvStream,
    client::{Builder, SendRequest},
};
use hyper::body::{Body, Frame};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{sleep, timeout},
};
use tonic::codegen::{
    Bytes,
    http::{Request, Response},
};

use super::line::Broken;

/// What may be on its way of one answer and of all of them, in bytes: a large answer does not wait for its reader's word
/// every 64 KiB, as HTTP/2 would have it.
const WINDOWS: (u32, u32) = (2 << 20, 5 << 20);
/// Larger heads are none of ours, in bytes.
const HEAD_BYTES_MAX: u32 = 16 * 1024;
/// A peer that is gone without a word is noticed after both.
const KEEPALIVE: Keepalive = Keepalive { every: Duration::from_secs(10), answer_max: Duration::from_secs(5) };

/// When it is asked whether the peer is still there, and how long it may take to say so.
#[derive(Clone, Copy)]
struct Keepalive {
    every: Duration,
    answer_max: Duration,
}

/// A connection. Cheap to clone; it ends with the last clone and the last of its calls.
#[derive(Clone)]
pub(super) struct Connection {
    requests: SendRequest<Bytes>,
    is_over: Arc<AtomicBool>,
}

impl Connection {
    /// Agrees with `address`, at the other end of `stream`, on how to speak. `windows` is what may be on its way of one stream
    /// and of all of them, in bytes.
    pub(super) async fn over<S>(stream: S, address: SocketAddr, windows: Option<(u32, u32)>) -> Result<Self, h2::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self::kept_alive(stream, address, windows, KEEPALIVE).await
    }

    async fn kept_alive<S>(
        stream: S,
        address: SocketAddr,
        windows: Option<(u32, u32)>,
        keepalive: Keepalive,
    ) -> Result<Self, h2::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (of_one, of_all) = windows.unwrap_or(WINDOWS);
        let mut settings = Builder::new();
        settings
            .initial_window_size(of_one)
            .initial_connection_window_size(of_all)
            .max_header_list_size(HEAD_BYTES_MAX)
            .enable_push(false);
        let (requests, mut connection) = settings.handshake(stream).await?;
        let opened = Self { requests, is_over: Arc::default() };
        let (pings, is_over) = (connection.ping_pong(), Arc::clone(&opened.is_over));
        tokio::spawn(async move {
            tokio::select! {
                biased;
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%address, %error, "a connection to a service ended badly");
                },
                () = until_silent(pings, keepalive) => tracing::debug!(%address, "a service says nothing: its connection is given up"),
            }
            is_over.store(true, Ordering::Release);
        });
        Ok(opened)
    }

    /// Whether nothing more can be sent.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// The connection, if it still takes a call: one that is broken, or that the other end is about to leave, does not.
    pub(super) async fn ready(self) -> Option<Self> {
        let Self { requests, is_over } = self;
        match requests.ready().await {
            Ok(requests) => Some(Self { requests, is_over }),
            Err(_) => {
                is_over.store(true, Ordering::Release);
                None
            }
        }
    }

    /// Sends a call. Whoever no longer waits for its answer takes it back.
    pub(super) async fn send(mut self, head: Request<()>, message: Bytes) -> Result<Response<Answer>, Broken> {
        // What is refused here has not left.
        let (answer, mut body) = self.requests.send_request(head, false).map_err(|_| Broken::Unsent)?;
        // It is kept until the window lets it go. An end of the stream is told with the answer.
        let _ = body.send_data(message, true);
        drop(body);
        let answer = answer.await.map_err(Broken::of)?;
        Ok(answer.map(|stream| Answer { stream, has_data: true }))
    }
}

/// Until a ping is not answered.
async fn until_silent(pings: Option<PingPong>, keepalive: Keepalive) {
    let Some(mut pings) = pings else { return std::future::pending().await };
    loop {
        sleep(keepalive.every).await;
        let Ok(Ok(_)) = timeout(keepalive.answer_max, pings.ping(Ping::opaque())).await else { return };
    }
}

/// An answer's body.
#[derive(Debug)]
pub(super) struct Answer {
    stream: RecvStream,
    /// Whether data may still come; trailers come behind it.
    has_data: bool,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if self.has_data {
            match ready!(self.stream.poll_data(context)) {
                Some(Ok(bytes)) => {
                    // Refused for a stream that has ended only, and then there is nothing to give back.
                    let _ = self.stream.flow_control().release_capacity(bytes.len());
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Err(error)) => return Poll::Ready(broken_off(error)),
                None => self.has_data = false,
            }
        }
        match ready!(self.stream.poll_trailers(context)) {
            Ok(trailers) => Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers)))),
            Err(error) => Poll::Ready(broken_off(error)),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}

/// RFC 9113, 8.1: whoever has said all may reset a stream without an error; its answer stands.
fn broken_off<T>(error: h2::Error) -> Option<Result<T, h2::Error>> {
    match error.reason() {
        Some(Reason::NO_ERROR | Reason::CANCEL) => None,
        _ => Some(Err(error)),
    }
}

#[cfg(test)]
mod tests;
