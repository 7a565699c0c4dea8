//! Release: gives a hold up.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{ReleaseRequest, ReleaseResponse},
    },
    reason::Refusal,
};

use super::Booking;
use crate::{error::Error, release::release, token};

pub async fn handle(service: &Booking, request: Request<ReleaseRequest>) -> Result<ReleaseResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, &body.auth_token, body.user_id).await?;
    let (reservation, tickets) = token::parse_reservation(&body.reservation_id)
        .ok_or_else(|| Refusal::field("reservation_id", "must be the id that Reserve answered (rsv_…)"))?;
    let freed = release(&service.database, &service.feed, caller.user_id, reservation, tickets).await?;
    Ok(ReleaseResponse { ticket_ids: freed.iter().map(|ticket| ticket.get()).collect() })
}
