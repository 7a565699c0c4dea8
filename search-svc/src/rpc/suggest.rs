//! `Suggest`: how what is being typed may go on.

use std::time::Duration;

use tonic::Request;
use usher::contract::search::{SuggestRequest, SuggestResponse};

use super::{Searches, decode, encode};
use crate::{error::Error, find};

pub async fn handle(service: &Searches, request: Request<SuggestRequest>) -> Result<SuggestResponse, Error> {
    let typed = decode::typed(request.get_ref())?;
    let read = service.database.read(move |conn| {
        let typed = typed.clone();
        Box::pin(async move { find::suggest(conn, &typed).await })
    });
    match read.await {
        Ok(suggestions) => Ok(encode::suggestions(suggestions)),
        Err(error @ Error::Refused(_)) => Err(error),
        Err(Error::Database(error)) => {
            tracing::warn!(%error, "nothing suggested");
            Ok(encode::suggestions_later(Duration::from_secs(1)))
        }
    }
}
