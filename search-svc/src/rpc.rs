//! The contract's service; delegates only.

mod decode;
pub mod encode;
mod search;
mod suggest;

use std::time::Duration;

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
        Ok(Response::new(search::handle(self, request).await?))
    }

    async fn suggest(&self, request: Request<SuggestRequest>) -> Result<Response<SuggestResponse>, Status> {
        Ok(Response::new(suggest::handle(self, request).await?))
    }
}
