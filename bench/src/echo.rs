//! A service that does nothing but answer: every Reserve is granted at once, with the same bytes. What is in front of it is
//! then all there is to measure.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::{FutureExt as _, TryStreamExt as _, future::BoxFuture};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use tonic::{
    body::Body,
    codegen::Service,
    server::NamedService,
    transport::{Server, server::TcpIncoming},
};
use usher::{
    contract::booking::{Reservation, ReserveResponse},
    corked::Corked,
};

use crate::error::Error;

/// The service, which ends when it is dropped.
pub struct Echo {
    /// Its URL.
    pub url: String,
    _server: AbortOnDropHandle<Result<(), tonic::transport::Error>>,
}

impl Echo {
    /// Starts it on a free port.
    pub async fn start() -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_service_status(Granting::NAME, tonic_health::ServingStatus::Serving).await;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true)).map_ok(Corked::new);
        let server =
            Server::builder().add_service(health_service).add_service(Granting::new()).serve_with_incoming(incoming);
        Ok(Self { url, _server: AbortOnDropHandle::new(tokio::spawn(server)) })
    }
}

/// Grants.
#[derive(Clone)]
struct Granting(Bytes);

impl Granting {
    fn new() -> Self {
        let reservation = Reservation {
            reservation_id: "rsv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            event_id: 1,
            ticket_ids: vec![1 << usher::id::SEAT_BITS],
            amount: 4_500,
            currency: "EUR".to_owned(),
            expires_at: Some(pbjson_types::Timestamp { seconds: 4_000_000_000, nanos: 0 }),
        };
        let message = ReserveResponse { reservation: Some(reservation) }.encode_to_vec();
        let mut framed = BytesMut::new();
        framed.put_u8(0);
        // Some eighty bytes.
        framed.put_u32(u32::try_from(message.len()).unwrap_or_default());
        framed.put_slice(&message);
        Self(framed.freeze())
    }
}

impl NamedService for Granting {
    const NAME: &'static str = "usher.booking.v1.BookingService";
}

impl Service<http::Request<Body>> for Granting {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let granted = self.0.clone();
        async move {
            // All of it, as a service that reads it would.
            let _asked = request.into_body().collect().await;
            let granted = Full::new(granted).with_trailers(async {
                Some(Ok(HeaderMap::from_iter([(
                    http::HeaderName::from_static("grpc-status"),
                    HeaderValue::from_static("0"),
                )])))
            });
            let mut response = http::Response::new(Body::new(granted));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            Ok(response)
        }
        .boxed()
    }
}
