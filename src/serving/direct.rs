//! The way past the router: what is asked of the service itself, nearly every call, goes straight to it.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use futures::future::Either;
use tonic::{
    body::Body,
    codegen::{Service, http},
    server::NamedService,
};
use tower::Layer;

/// Answers for `S` what is asked of it; health, reflection and paths that nobody knows are the router's, which looks a
/// path up in a tree and puts each call into several boxes.
#[derive(Clone)]
pub(super) struct DirectLayer<S>(S);

impl<S> DirectLayer<S> {
    pub(super) const fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S: Clone, R> Layer<R> for DirectLayer<S> {
    type Service = Direct<S, R>;

    fn layer(&self, router: R) -> Direct<S, R> {
        Direct { service: self.0.clone(), router }
    }
}

#[derive(Clone)]
pub(super) struct Direct<S, R> {
    service: S,
    router: R,
}

impl<S, R> Service<http::Request<Body>> for Direct<S, R>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + NamedService,
    R: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, R::Future>;

    /// Both are always ready: neither has a queue.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self.service.poll_ready(context) {
            Poll::Ready(Ok(())) => self.router.poll_ready(context),
            other => other,
        }
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match is_of::<S>(request.uri().path()) {
            true => Either::Left(self.service.call(request)),
            false => Either::Right(self.router.call(request)),
        }
    }
}

/// Whether `path` is `/` and the service's name, and an RPC's behind it.
fn is_of<S: NamedService>(path: &str) -> bool {
    path.strip_prefix('/').and_then(|path| path.strip_prefix(S::NAME)).is_some_and(|rpc| rpc.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seats;

    impl NamedService for Seats {
        const NAME: &'static str = "usher.Seats";
    }

    #[test]
    fn a_path_is_the_service_s_by_its_whole_name() {
        assert!(is_of::<Seats>("/usher.Seats/Reserve"));
        for other in ["/usher.SeatsOf/Reserve", "/usher.Seats", "usher.Seats/Reserve", "/", ""] {
            assert!(!is_of::<Seats>(other), "{other}");
        }
    }
}
