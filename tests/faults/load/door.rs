//! The two ways in: gRPC to a booking service, and REST through the edge. Each call has one of three ends for its caller.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tonic::{Code, Request, Response, Status, transport::Channel};
use usher::{
    channel,
    contract::booking::{
        BlockSeatsRequest, BlockSeatsResponse, BookRequest, BookResponse, CancelRequest, CancelResponse,
        GetBookingRequest, GetBookingResponse, ReleaseRequest, ReleaseResponse, ReseatRequest, ReseatResponse,
        ReserveBestRequest, ReserveBestResponse, ReserveRequest, ReserveResponse, SellAtDoorRequest,
        SellAtDoorResponse, booking_service_client::BookingServiceClient,
    },
    reason::{self, Reason},
};

use crate::{harness::Front, story::Answer};

/// How long a caller waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where a client calls. A fresh one has a connection of its own.
#[derive(Debug, Clone)]
pub enum Door {
    Service(BookingServiceClient<Channel>),
    Edge { http: reqwest::Client, front: Front },
}

/// Why there is no answer to read: what is written down of it.
pub type Failure = Answer;

impl Door {
    /// The door of a booking service.
    pub fn service(url: &str) -> Self {
        Self::Service(BookingServiceClient::new(channel::lazy(url).unwrap()))
    }

    /// The edges.
    pub fn edge(front: &Front) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self::Edge { http, front: front.clone() }
    }

    pub async fn reserve(self, token: &str, message: ReserveRequest) -> Result<ReserveResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.reserve(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/reserve", token, &message).await,
        }
    }

    pub async fn book(self, token: &str, message: BookRequest) -> Result<BookResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.book(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/book", token, &message).await,
        }
    }

    pub async fn release(self, token: &str, message: ReleaseRequest) -> Result<ReleaseResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.release(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/release", token, &message).await,
        }
    }

    pub async fn reserve_best(self, token: &str, message: ReserveBestRequest) -> Result<ReserveBestResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.reserve_best(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/reserve/best", token, &message).await,
        }
    }

    pub async fn cancel(self, token: &str, message: CancelRequest) -> Result<CancelResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.cancel(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/cancel", token, &message).await,
        }
    }

    pub async fn sell(self, token: &str, message: SellAtDoorRequest) -> Result<SellAtDoorResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.sell_at_door(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/boxoffice/sell", token, &message).await,
        }
    }

    pub async fn block(self, token: &str, message: BlockSeatsRequest) -> Result<BlockSeatsResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.block_seats(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/boxoffice/block", token, &message).await,
        }
    }

    pub async fn move_guest(self, token: &str, message: ReseatRequest) -> Result<ReseatResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.reseat(request(token, message)).await),
            Self::Edge { .. } => self.post("/v1/boxoffice/reseat", token, &message).await,
        }
    }

    pub async fn look(self, token: &str, message: GetBookingRequest) -> Result<GetBookingResponse, Failure> {
        match self {
            Self::Service(mut service) => read(service.get_booking(request(token, message)).await),
            Self::Edge { http, front } => {
                let path = format!("{}/v1/booking/{}", front.next(), message.booking_id);
                read_json(http.request(Method::GET, path).bearer_auth(token)).await
            }
        }
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, token: &str, message: &impl Serialize) -> Result<A, Failure> {
        let Self::Edge { http, front } = self else { panic!("a service is called by gRPC") };
        read_json(http.post(format!("{}{path}", front.next())).bearer_auth(token).json(message)).await
    }
}

fn request<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request.set_timeout(PATIENCE);
    request
}

fn read<A>(answered: Result<Response<A>, Status>) -> Result<A, Failure> {
    let status = match answered {
        Ok(response) => return Ok(response.into_inner()),
        Err(status) => status,
    };
    let text = status.to_string();
    Err(match reason::of(&status) {
        Some(reason) => refusal(reason, text),
        // What a broken connection is told as, by the client's own library.
        None if matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal) => {
            Answer::Unknown(text)
        }
        None => Answer::Defect(text),
    })
}

async fn read_json<A: DeserializeOwned>(request: RequestBuilder) -> Result<A, Failure> {
    let unheard = |error: reqwest::Error| Answer::Unknown(error.to_string());
    let response = request.send().await.map_err(unheard)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(unheard)?;
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(|error| Answer::Defect(error.to_string()));
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let details = body["details"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reason: Option<Reason> = details.iter().find_map(|detail| detail["reason"].as_str()?.parse().ok());
    let text = format!("{status}: {body}");
    Err(match reason {
        Some(reason) => refusal(reason, text),
        None => Answer::Defect(text),
    })
}

fn refusal(reason: Reason, text: String) -> Answer {
    match reason {
        Reason::Unavailable | Reason::DeadlineExceeded => Answer::Unknown(text),
        Reason::Internal | Reason::Unimplemented | Reason::InvalidArgument | Reason::UnknownPath => {
            Answer::Defect(text)
        }
        reason => Answer::Refused(reason),
    }
}
