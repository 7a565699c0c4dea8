//! `GetEvent`: one event with its seats.

use tonic::Request;
use usher::contract::event::{GetEventRequest, GetEventResponse};

use super::{Events, decode, encode};
use crate::{error::Error, view};

pub async fn handle(service: &Events, request: Request<GetEventRequest>) -> Result<GetEventResponse, Error> {
    let id = decode::event_id(request.into_inner().event_id)?;
    let seat_map = view::find_event(&service.database, id).await?;
    let event = Some(encode::event(&seat_map));
    Ok(GetEventResponse { event, tickets: seat_map.tickets.into_iter().map(encode::ticket).collect() })
}
