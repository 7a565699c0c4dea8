//! Channels to other services: lazy, bounded in time.

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
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_MAX)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_ANSWER_MAX)
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}
