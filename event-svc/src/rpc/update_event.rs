//! `UpdateEvent`: an admin makes or changes an event.

use tonic::Request;
use usher::contract::{
    access::Access,
    event::{UpdateEventRequest, UpdateEventResponse},
};

use super::{Events, decode, encode};
use crate::{
    board::Board,
    edit_event::{change_event, create_event},
    error::Error,
    event::NewEvent,
    view,
};

pub async fn handle(service: &Events, request: Request<UpdateEventRequest>) -> Result<UpdateEventResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let id = if body.event_id == 0 { None } else { Some(decode::event_id(body.event_id)?) };
    let (details, fixed) = decode::event(body)?;
    let id = match id {
        None => create_event(&service.database, NewEvent::new(details, fixed, service.default_price)?).await?,
        Some(id) => {
            change_event(&service.database, id, details, fixed).await?;
            id
        }
    };
    service.live.edited(id);
    let board = Board::new(view::find_edited_event(&service.database, id).await?);
    Ok(UpdateEventResponse { event: Some(encode::event(&board)) })
}
