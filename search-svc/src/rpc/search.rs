//! `Search`: a page of events; while there is none to be had, when to ask again.

use tonic::Request;
use usher::{contract::search::SearchRequest, encoded::Encoded};

use super::{RETRY_AFTER, Searches, decode, encode};
use crate::error::Error;

pub async fn handle(service: &Searches, request: Request<SearchRequest>) -> Result<Encoded, Error> {
    let search = decode::search(request.into_inner())?;
    Ok(service.answers.answer(&search).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "a search is not answered");
        metrics::counter!("search_answers_total", "from" => "nowhere").increment(1);
        Encoded::of(&encode::later(search.page, RETRY_AFTER))
    }))
}
