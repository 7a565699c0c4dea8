//! The contract's service; delegates only.

mod decode;
pub mod encode;
mod encoded;
mod search;
mod suggest;

pub use encoded::service;

use std::time::Duration;

use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};
use usher::contract::search::{
    SearchRequest, SearchResponse, SuggestRequest, SuggestResponse, search_service_server::SearchService,
};

use crate::{answers::Answers, suggestions::Suggestions};

/// When to ask again what can't be answered now: most outages are over sooner or much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the RPC works with.
pub struct Searches {
    pub(crate) answers: Answers,
    pub(crate) suggestions: Suggestions,
}

#[async_trait]
impl SearchService for Searches {
    async fn search(&self, request: Request<SearchRequest>) -> Result<Response<SearchResponse>, Status> {
        // Not asked: `encoded` answers this, with the same bytes undecoded.
        let encoded = search::handle(self, request).await?;
        SearchResponse::decode(encoded.message())
            .map(Response::new)
            .map_err(|error| Status::internal(error.to_string()))
    }

    async fn suggest(&self, request: Request<SuggestRequest>) -> Result<Response<SuggestResponse>, Status> {
        Ok(Response::new(suggest::handle(self, request).await?))
    }
}
