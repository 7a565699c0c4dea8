//! Connections: HTTP/1.1 and HTTP/2 without TLS on one port, bounded in number and in what a slow client may cost, and
//! an orderly end.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{config::Config, door::Door};

/// How long the head of a request may take to arrive; an idle connection waits for the next one that long, too.
const HEAD_MAX: Duration = Duration::from_secs(30);
/// The most streams that one HTTP/2 connection may have open.
const STREAMS_MAX: u32 = 256;
/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How often an idle HTTP/2 peer is asked whether it is there.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
/// How long to wait when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown`; then says so for a while, lets requests under way end, and ends.
pub(crate) async fn serve(config: &Config, door: Arc<Door>, listener: TcpListener, shutdown: CancellationToken) {
    let builder = builder();
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(config.connections_max as usize));
    let ending = Arc::clone(&door);
    let noticed = async {
        shutdown.cancelled().await;
        ending.ending.cancel();
        sleep(Duration::from_millis(config.drain_notice_ms)).await;
    };
    tokio::pin!(noticed);
    loop {
        // A place first: whoever has none waits in the listener's queue.
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (stream, place) = tokio::select! {
            (accepted, place) = accepted => match accepted {
                Ok((stream, _)) => (stream, place),
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = &mut noticed => break,
        };
        let connection = connection(&builder, Arc::clone(&door), stream);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended badly");
            }
        });
    }
    drop(listener);
    if timeout(Duration::from_millis(config.drain_ms_max), connections.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at the end of the drain");
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_MAX).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_EVERY)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    builder
}

fn connection(
    builder: &Builder<TokioExecutor>,
    door: Arc<Door>,
    stream: TcpStream,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + use<> {
    // Answers are small and whole: waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    builder.serve_connection(TokioIo::new(stream), service).into_owned()
}
