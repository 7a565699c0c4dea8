//! Reseat: moves a guest.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{ReseatRequest, ReseatResponse},
    },
    id::TicketId,
    reason::Refusal,
};

use super::{Booking, decode, encode};
use crate::{
    box_office::{Move, reseat},
    error::Error,
    tickets::TicketsError,
    token,
};

pub async fn handle(service: &Booking, request: Request<ReseatRequest>) -> Result<ReseatResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let (event, booking) = token::parse_booking(&body.booking_id).ok_or(Error::UnknownBooking)?;
    let from = ticket("from_ticket_id", body.from_ticket_id)?;
    let to = ticket("to_ticket_id", body.to_ticket_id)?;
    if from.event() != event || to.event() != event || from == to {
        return Err(Refusal::field("to_ticket_id", "must be another seat of the booking's event").into());
    }
    let reason = decode::reason(body.reason)?;
    let (database, moving) = (service.database.clone(), Move { admin_id: caller.user_id, booking, from, to, reason });
    let feed = service.feed.clone();
    service.queue.in_turn(async move { reseat(&database, &feed, moving).await }).await?;
    let view = service.checkout.find(event, booking, None).await?;
    Ok(ReseatResponse { booking: Some(encode::booking(view, &service.tickets_key)?) })
}

fn ticket(field: &'static str, id: i64) -> Result<TicketId, Error> {
    TicketId::new(id).ok_or(Error::Tickets(field, TicketsError::Unknown(id)))
}
