//! The feed of what changes at seats: one Redis stream, written after commit and read by whoever shows seats. It is no
//! truth and stops nobody: without Redis it is silent, and its readers, who are told so, read the database instead.

mod follower;
mod publisher;

pub use follower::{Follower, Heard};
pub use publisher::Publisher;

pub use crate::redis_link::MalformedUrl;

use std::time::Duration;

use clap::Args;
use redis::RedisError;
use secrecy::SecretString;

use crate::redis_link::{self, Client, Link};

/// How long Redis may take to let somebody in, or to take an entry. Nobody waits for it but the feed's own tasks.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How long to leave Redis alone after a failure.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// The one field of an entry of the stream: a `usher.feed.v1.Entry`.
const FIELD: &str = "e";

/// Where the feed is.
#[derive(Debug, Clone, Args)]
pub struct FeedConfig {
    /// Where Redis is: `redis://host:port/number`, or `redis-cluster://host:port,host:port`. While it is down, or without it,
    /// changes are seen about a second later.
    #[arg(long, env, hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// The Redis stream that tells what changes at seats. The services of one mesh name the same.
    #[arg(long, env, default_value = "usher:seats")]
    pub seat_feed: String,
}

impl FeedConfig {
    fn client(&self) -> Result<Option<Client>, MalformedUrl> {
        redis_link::client(self.redis_url.as_ref())
    }
}

/// A connection whose commands are answered within `answer_max`.
async fn connect(client: &Client, answer_max: Duration) -> Result<Link, RedisError> {
    client.connect(ANSWER_MAX, answer_max).await
}
