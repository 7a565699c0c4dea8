//! The contract's service; delegates only.

mod decode;
pub mod encode;
mod encoded;
mod get_event;
mod get_screen;
mod join_line;
mod list_events;
mod list_theaters;
mod update_event;
mod update_theater;
mod update_ticket;
mod watch_seats;

pub use encoded::service;

use futures::{StreamExt as _, stream::BoxStream};
use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};
use usher::{
    contract::event::{
        GetEventRequest, GetEventResponse, GetScreenRequest, GetScreenResponse, JoinLineRequest, JoinLineResponse,
        ListEventsRequest, ListEventsResponse, ListTheatersRequest, ListTheatersResponse, UpdateEventRequest,
        UpdateEventResponse, UpdateTheaterRequest, UpdateTheaterResponse, UpdateTicketRequest, UpdateTicketResponse,
        WatchSeatsRequest, WatchSeatsResponse, event_service_server::EventService,
    },
    database::Database,
    identity::Keys,
    pass::PassKeys,
};

use crate::{line::Lines, live::Live};

/// What the RPCs work with.
pub struct Events {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) live: Live,
    pub(crate) default_price: i64,
    pub(crate) passes: PassKeys,
    /// `None` without a Redis.
    pub(crate) lines: Option<Lines>,
}

#[async_trait]
impl EventService for Events {
    type WatchSeatsStream = BoxStream<'static, Result<WatchSeatsResponse, Status>>;

    async fn get_event(&self, request: Request<GetEventRequest>) -> Result<Response<GetEventResponse>, Status> {
        // Not asked: `encoded` answers these two, with the same bytes undecoded.
        let encoded = get_event::handle(self, request).await?.into_inner();
        GetEventResponse::decode(encoded.message())
            .map(Response::new)
            .map_err(|error| Status::internal(error.to_string()))
    }

    async fn watch_seats(
        &self,
        request: Request<WatchSeatsRequest>,
    ) -> Result<Response<Self::WatchSeatsStream>, Status> {
        let decode = |encoded| WatchSeatsResponse::decode(encoded).map_err(|error| Status::internal(error.to_string()));
        let updates = watch_seats::handle(self, request).await?.into_stream();
        Ok(Response::new(updates.map(move |update| update.and_then(decode)).boxed()))
    }

    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        Ok(Response::new(list_events::handle(self, request).await?))
    }

    async fn get_screen(&self, request: Request<GetScreenRequest>) -> Result<Response<GetScreenResponse>, Status> {
        Ok(Response::new(get_screen::handle(self, request).await?))
    }

    async fn list_theaters(
        &self,
        request: Request<ListTheatersRequest>,
    ) -> Result<Response<ListTheatersResponse>, Status> {
        Ok(Response::new(list_theaters::handle(self, request).await?))
    }

    async fn update_theater(
        &self,
        request: Request<UpdateTheaterRequest>,
    ) -> Result<Response<UpdateTheaterResponse>, Status> {
        Ok(Response::new(update_theater::handle(self, request).await?))
    }

    async fn update_event(
        &self,
        request: Request<UpdateEventRequest>,
    ) -> Result<Response<UpdateEventResponse>, Status> {
        Ok(Response::new(update_event::handle(self, request).await?))
    }

    async fn join_line(&self, request: Request<JoinLineRequest>) -> Result<Response<JoinLineResponse>, Status> {
        Ok(Response::new(join_line::handle(self, request).await?))
    }

    async fn update_ticket(
        &self,
        request: Request<UpdateTicketRequest>,
    ) -> Result<Response<UpdateTicketResponse>, Status> {
        Ok(Response::new(update_ticket::handle(self, request).await?))
    }
}
