//! Asks each instance, again and again, whether it serves (`grpc.health.v1`). Asked and not watched: an instance that hangs
//! says nothing, on a stream neither, and that the answer does not come is what tells.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::join_all;
use http_body_util::BodyExt as _;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic::{
    Code,
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::{
    endpoint::{Endpoint, Health},
    line::Broken,
    peer::Peer,
    request::addressed,
};

/// So many answers in a row may be missing: a busy machine is not a dead one.
const MISSED_MAX: u32 = 2;
/// Where so many are missing of every instance, the service is refused: it can't be merely busy.
const SILENT_AFTER_MISSED: u32 = 5;
const _: () = assert!(SILENT_AFTER_MISSED > MISSED_MAX);

/// Asks for ever.
pub(super) async fn watch(peer: &Peer) {
    let mut ticks = interval(peer.config.check_every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        join_all(peer.known().iter().map(|endpoint| check(peer, endpoint))).await;
        peer.sort_out();
        peer.refuse_the_silent(SILENT_AFTER_MISSED);
    }
}

async fn check(peer: &Peer, endpoint: &Arc<Endpoint>) {
    endpoint.tidy();
    let mut health = HealthClient::new(Straight(Arc::clone(endpoint)));
    let question = HealthCheckRequest { service: peer.service.to_owned() };
    let answer = timeout(peer.config.check_every(), health.check(question)).await;
    let said = match answer {
        Ok(Ok(answer)) if answer.get_ref().status == i32::from(ServingStatus::Serving) => Health::Serving,
        Ok(Ok(_)) => Health::NotServing,
        Ok(Err(status)) => match status.code() {
            // It has no health service, and answers.
            Code::Unimplemented => Health::Serving,
            _ => Health::NotServing,
        },
        Err(_) if endpoint.missed() < MISSED_MAX => return,
        Err(_) => Health::Silent,
    };
    if said != Health::Silent {
        endpoint.not_missed();
    }
    note(peer, endpoint, said);
}

fn note(peer: &Peer, endpoint: &Endpoint, said: Health) {
    let before = endpoint.set_health(said);
    if said == Health::Serving && peer.breaker.answered() {
        peer.metrics.open.set(0.0);
        tracing::info!(peer = peer.name, "a service is there again");
    }
    if before == said {
        return;
    }
    if said == Health::Silent {
        // What is under way there may never come back.
        endpoint.lost.notify_waiters();
    }
    match (before, said) {
        (Health::Unknown, Health::Serving) => {}
        (_, Health::Serving) => {
            tracing::info!(peer = peer.name, address = %endpoint.address, "an instance serves again");
        }
        _ => {
            peer.doubted.notify_one();
            tracing::warn!(peer = peer.name, address = %endpoint.address, health = ?said, "an instance does not serve");
        }
    }
    peer.sort_out();
}

/// The way to one instance, past all choosing.
#[derive(Clone)]
struct Straight(Arc<Endpoint>);

impl Service<Request<Body>> for Straight {
    type Response = Response<Body>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let endpoint = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let message = body.collect().await?.to_bytes();
            let line = endpoint.calls();
            let head = addressed(line.link(), &head.uri, head.headers);
            let answer = line.send(head, message).await.map_err(|broken: Broken| broken.to_string())?;
            Ok(answer.map(Body::new))
        })
    }
}
