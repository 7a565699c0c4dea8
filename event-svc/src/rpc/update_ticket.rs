//! `UpdateTicket`: an admin adds seats and reprices them.

use tonic::Request;
use usher::contract::{
    access::Access,
    event::{UpdateTicketRequest, UpdateTicketResponse},
};

use super::{Events, decode, encode};
use crate::{edit_tickets::edit_tickets, error::Error};

pub async fn handle(service: &Events, request: Request<UpdateTicketRequest>) -> Result<UpdateTicketResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let id = decode::event_id(body.event_id)?;
    let edited = edit_tickets(&service.database, id, decode::ticket_list(&body.ticket_list)?).await?;
    service.live.edited(id);
    Ok(UpdateTicketResponse { updated: encode::count(edited.updated), added: encode::count(edited.added) })
}
