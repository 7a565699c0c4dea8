//! Reserve: holds seats, through the queue.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{ReserveRequest, ReserveResponse},
};
use uuid::Uuid;

use super::{Booking, decode, encode};
use crate::{error::Error, reserve::Wish, tickets::CUSTOMER_SEATS_MAX, token};

pub async fn handle(service: &Booking, request: Request<ReserveRequest>) -> Result<ReserveResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, &body.auth_token, body.user_id).await?;
    let tickets = decode::tickets(body.ticket_id, &body.ticket_ids, CUSTOMER_SEATS_MAX)?;
    let reservation = match decode::request_id(body.request_id)? {
        Some(request_id) => token::request("reserve", tickets.event(), caller.user_id, &request_id),
        None => Uuid::new_v4(),
    };
    let pass_until = service.pass_until(&body.pass, tickets.event(), caller.user_id);
    let wish = Wish { user_id: caller.user_id, tickets, reservation, pass_until };
    let reservation = service.queue.reserve(wish).await?;
    Ok(ReserveResponse { reservation: Some(encode::reservation(&reservation)) })
}
