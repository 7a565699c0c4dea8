//! `CheckIn`: the door.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{CheckInRequest, CheckInResponse},
    },
    id::EventId,
    reason::Refusal,
};

use super::{Booking, encode};
use crate::{admission::check_in, error::Error};

pub async fn handle(service: &Booking, request: Request<CheckInRequest>) -> Result<CheckInResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Scanner, &metadata, "", 0).await?;
    let event = match body.event_id {
        0 => None,
        id => Some(EventId::new(id).ok_or_else(|| Refusal::field("event_id", "must be an event's id, or left out"))?),
    };
    let admitted = check_in(&service.database, &service.admitting_keys, &body.token, event, caller.user_id).await?;
    Ok(CheckInResponse {
        event_id: admitted.ticket.event().get(),
        ticket_id: admitted.ticket.get(),
        seat_number: admitted.seat_number,
        admitted_at: Some(encode::timestamp(admitted.at)),
    })
}
