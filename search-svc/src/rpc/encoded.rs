//! `Search`, whose answers are encoded once for all who ask the same: sent as they are. All else goes to the generated
//! service.

use std::sync::Arc;

use tonic::{
    Response,
    body::Body,
    codegen::{Service as _, http},
};
use usher::{
    contract::search::search_service_server::SearchServiceServer,
    encoded::{self, Answering, Before},
};

use super::{Searches, search};

const SEARCH: &str = "/usher.search.v1.SearchService/Search";

type Generated = SearchServiceServer<Searches>;

/// The contract's service.
pub fn service(
    searches: Searches,
) -> Before<Generated, impl Fn(&mut Generated, http::Request<Body>) -> Answering + Clone> {
    let searches = Arc::new(searches);
    Before::new(Generated::from_arc(Arc::clone(&searches)), move |generated, request| {
        if request.uri().path() != SEARCH {
            return generated.call(request);
        }
        let searches = Arc::clone(&searches);
        Box::pin(async move {
            let handle = |question| async move { Ok(Response::new(search::handle(&searches, question).await?)) };
            Ok(encoded::unary(request, handle).await)
        })
    })
}
