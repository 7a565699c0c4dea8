//! The contract's service; delegates only.

mod decode;
mod encode;
mod get_event;
mod list_theaters;
mod update_event;
mod update_theater;
mod update_ticket;

use tokio_stream::Empty;
use tonic::{Request, Response, Status, async_trait};
use usher::{
    contract::event::{
        GetEventRequest, GetEventResponse, ListTheatersRequest, ListTheatersResponse, UpdateEventRequest,
        UpdateEventResponse, UpdateTheaterRequest, UpdateTheaterResponse, UpdateTicketRequest, UpdateTicketResponse,
        WatchSeatsRequest, WatchSeatsResponse, event_service_server::EventService,
    },
    database::Database,
    identity::Keys,
    reason::{Reason, Refusal},
};

/// What the RPCs work with.
pub struct Events {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) default_price: i64,
}

#[async_trait]
impl EventService for Events {
    type WatchSeatsStream = Empty<Result<WatchSeatsResponse, Status>>;

    async fn get_event(&self, request: Request<GetEventRequest>) -> Result<Response<GetEventResponse>, Status> {
        Ok(Response::new(get_event::handle(self, request).await?))
    }

    async fn watch_seats(&self, _: Request<WatchSeatsRequest>) -> Result<Response<Self::WatchSeatsStream>, Status> {
        let message = "WatchSeats is not available yet: ask GetEvent again for the seats as they stand";
        Err(Refusal::new(Reason::Unimplemented, message).into())
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

    async fn update_ticket(
        &self,
        request: Request<UpdateTicketRequest>,
    ) -> Result<Response<UpdateTicketResponse>, Status> {
        Ok(Response::new(update_ticket::handle(self, request).await?))
    }
}
