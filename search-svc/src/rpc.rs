//! The contract's service; delegates only.

mod decode;
mod encode;
mod search;
mod suggest;

use tonic::{Request, Response, Status, async_trait};
use usher::{
    contract::search::{
        SearchRequest, SearchResponse, SuggestRequest, SuggestResponse, search_service_server::SearchService,
    },
    database::Database,
};

use crate::cache::Cache;

/// What the RPC works with.
pub struct Searches {
    pub(crate) database: Database,
    pub(crate) cache: Cache,
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
