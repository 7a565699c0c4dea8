//! The feed of what changes at seats: one Redis stream, written after commit and read by whoever shows seats. It is no
//! truth and stops nobody: without Redis it is silent, and its readers, who are told so, read the database instead.

mod follower;
mod publisher;

pub use follower::{Follower, Heard};
pub use publisher::Publisher;

use std::time::Duration;

use clap::Args;
use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use secrecy::{ExposeSecret as _, SecretString};

/// How long Redis may take to let somebody in, or to take an entry. Nobody waits for it but the feed's own tasks.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How long to leave Redis alone after a failure.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// The one field of an entry of the stream: a `usher.feed.v1.Entry`.
const FIELD: &str = "e";

/// Where the feed is.
#[derive(Debug, Clone, Args)]
pub struct FeedConfig {
    /// Where Redis is: `redis://host:port/number`. While it is down, or without it, changes are seen about a second later.
    #[arg(long, env, hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// The Redis stream that tells what changes at seats. The services of one mesh name the same.
    #[arg(long, env, default_value = "usher:seats")]
    pub seat_feed: String,
}

/// Redis's address makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("must read redis://host:port/number: {0}")]
pub struct MalformedUrl(RedisError);

impl FeedConfig {
    fn client(&self) -> Result<Option<Client>, MalformedUrl> {
        self.redis_url.as_ref().map(|url| Client::open(url.expose_secret())).transpose().map_err(MalformedUrl)
    }
}

/// A connection whose commands are answered within `answer_max`.
async fn connect(client: &Client, answer_max: Duration) -> Result<MultiplexedConnection, RedisError> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(ANSWER_MAX)).set_response_timeout(Some(answer_max));
    client.get_multiplexed_async_connection_with_config(&config).await
}
