//! `GetBooking`: one booking, with its admissions.

use tonic::Request;
use usher::contract::{
    access::Access,
    account::Role,
    booking::{GetBookingRequest, GetBookingResponse},
};

use super::{Booking, encode};
use crate::{error::Error, token};

pub async fn handle(service: &Booking, request: Request<GetBookingRequest>) -> Result<GetBookingResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, "", 0).await?;
    let (event, id) = token::parse_booking(&body.booking_id).ok_or(Error::UnknownBooking)?;
    let owner = (caller.role != Role::Admin).then_some(caller.user_id);
    let view = service.checkout.find(event, id, owner).await?;
    Ok(GetBookingResponse { booking: Some(encode::booking(view, &service.tickets_key)?) })
}
