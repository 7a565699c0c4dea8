//! Those who search: through search-svc, always for the same, and for the bytes of its answer in Redis, without it.

use futures::future::try_join_all;
use redis::{AsyncCommands as _, Client, aio::MultiplexedConnection};
use tonic::codegen::Bytes;
use usher::contract::search::{SearchRequest, SearchResponse};

use crate::{
    error::Error,
    line::{Line, Rpc},
    load::Answer,
};

/// The RPC.
pub const PATH: &str = "/usher.search.v1.SearchService/Search";
/// A word of the house's only theatre: every event is found.
const QUERY: &str = "bench";
/// How many events a page has.
const PAGE: usize = 30;
/// Where the answer is kept in Redis for those who go there themselves.
const KEY: &str = "bench:search";

/// The connections of those who search.
pub struct Searchers {
    lines: Vec<Line>,
    search: Rpc,
    redis: Vec<MultiplexedConnection>,
    question: Bytes,
    bytes: usize,
}

impl Searchers {
    /// So many connections to search-svc at `url`, and as many to Redis.
    pub async fn new(url: &str, redis: &str, connections: u16) -> Result<Self, Error> {
        let request = SearchRequest { query: Some(QUERY.to_owned()), ..SearchRequest::default() };
        let question: Bytes = prost::Message::encode_to_vec(&request).into();
        let lines = (0..connections.max(1)).map(|_| Line::new(url)).collect::<Result<Vec<_>, _>>()?;
        let search = Rpc::new(&lines[0], PATH)?;
        let answer = lines[0].ask(&search, None, &question).await;
        let answer = answer.map_err(|status| Error::Search(Box::new(status)))?;
        let found: SearchResponse =
            prost::Message::decode(answer.clone()).map_err(|error| Error::Count(error.to_string()))?;
        if found.events.len() < PAGE {
            return Err(Error::Count(format!(
                "a search found {} events, and not a page of {PAGE}",
                found.events.len()
            )));
        }
        let client = Client::open(redis)?;
        let connecting = (0..connections).map(|_| client.get_multiplexed_async_connection());
        let redis = try_join_all(connecting).await?;
        let () = redis[0].clone().set(KEY, &answer[..]).await?;
        Ok(Self { lines, search, redis, question, bytes: answer.len() })
    }

    /// How many bytes the answer has.
    pub const fn answer_bytes(&self) -> usize {
        self.bytes
    }

    /// Searches. What is found changes with what is sold; an answer without any events would be shorter by far.
    pub async fn search(&self, caller: usize) -> Answer {
        match self.lines[caller % self.lines.len()].ask(&self.search, None, &self.question).await {
            Ok(answer) if answer.len() * 2 > self.bytes => Answer::Good,
            Ok(answer) => Answer::Failed(format!("{} bytes instead of some {}", answer.len(), self.bytes)),
            Err(status) => status.into(),
        }
    }

    /// Gets the answer from Redis.
    pub async fn redis_get(&self, caller: usize) -> Answer {
        let mut redis = self.redis[caller % self.redis.len()].clone();
        match redis.get::<_, Vec<u8>>(KEY).await {
            Ok(answer) if answer.len() == self.bytes => Answer::Good,
            Ok(answer) => Answer::Failed(format!("{} bytes instead of {}", answer.len(), self.bytes)),
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}
