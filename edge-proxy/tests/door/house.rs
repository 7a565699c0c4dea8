//! The services behind the edge: they answer what the request tells them to, and remember what reached them.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, codegen::BoxStream, metadata::MetadataMap, transport::Server};
use tonic_types::StatusExt as _;
use usher::{
    contract::{
        account::{self, account_service_server as accounts},
        api::HttpBody,
        booking::{self, booking_service_server as bookings},
        event::{self, event_service_server as events},
        search::{self, search_service_server as searches},
    },
    reason::{Reason, Refusal},
    signing::SigningKey,
};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// What reached the services last.
#[derive(Debug, Default)]
pub struct Seen {
    pub metadata: MetadataMap,
    pub search: search::SearchRequest,
    pub reserve: booking::ReserveRequest,
    pub update: event::UpdateEventRequest,
    pub callback: HttpBody,
    pub ticket: booking::GetTicketRequest,
    pub watch: event::WatchSeatsRequest,
}

/// All four services.
#[derive(Debug, Clone)]
pub struct House {
    /// The keys that are published; the first one signs.
    pub keys: Arc<Mutex<Vec<Arc<SigningKey>>>>,
    /// How often somebody asked for them.
    pub keys_asked: Arc<AtomicUsize>,
    pub seen: Arc<Mutex<Seen>>,
}

impl House {
    /// Serves until the handle is aborted.
    pub async fn open(key: Arc<SigningKey>) -> (Self, SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = Arc::new(Mutex::new(vec![key]));
        let house = Self { keys, keys_asked: Arc::default(), seen: Arc::default() };
        let (_, health) = tonic_health::server::health_reporter();
        let server = Server::builder()
            .add_service(health)
            .add_service(accounts::AccountServiceServer::new(house.clone()))
            .add_service(bookings::BookingServiceServer::new(house.clone()))
            .add_service(events::EventServiceServer::new(house.clone()))
            .add_service(searches::SearchServiceServer::new(house.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        (house, address, tokio::spawn(async move { server.await.unwrap() }))
    }

    fn see(&self, metadata: &MetadataMap, note: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap();
        seen.metadata = metadata.clone();
        note(&mut seen);
    }
}

/// A service: the RPCs that are written out, and the rest, which are not built.
macro_rules! service {
    ($service:path, { $($written:tt)* }, $of:ident: $($name:ident $request:ident $response:ident),*) => {
        #[tonic::async_trait]
        impl $service for House {
            $($written)*
            $(async fn $name(&self, _: Request<$of::$request>) -> Result<Response<$of::$response>, Status> {
                Err(Status::unimplemented("usher::house::inside is not built"))
            })*
        }
    };
}

service!(searches::SearchService, {
    async fn search(
        &self,
        request: Request<search::SearchRequest>,
    ) -> Result<Response<search::SearchResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.search = request.clone());
        let taken = || Refusal::new(Reason::SeatTaken, "seat 7 is taken").with("ticket_id", 7);
        match request.query.as_deref().unwrap_or_default() {
            "taken" => Err(taken().into()),
            "twice wrong" => Err(Refusal::fields(vec![
                ("page".to_owned(), "must be 1 or more".to_owned()),
                ("to".to_owned(), "must be after from".to_owned()),
            ]).into()),
            "busy" => Err(Refusal::unavailable("come back later", Duration::from_millis(1_500)).into()),
            "limited" => Err(Refusal::new(Reason::RateLimited, "too fast").retry_after(Duration::from_secs(3)).into()),
            "leak" => Err(Status::internal("relation \"tickets\" does not exist at 10.0.0.7")),
            "foreign" => Err(Status::with_error_details(
                tonic::Code::Aborted,
                "10.0.0.7 says no",
                tonic_types::ErrorDetails::with_error_info("SEAT_TAKEN", "elsewhere", std::collections::HashMap::new()),
            )),
            "bare" => Err(Status::permission_denied("role of 10.0.0.7")),
            "slow" => {
                tokio::time::sleep(FOR_EVER).await;
                Err(taken().into())
            }
            "large" => {
                let large = event::Event { description: "x".repeat(6 << 20), ..event::Event::default() };
                Ok(search::SearchResponse { events: vec![large], ..search::SearchResponse::default() }.into())
            }
            _ => {
                let found = event::Event {
                    event_id: i64::MAX,
                    event_name: request.query.unwrap_or_default(),
                    start_time: request.from,
                    ..event::Event::default()
                };
                let page = search::SearchResponse { events: vec![found], page: 1, ..search::SearchResponse::default() };
                Ok(page.into())
            }
        }
    }
}, search: suggest SuggestRequest SuggestResponse);

service!(events::EventService, {
    type WatchSeatsStream = BoxStream<event::WatchSeatsResponse>;

    async fn watch_seats(
        &self,
        request: Request<event::WatchSeatsRequest>,
    ) -> Result<Response<Self::WatchSeatsStream>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.watch = request);
        let version = |version| Ok(event::WatchSeatsResponse { version, ..event::WatchSeatsResponse::default() });
        let broken = Err(Refusal::new(Reason::UnknownEvent, "the event is gone").into());
        Ok(Response::new(match request.event_id {
            1 => stream::iter([version(1), version(2)]).boxed(),
            2 => stream::iter([version(1), broken]).boxed(),
            3 => stream::iter([version(1)]).chain(stream::pending()).boxed(),
            4 => stream::pending().boxed(),
            5 => stream::iter([version(1), Err(Status::internal("inside"))]).boxed(),
            _ => return Err(Status::unimplemented("usher::house::inside is not built")),
        }))
    }

    /// An event whose description is as long as its id says.
    async fn get_event(
        &self,
        request: Request<event::GetEventRequest>,
    ) -> Result<Response<event::GetEventResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |_| {});
        let description = "x".repeat(usize::try_from(request.event_id).unwrap());
        let event = event::Event { event_id: request.event_id, description, ..event::Event::default() };
        let mut answer = Response::new(event::GetEventResponse { event: Some(event), ..event::GetEventResponse::default() });
        answer.metadata_mut().insert("etag", "\"a tag\"".parse().unwrap());
        answer.metadata_mut().insert("cache-control", "public, max-age=1".parse().unwrap());
        Ok(answer)
    }

    async fn update_event(
        &self,
        request: Request<event::UpdateEventRequest>,
    ) -> Result<Response<event::UpdateEventResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.update = request);
        Ok(event::UpdateEventResponse::default().into())
    }
}, event:
    list_events ListEventsRequest ListEventsResponse,
    get_screen GetScreenRequest GetScreenResponse,
    list_theaters ListTheatersRequest ListTheatersResponse,
    update_theater UpdateTheaterRequest UpdateTheaterResponse,
    update_ticket UpdateTicketRequest UpdateTicketResponse,
    join_line JoinLineRequest JoinLineResponse
);

service!(accounts::AccountService, {
    async fn log_in(
        &self,
        request: Request<account::LogInRequest>,
    ) -> Result<Response<account::LogInResponse>, Status> {
        self.see(request.metadata(), |_| ());
        Ok(account::LogInResponse { auth_token: "fresh".to_owned(), ..account::LogInResponse::default() }.into())
    }

    async fn get_jwks(
        &self,
        _: Request<account::GetJwksRequest>,
    ) -> Result<Response<account::GetJwksResponse>, Status> {
        self.keys_asked.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.lock().unwrap().clone();
        let keys = keys.iter().map(|key| account::JsonWebKey {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: key.public().x.clone(),
            kid: key.public().kid.clone(),
            r#use: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
        });
        Ok(account::GetJwksResponse { keys: keys.collect() }.into())
    }
}, account:
    sign_up SignUpRequest SignUpResponse,
    log_in_oidc LogInOidcRequest LogInOidcResponse,
    refresh RefreshRequest RefreshResponse,
    log_out LogOutRequest LogOutResponse,
    list_ended_sessions ListEndedSessionsRequest ListEndedSessionsResponse,
    get_me GetMeRequest GetMeResponse
);

service!(bookings::BookingService, {
    async fn reserve(
        &self,
        request: Request<booking::ReserveRequest>,
    ) -> Result<Response<booking::ReserveResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.reserve = request);
        Ok(booking::ReserveResponse::default().into())
    }

    async fn payment_callback(
        &self,
        request: Request<booking::PaymentCallbackRequest>,
    ) -> Result<Response<booking::PaymentCallbackResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.callback = request.payload.unwrap());
        Ok(booking::PaymentCallbackResponse { received: true }.into())
    }

    /// A body of the kind that `booking_id` names, with every byte in it.
    async fn get_ticket(&self, request: Request<booking::GetTicketRequest>) -> Result<Response<HttpBody>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.see(&metadata, |seen| seen.ticket = request.clone());
        let content_type = match request.booking_id.as_str() {
            "none" => return Err(Refusal::new(Reason::UnknownBooking, "there is no such booking").into()),
            "untyped" => String::new(),
            "two-lines" => "text/html\r\nset-cookie: a=b".to_owned(),
            named => named.to_owned(),
        };
        Ok(HttpBody { content_type, data: (0..=255).collect(), extensions: Vec::new() }.into())
    }
}, booking:
    get_ticket_keys GetTicketKeysRequest GetTicketKeysResponse,
    reserve_best ReserveBestRequest ReserveBestResponse,
    release ReleaseRequest ReleaseResponse,
    book BookRequest BookResponse,
    get_booking GetBookingRequest GetBookingResponse,
    list_bookings ListBookingsRequest ListBookingsResponse,
    list_sales ListSalesRequest ListSalesResponse,
    list_taken_seats ListTakenSeatsRequest ListTakenSeatsResponse,
    find_bookings FindBookingsRequest FindBookingsResponse,
    cancel CancelRequest CancelResponse,
    block_seats BlockSeatsRequest BlockSeatsResponse,
    sell_at_door SellAtDoorRequest SellAtDoorResponse,
    reseat ReseatRequest ReseatResponse,
    settle_refund SettleRefundRequest SettleRefundResponse,
    check_in CheckInRequest CheckInResponse
);
