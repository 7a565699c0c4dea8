//! One connection to one address, as generators of load, the launcher and tests want it. Services take [`super::Channel`].

use std::time::Duration;

use tonic::transport::{Channel, Endpoint, Error};

/// How long a connection may take to come up before the call that waits for it fails.
const CONNECT_MAX: Duration = Duration::from_secs(1);
/// A peer that is gone without a word is noticed after this and [`KEEPALIVE_ANSWER_MAX`].
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
/// How long a peer may take to answer a ping.
const KEEPALIVE_ANSWER_MAX: Duration = Duration::from_secs(5);

/// A channel to the service at `url` (`http://host:port`). It connects with its first call and reconnects by itself;
/// only a malformed `url` is an error here.
pub fn lazy(url: &str) -> Result<Channel, Error> {
    Ok(endpoint(url)?.connect_lazy())
}

/// The most streams of a channel of [`lazy_for_streams`]: half of what a server takes on one connection.
pub const STREAMS_MAX: u32 = 512;
/// What is on its way of one stream at most, in bytes.
pub(super) const STREAM_WINDOW: u32 = 65_535;
/// What all of them may leave unread together.
pub(super) const STREAMS_WINDOW: u32 = STREAM_WINDOW * STREAMS_MAX;

/// As [`lazy`], for streams that last. Each may be read as slowly as its own reader likes: the connection has room for
/// what all of [`STREAMS_MAX`] leave unread, so that none holds up the others.
pub fn lazy_for_streams(url: &str) -> Result<Channel, Error> {
    let endpoint = endpoint(url)?.initial_stream_window_size(STREAM_WINDOW);
    Ok(endpoint.initial_connection_window_size(STREAMS_WINDOW).connect_lazy())
}

fn endpoint(url: &str) -> Result<Endpoint, Error> {
    Ok(Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_MAX)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_ANSWER_MAX)
        .keep_alive_while_idle(true))
}
