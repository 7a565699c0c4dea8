//! `CheckIn`: the door.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{CheckInRequest, CheckInResponse},
};

use super::{Booking, encode};
use crate::{admission::check_in, error::Error};

pub async fn handle(service: &Booking, request: Request<CheckInRequest>) -> Result<CheckInResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Scanner, &metadata, "", 0).await?;
    let admitted = check_in(&service.database, &service.tickets_key, &body.token, caller.user_id).await?;
    Ok(CheckInResponse {
        event_id: admitted.ticket.event().get(),
        ticket_id: admitted.ticket.get(),
        seat_number: admitted.seat_number,
        admitted_at: Some(encode::timestamp(admitted.at)),
    })
}
