//! `Suggest`: how what is being typed may go on.

use tonic::Request;
use usher::contract::search::{SuggestRequest, SuggestResponse};

use super::{RETRY_AFTER, Searches, decode, encode};
use crate::error::Error;

pub async fn handle(service: &Searches, request: Request<SuggestRequest>) -> Result<SuggestResponse, Error> {
    let typed = decode::typed(request.get_ref())?;
    Ok(service.suggestions.suggest(&typed).await.map_or_else(
        |error| {
            tracing::warn!(%error, "nothing is suggested");
            encode::suggestions_later(RETRY_AFTER)
        },
        |suggestions| encode::suggestions(&suggestions),
    ))
}
