//! `SellAtDoor`: cash and complimentary tickets.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{SellAtDoorRequest, SellAtDoorResponse, sell_at_door_request::Payment},
    },
    reason::Refusal,
};

use super::{Booking, decode, encode};
use crate::{
    booking::Channel,
    box_office::{Sale, sell},
    error::Error,
    tickets::CUSTOMER_SEATS_MAX,
};

pub async fn handle(service: &Booking, request: Request<SellAtDoorRequest>) -> Result<SellAtDoorResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let channel = match body.payment() {
        Payment::Cash => Channel::Cash,
        Payment::Complimentary => Channel::Complimentary,
        Payment::Unspecified => return Err(Refusal::field("payment", "must be CASH or COMPLIMENTARY").into()),
    };
    if body.user_id < 0 {
        return Err(Refusal::field("user_id", "must be an account's id, or left out").into());
    }
    let tickets = decode::tickets(0, &body.ticket_ids, CUSTOMER_SEATS_MAX)?;
    let event = tickets.event();
    let sale = Sale {
        admin_id: caller.user_id,
        user_id: Some(body.user_id).filter(|&id| id != 0),
        tickets,
        channel,
        reason: decode::reason(body.reason)?,
        request_id: decode::request_id(body.request_id)?,
    };
    let (database, feed) = (service.database.clone(), service.feed.clone());
    let id = service.queue.in_turn(async move { sell(&database, &feed, sale).await }).await?;
    let view = service.checkout.find(event, id, None).await?;
    Ok(SellAtDoorResponse { booking: Some(encode::booking(view, &service.tickets_key)?) })
}
