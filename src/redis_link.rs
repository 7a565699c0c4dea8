//! How the kit reaches Redis: its address, which may hold a password, and a connection that waits for nothing for ever.

use std::time::Duration;

use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use secrecy::{ExposeSecret as _, SecretString};

/// Redis's address makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("must read redis://host:port/number: {0}")]
pub struct MalformedUrl(RedisError);

/// A client of the Redis at `url`, where there is one. Connects to nothing yet.
pub(crate) fn client(url: Option<&SecretString>) -> Result<Option<Client>, MalformedUrl> {
    url.map(|url| Client::open(url.expose_secret())).transpose().map_err(MalformedUrl)
}

/// A connection that is made within `connect_max`, and whose commands are answered within `answer_max`.
pub(crate) async fn connect(
    client: &Client,
    connect_max: Duration,
    answer_max: Duration,
) -> Result<MultiplexedConnection, RedisError> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(connect_max)).set_response_timeout(Some(answer_max));
    client.get_multiplexed_async_connection_with_config(&config).await
}
