//! `Search`: a page of events, from the cache where it has them.

use std::time::Duration;

use tonic::Request;
use usher::contract::search::{SearchRequest, SearchResponse};

use super::{Searches, decode, encode};
use crate::{error::Error, find::find, store::tickets};

pub async fn handle(service: &Searches, request: Request<SearchRequest>) -> Result<SearchResponse, Error> {
    let search = decode::search(request.into_inner())?;
    let key = search.key();
    if let Some(kept) = service.cache.get(&key).await {
        return Ok(kept);
    }
    let page = search.page;
    let read = service.database.read(move |conn| {
        let search = search.clone();
        Box::pin(async move {
            let (found, _) = find(conn, &search).await?;
            let ids: Vec<_> = found.events.iter().map(|event| event.id).collect();
            let left = tickets::count_free(conn, &ids).await?;
            Ok((found, left))
        })
    });
    let (found, left) = match read.await {
        Ok(read) => read,
        Err(error @ Error::Refused(_)) => return Err(error),
        Err(Error::Database(error)) => {
            tracing::warn!(%error, "not searched");
            return Ok(encode::later(page, Duration::from_secs(1)));
        }
    };
    let answer = encode::found(&found, |id| Some(left.get(&id).copied().unwrap_or(0)), page);
    service.cache.put(&key, &answer).await;
    Ok(answer)
}
