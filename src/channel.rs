//! Channels to other services. One [`Channel`] leads to all instances of a service that can be reached: addresses are looked
//! up again and again, calls go around among those that serve, and what fails for a reason of the way is sent again where
//! that is safe. Knows no service by name, and nothing of what is said.

mod bound;
mod breaker;
mod call;
mod config;
mod connection;
mod direct;
mod endpoint;
mod exclusion;
mod health;
mod line;
mod lines;
mod metrics;
mod peer;
mod request;
mod resolver;
mod ring;
mod target;
#[cfg(test)]
mod tests;

pub use config::ChannelConfig;
pub use direct::{STREAMS_MAX, lazy, lazy_for_streams};
pub use lines::use_line;
pub use target::{MalformedTarget, Target};

use std::{
    convert::Infallible,
    future::ready,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio_util::task::AbortOnDropHandle;
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};

use crate::tls::Mutual;
use peer::Peer;

/// A way to a service, over all of its instances. Cheap to clone; its work ends with the last clone.
#[derive(Debug, Clone)]
pub struct Channel {
    peer: Arc<Peer>,
    _work: Arc<AbortOnDropHandle<()>>,
}

impl Channel {
    /// A channel to the service `name` (`booking-svc`) at `target`, whose health is asked for as `service` (its gRPC name).
    /// With `tls` it is called only where it proves to be `name`.
    /// Connects to nothing yet. In a runtime only: it looks after its connections by itself.
    #[must_use]
    pub fn new(
        name: &'static str,
        service: &'static str,
        target: &Target,
        config: &ChannelConfig,
        tls: Option<&Mutual>,
    ) -> Self {
        let peer = Arc::new(Peer::new(name, service, target.clone(), config, tls.cloned()));
        let work = tokio::spawn(look_after(Arc::clone(&peer)));
        Self { peer, _work: Arc::new(AbortOnDropHandle::new(work)) }
    }
}

async fn look_after(peer: Arc<Peer>) {
    tokio::join!(resolver::follow(&peer), health::watch(&peer));
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    /// What goes wrong on the way is answered as a status, as a service would.
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if let Some(refusal) = call::turned_away(&self.peer) {
            return Box::pin(ready(Ok(refusal)));
        }
        let peer = Arc::clone(&self.peer);
        Box::pin(async move { Ok(call::answer(&peer, request).await) })
    }
}
