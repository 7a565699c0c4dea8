//! `Search`, whose answers are encoded once for all who ask the same: sent as they are. All else goes to the generated
//! service.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tonic::{
    Response,
    body::Body,
    codegen::{Service, http},
    server::NamedService,
};
use usher::{contract::search::search_service_server::SearchServiceServer, encoded};

use super::{Searches, search};

const SEARCH: &str = "/usher.search.v1.SearchService/Search";

/// The contract's service.
#[derive(Clone)]
pub struct EncodedService {
    searches: Arc<Searches>,
    generated: SearchServiceServer<Searches>,
}

impl EncodedService {
    /// Serves `searches`.
    pub fn new(searches: Searches) -> Self {
        let searches = Arc::new(searches);
        Self { generated: SearchServiceServer::from_arc(Arc::clone(&searches)), searches }
    }
}

impl NamedService for EncodedService {
    const NAME: &'static str = <SearchServiceServer<Searches> as NamedService>::NAME;
}

impl Service<http::Request<Body>> for EncodedService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path() != SEARCH {
            return self.generated.call(request);
        }
        let searches = Arc::clone(&self.searches);
        Box::pin(async move {
            let handle = |question| async move { Ok(Response::new(search::handle(&searches, question).await?)) };
            Ok(encoded::unary(request, handle).await)
        })
    }
}
