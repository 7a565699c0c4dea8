//! How the kit and the services reach Redis: its address, which may hold a password, and connections that wait for nothing
//! for ever. One Redis or a cluster of them: whoever has a [`Link`] needs to know no more than that keys which are used
//! together must be in one slot (the part of their names in braces).

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::{ClusterClient, ClusterConfig},
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
};
use secrecy::{ExposeSecret as _, SecretString};

/// What the URL of a cluster begins with; after it come some of its nodes, between commas.
const CLUSTER: &str = "redis-cluster://";

/// Redis's address makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("must read redis://host:port/number, or redis-cluster://host:port,host:port for a cluster: {0}")]
pub struct MalformedUrl(RedisError);

/// Where a Redis or a cluster of them is. Cheap to clone.
#[derive(Clone)]
pub enum Client {
    /// One Redis.
    One(redis::Client),
    /// A cluster.
    Cluster(Box<ClusterClient>),
}

/// A connection. Cheap to clone; clones share it.
#[derive(Clone)]
pub enum Link {
    /// To one Redis.
    One(MultiplexedConnection),
    /// To every node of a cluster.
    Cluster(ClusterConnection),
}

/// A node that has keys of its own; `None` for the only one.
pub type Node = Option<(String, u16)>;

/// Makes connections for a pool.
#[derive(Debug, Clone)]
pub struct Links {
    client: Client,
    answer_max: Duration,
}

// === impl Client ===

impl Client {
    /// The Redis at `url`. Connects to nothing yet.
    pub fn open(url: &SecretString) -> Result<Self, MalformedUrl> {
        let url = url.expose_secret();
        let client = match url.strip_prefix(CLUSTER) {
            Some(nodes) => ClusterClient::new(nodes_of(nodes)).map(Box::new).map(Self::Cluster),
            None => redis::Client::open(url).map(Self::One),
        };
        client.map_err(MalformedUrl)
    }

    /// A connection that is made within `connect_max`, and whose commands are answered within `answer_max`.
    pub async fn connect(&self, connect_max: Duration, answer_max: Duration) -> Result<Link, RedisError> {
        match self {
            Self::One(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(connect_max))
                    .set_response_timeout(Some(answer_max));
                client.get_multiplexed_async_connection_with_config(&config).await.map(Link::One)
            }
            Self::Cluster(client) => {
                let config = ClusterConfig::new().set_connection_timeout(connect_max).set_response_timeout(answer_max);
                // Each node in time, one after the other, is not yet all of them in time.
                let connecting = client.get_async_connection_with_config(config);
                let late = |_| RedisError::from((ErrorKind::Io, "no node of the cluster answers"));
                tokio::time::timeout(connect_max.saturating_mul(2), connecting).await.map_err(late)?.map(Link::Cluster)
            }
        }
    }
}

impl std::fmt::Debug for Client {
    /// Without the address: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::One(_) => "One Redis",
            Self::Cluster(_) => "A cluster of Redis",
        })
    }
}

/// `user:password@host:port,host:port` as one URL a node: each has the same password.
fn nodes_of(nodes: &str) -> Vec<String> {
    let (who, hosts) = nodes.rsplit_once('@').map_or(("", nodes), |(who, hosts)| (who, hosts));
    let at = if who.is_empty() { "" } else { "@" };
    hosts.trim_end_matches('/').split(',').map(|host| format!("redis://{who}{at}{host}")).collect()
}

// === impl Link ===

impl Link {
    /// Every node that has keys of its own.
    pub async fn nodes(&mut self) -> Result<Vec<Node>, RedisError> {
        let Self::Cluster(cluster) = self else { return Ok(vec![None]) };
        // Of each range: from, to, its primary (host, port and more), its replicas.
        let ranges: Vec<Vec<Value>> = redis::cmd("CLUSTER").arg("SLOTS").query_async(cluster).await?;
        let primaries = ranges.into_iter().filter_map(|range| range.into_iter().nth(2));
        let primaries = primaries.map(redis::from_redis_value::<Vec<Value>>).collect::<Result<Vec<_>, _>>()?;
        let nodes = primaries.into_iter().map(|mut primary| {
            primary.truncate(2);
            redis::from_redis_value(Value::Array(primary)).map(Some)
        });
        let mut nodes: Vec<Node> = nodes.collect::<Result<_, _>>()?;
        nodes.sort_unstable();
        nodes.dedup();
        Ok(nodes)
    }

    /// Asks one node what concerns it alone.
    pub async fn ask_node(&mut self, node: &Node, command: Cmd) -> Result<Value, RedisError> {
        match (self, node) {
            (Self::Cluster(cluster), Some((host, port))) => {
                let there = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
                cluster.route_command(command, RoutingInfo::SingleNode(there)).await
            }
            (link, _) => link.req_packed_command(&command).await,
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(one) => one.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(one) => one.req_packed_commands(commands, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(one) => one.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}

// === impl Links ===

impl Links {
    /// To the Redis at `url`, each made and each command answered within `answer_max`. Connects to nothing yet.
    pub fn to(url: &SecretString, answer_max: Duration) -> Result<Self, MalformedUrl> {
        Ok(Self { client: Client::open(url)?, answer_max })
    }
}

impl bb8::ManageConnection for Links {
    type Connection = Link;
    type Error = RedisError;

    async fn connect(&self) -> Result<Link, RedisError> {
        self.client.connect(self.answer_max, self.answer_max).await
    }

    /// The only way to know that a connection broke.
    async fn is_valid(&self, link: &mut Link) -> Result<(), RedisError> {
        redis::cmd("PING").exec_async(link).await
    }

    fn has_broken(&self, _: &mut Link) -> bool {
        false
    }
}

/// A client of the Redis at `url`, where there is one. Connects to nothing yet.
pub(crate) fn client(url: Option<&SecretString>) -> Result<Option<Client>, MalformedUrl> {
    url.map(Client::open).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_by_some_of_its_nodes() {
        assert_eq!(nodes_of("a:1,b:2"), ["redis://a:1", "redis://b:2"]);
        assert_eq!(nodes_of("u:p@a:1,b:2/"), ["redis://u:p@a:1", "redis://u:p@b:2"]);
        let open = |url: &str| Client::open(&url.to_owned().into());
        assert!(matches!(open("redis-cluster://a:1,b:2"), Ok(Client::Cluster(_))));
        assert!(matches!(open("redis://a:1/3"), Ok(Client::One(_))));
        let shown = format!("{:?} {:?}", open("http://:hush@a"), open("redis://:hush@a:1"));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
