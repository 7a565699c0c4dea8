//! `BlockSeats`: house seats.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{BlockSeatsRequest, BlockSeatsResponse},
};

use super::{Booking, decode};
use crate::{box_office, error::Error, tickets::HOUSE_SEATS_MAX};

pub async fn handle(service: &Booking, request: Request<BlockSeatsRequest>) -> Result<BlockSeatsResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let tickets = decode::tickets(0, &body.ticket_ids, HOUSE_SEATS_MAX)?;
    let reason = decode::reason(body.reason)?;
    let (database, feed, block) = (service.database.clone(), service.feed.clone(), !body.unblock);
    let work = async move { box_office::block_seats(&database, &feed, caller.user_id, tickets, block, reason).await };
    let changed = service.queue.in_turn(work).await?;
    Ok(BlockSeatsResponse { changed: i32::try_from(changed).unwrap_or(i32::MAX) })
}
