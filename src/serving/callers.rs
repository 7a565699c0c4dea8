//! Which part of Usher may call which RPC, where they prove who they are: the edge all, others what the contract says
//! (`usher.access.v1.callers`). Health and reflection are for every part. Who the user is, is asked further in.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::Either;
use tonic::{
    Status,
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};
use tower::Layer;

use super::incoming::Part;
use crate::{
    reason::{Reason, Refusal},
    rpcs,
};

/// Who may call everything.
const EDGE: &str = "edge-proxy";
const FOR_EVERY_PART: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// Asks, where `are_known` says that callers prove who they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallersLayer {
    pub(super) are_known: bool,
}

impl<S> Layer<S> for CallersLayer {
    type Service = Callers<S>;

    fn layer(&self, inner: S) -> Callers<S> {
        Callers { inner, are_known: self.are_known }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Callers<S> {
    inner: S,
    are_known: bool,
}

impl<S> Service<Request<Body>> for Callers<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if !self.are_known {
            return Either::Right(self.inner.call(request));
        }
        let caller = request.extensions().get::<Arc<Part>>().map(|part| part.0.service.as_str()).unwrap_or_default();
        if may_call(caller, request.uri().path()) {
            return Either::Right(self.inner.call(request));
        }
        tracing::warn!(caller, path = request.uri().path(), "a part of Usher calls what it may not");
        let refusal = Refusal::new(Reason::Forbidden, "this part of Usher may not call this").with("caller", caller);
        Either::Left(ready(Ok(Status::from(refusal).into_http())))
    }
}

fn may_call(caller: &str, path: &str) -> bool {
    let named = || rpcs::find(path).is_some_and(|rpc| rpc.callers.iter().any(|named| named == caller));
    caller == EDGE || named() || (!caller.is_empty() && FOR_EVERY_PART.iter().any(|open| path.starts_with(open)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_may_call_what_the_contract_says() {
        let (reserve, keys) = ("/usher.booking.v1.BookingService/Reserve", "/usher.account.v1.AccountService/GetJwks");
        assert!(may_call("edge-proxy", reserve) && may_call("edge-proxy", keys));
        assert!(may_call("booking-svc", keys) && may_call("event-svc", keys));
        for (caller, path) in [
            ("booking-svc", "/usher.account.v1.AccountService/LogIn"),
            ("event-svc", reserve),
            ("search-svc", keys),
            ("", keys),
            ("", "/grpc.health.v1.Health/Check"),
            ("payment-sandbox", "/made.up/Path"),
        ] {
            assert!(!may_call(caller, path), "{caller} {path}");
        }
        assert!(may_call("search-svc", "/grpc.health.v1.Health/Check"));
    }
}
