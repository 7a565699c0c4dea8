//! `Search`: a page of upcoming events, from the cache where it has them.

use tonic::Request;
use usher::contract::search::{SearchRequest, SearchResponse};

use super::{Searches, decode, encode};
use crate::{error::Error, find::find};

pub async fn handle(service: &Searches, request: Request<SearchRequest>) -> Result<SearchResponse, Error> {
    let search = decode::search(request.into_inner())?;
    let key = search.key();
    if let Some(kept) = service.cache.get(&key).await {
        return Ok(kept);
    }
    let page = search.page;
    let found = find(&service.database, search).await?;
    let answer = encode::found(found, page);
    service.cache.put(&key, &answer).await;
    Ok(answer)
}
