//! `ListBookings`: the caller's bookings, a page at a time.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{ListBookingsRequest, ListBookingsResponse},
};

use super::{Booking, decode, encode};
use crate::error::Error;

pub async fn handle(service: &Booking, request: Request<ListBookingsRequest>) -> Result<ListBookingsResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, "", body.user_id).await?;
    let page = decode::page(body.page)?;
    let (found, total) = service.checkout.list(caller.user_id, page.size(), page.offset()).await?;
    let bookings = found.into_iter().map(|view| encode::booking(view, &service.tickets_key));
    Ok(ListBookingsResponse {
        bookings: bookings.collect::<Result<_, _>>()?,
        page: page.number(),
        total_pages: page.pages_for(total),
        total_count: total,
    })
}
