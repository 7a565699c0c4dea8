//! Connections: HTTP/1.1 and HTTP/2 on one port, with TLS or without, bounded in number and in what a slow client may cost,
//! and an orderly end.

mod heads;
mod patient;
mod tls;
mod wire;
mod workers;

pub(crate) use tls::Tls;

use std::{
    convert::Infallible,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{HeaderName, HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulConnection, GracefulShutdown},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::{either::Either, sync::CancellationToken};

use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
    cors::{AllowOrigin, CorsLayer},
};

use crate::{
    body::Body,
    config::Config,
    door::{Door, secure},
    grpc::Protocol,
    rest::caching::weaken,
};
use patient::Patient;
use wire::Wire;
use workers::Workers;

/// What pages of other origins may send, and may read.
const CORS_REQUEST_HEADERS: [&str; 9] = [
    "authorization",
    "content-type",
    "grpc-timeout",
    "if-none-match",
    "last-event-id",
    "traceparent",
    "tracestate",
    "x-grpc-web",
    "x-user-agent",
];
const CORS_RESPONSE_HEADERS: [&str; 9] = [
    "etag",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "allow",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "www-authenticate",
];
/// How long a browser remembers that it may.
const CORS_KEPT: Duration = Duration::from_secs(3_600);
/// Smaller answers fit one packet anyway, in bytes.
const COMPRESSED_BYTES_MIN: u16 = 1_024;
/// The most streams that one HTTP/2 connection may have open.
const STREAMS_MAX: u32 = 256;
/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How often an idle HTTP/2 peer is asked whether it is there.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
/// How long to wait when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown`; then says so for a while, lets requests under way end, and ends with whatever is left.
pub(crate) async fn serve(
    config: &Config,
    door: Arc<Door>,
    tls: Option<Tls>,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let workers = Workers::start()?;
    let greeting =
        Greeting { builder: builder(config.head_read_max()), door: Arc::clone(&door), tls: tls.map(Arc::new) };
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(config.connections_max as usize));
    // Dropped at the end, and every connection with it.
    let mut connections = JoinSet::new();
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
            // Not of this thread's scheduler any more: another one's will serve it.
            let accepted = listener.accept().await.and_then(|(stream, peer)| Ok((stream.into_std()?, peer)));
            (accepted, place)
        };
        let ((stream, peer), place) = tokio::select! {
            (accepted, place) = accepted => match accepted {
                Ok((stream, peer)) => ((stream, peer.ip()), place),
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = &mut noticed => break,
        };
        // One address must not take all places.
        let Ok(crowded) = door.limits.connect(peer) else {
            tracing::debug!("an address has too many connections");
            continue;
        };
        let began = Arc::new(AtomicBool::new(false));
        let silent = silent(config.head_read_max(), Arc::clone(&began));
        let (greeting, watcher) = (greeting.clone(), graceful.watcher());
        let serving = async move {
            // From the first byte on: who agrees on TLS slowly has a place, and others don't.
            let _places = (place, crowded);
            let meeting = async { watcher.watch(greeting.meet(peer, stream, began).await?).await };
            tokio::select! {
                ended = meeting => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended badly");
                },
                () = silent => tracing::debug!("a connection brought no request"),
            }
        };
        connections.spawn_on(serving, workers.next());
    }
    drop(listener);
    door.rest.closing.cancel();
    if timeout(Duration::from_millis(config.drain_ms_max), graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at the end of the drain");
    }
    drop(connections);
    workers.stop().await;
    Ok(())
}

/// Ends when a connection has brought no request in time. Only before its first one: later, HTTP/1.1 has its own limit
/// and HTTP/2 its pings. Until it is known which of the two a connection speaks, neither watches.
async fn silent(time: Duration, began: Arc<AtomicBool>) {
    sleep(time).await;
    if began.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

fn builder(head_read_max: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_read_max).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_EVERY)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    builder
}

/// What lets pages of other origins call, if any may: by a list, never by what a request says itself.
fn cross_origin(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(CORS_REQUEST_HEADERS.map(HeaderName::from_static))
        .expose_headers(CORS_RESPONSE_HEADERS.map(HeaderName::from_static))
        .max_age(CORS_KEPT);
    (!origins.is_empty()).then_some(layer)
}

/// What is large enough and whole. A stream's events must not wait for one another.
fn compressible() -> impl Predicate {
    SizeAbove::new(COMPRESSED_BYTES_MIN)
        .and(NotForContentType::GRPC)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("application/grpc-web"))
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/x-ndjson"))
}

/// What a connection is served with.
#[derive(Clone)]
struct Greeting {
    builder: Builder<TokioExecutor>,
    door: Arc<Door>,
    tls: Option<Arc<Tls>>,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Greeting {
    /// The connection, once it is agreed on what is spoken.
    async fn meet(
        &self,
        peer: IpAddr,
        stream: std::net::TcpStream,
        began: Arc<AtomicBool>,
    ) -> Result<impl GracefulConnection<Error = BoxError> + use<>, BoxError> {
        let stream = TcpStream::from_std(stream)?;
        // Answers are small and whole: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let stream = Patient::new(stream, self.door.grpc.config.write_stall_max());
        let stream = match &self.tls {
            None => Either::Left(stream),
            Some(tls) => Either::Right(tls.accept(stream).await?),
        };
        Ok(self.connection(peer, stream, began))
    }

    fn connection<S>(
        &self,
        peer: IpAddr,
        stream: S,
        began: Arc<AtomicBool>,
    ) -> impl GracefulConnection<Error = BoxError> + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let cross_origin = cross_origin(&self.door.grpc.config.cors_origins);
        let strict = self.tls.as_ref().and_then(|tls| tls.strict());
        let door = Arc::clone(&self.door);
        let answer = service_fn(move |request: Request<Incoming>| {
            began.store(true, Ordering::Relaxed);
            let door = Arc::clone(&door);
            async move { Ok::<_, Infallible>(door.answer_counted(peer, request).await) }
        });
        let compressing = ServiceBuilder::new()
            .map_response(|response: Response<_>| response.map(Body::new))
            // Outside of compression: what was compressed says so in its tag.
            .map_response(weaken)
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressible()))
            .service(answer.clone());
        // A call is never compressed here, and its stream would keep room for it as long as it lasts.
        let answer = service_fn(move |request: Request<Incoming>| match Protocol::named(request.headers()) {
            Some(_) => Either::Left(answer.clone().oneshot(request)),
            None => Either::Right(compressing.clone().oneshot(request)),
        });
        let service = ServiceBuilder::new()
            // Outermost: nothing leaves without it, preflights neither.
            .map_response(secure)
            .map_response(move |response| tls::keep_to(response, strict.as_ref()))
            .option_layer(cross_origin)
            .service(answer);
        let io = TokioIo::new(Wire::new(stream));
        // In a box that is given back with the answer's head: each stream's task would keep room for it until its last frame.
        let service = hyper::service::service_fn(move |request| Box::pin(service.clone().oneshot(request)));
        self.builder.serve_connection(io, service).into_owned()
    }
}
