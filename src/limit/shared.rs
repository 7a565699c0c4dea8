//! Tells Redis what was used here, and hears what was used everywhere: many debtors in one trip, one trip at a time.

use std::time::Duration;

use clap::Args;
use redis::RedisError;
use secrecy::SecretString;
use tokio::{sync::mpsc, time::sleep};

use super::ledger::{Key, Limiter};
use crate::redis_link::{self, Client, Link, MalformedUrl};

/// How long what was used here gathers before others hear of it.
const GATHER: Duration = Duration::from_millis(20);
/// How many debtors one trip tells of.
const BATCH_MAX: usize = 512;
/// In how many groups debtors are told, each with a call of its own: a cluster's nodes share them.
const GROUPS: u8 = 16;
/// How long Redis may take. Nobody waits for it but this task.
const ANSWER_MAX: Duration = Duration::from_millis(500);
/// How long to leave Redis alone after a failure.
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// For each key, until when something is owed, in microseconds of Redis's clock: the only one that all processes share.
/// Answers what is owed now. A key is gone as soon as nothing is owed.
const SCRIPT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed = {}
for i, key in ipairs(KEYS) do
    local until_then = math.max(now, tonumber(redis.call('GET', key)) or now) + tonumber(ARGV[i])
    local debt = math.max(0, until_then - now)
    if debt > 0 then
        redis.call('SET', key, string.format('%.0f', until_then), 'PX', math.ceil(debt / 1000))
    else
        redis.call('DEL', key)
    end
    owed[i] = debt
end
return owed";

/// Where the processes of a service meet.
#[derive(Debug, Clone, Args)]
pub struct SharedConfig {
    /// Where Redis is: `redis://host:port/number`, or `redis-cluster://host:port,host:port`. Through it all processes keep
    /// the same limits; while it is down, or without it, each keeps them by itself.
    #[arg(long, env, hide_env_values = true)]
    pub redis_url: Option<SecretString>,
}

impl SharedConfig {
    pub(super) fn client(&self) -> Result<Option<Client>, MalformedUrl> {
        redis_link::client(self.redis_url.as_ref())
    }
}

/// Tells until nobody is left who could owe anything.
pub(super) async fn tell(client: Client, mut queue: mpsc::Receiver<Key>, book: Limiter) {
    let (mut conn, mut waiting) = (None, Vec::new());
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let told: Vec<_> = waiting.drain(..).filter_map(|key| Some((key, book.untold(key)?))).collect();
        match exchange(&client, &mut conn, &told).await {
            Ok(owed) => {
                metrics::gauge!("limits_shared").set(1.0);
                told.iter().zip(owed).for_each(|((key, _), owed)| book.learn(*key, owed));
                sleep(GATHER).await;
            }
            // What was told may have arrived or not. It is not told again: this process knows of it in any case.
            Err(error) => {
                if conn.take().is_some() {
                    tracing::warn!(%error, "Redis is out of reach: each process keeps its limits by itself");
                }
                metrics::gauge!("limits_shared").set(0.0);
                metrics::counter!("limits_shared_failures_total").increment(1);
                sleep(RETRY_EVERY).await;
            }
        }
    }
}

/// Answers what each of them owes, in their order.
async fn exchange(client: &Client, conn: &mut Option<Link>, told: &[(Key, i64)]) -> Result<Vec<u64>, RedisError> {
    let conn = match conn {
        Some(conn) => conn,
        none => none.insert(client.connect(ANSWER_MAX, ANSWER_MAX).await?),
    };
    let calls = (0..GROUPS).map(|group| {
        let members: Vec<_> = told.iter().enumerate().filter(|(_, (key, _))| group_of(*key) == group).collect();
        let mut conn = conn.clone();
        async move {
            if members.is_empty() {
                return Ok(Vec::new());
            }
            let mut script = redis::cmd("EVAL");
            script.arg(SCRIPT).arg(members.len());
            for (_, (key, _)) in &members {
                script.arg(name(*key));
            }
            for (_, (_, micros)) in &members {
                script.arg(micros);
            }
            let owed: Vec<u64> = script.query_async(&mut conn).await?;
            Ok::<_, RedisError>(members.into_iter().map(|(n, _)| n).zip(owed).collect())
        }
    });
    let mut owed: Vec<_> = futures::future::try_join_all(calls).await?.into_iter().flatten().collect();
    owed.sort_unstable_by_key(|&(n, _)| n);
    Ok(owed.into_iter().map(|(_, owed)| owed).collect())
}

const fn group_of(key: Key) -> u8 {
    key.0[0] % GROUPS
}

/// The braces keep a group on one node of a cluster, as a script needs it.
fn name(key: Key) -> String {
    format!("usher:limit:{{{}}}:{}", group_of(key), data_encoding::HEXLOWER.encode(&key.0))
}
