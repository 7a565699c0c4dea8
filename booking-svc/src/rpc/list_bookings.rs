//! `ListBookings`: the caller's bookings, a page at a time.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{ListBookingsRequest, ListBookingsResponse},
    },
    reason::Refusal,
};

use super::{Booking, encode};
use crate::error::Error;

const PAGE_SIZE: i64 = 30;
const PAGE_MAX: i32 = 10_000;

pub async fn handle(service: &Booking, request: Request<ListBookingsRequest>) -> Result<ListBookingsResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, "", body.user_id).await?;
    let page = match body.page {
        0 => 1,
        page @ 1..=PAGE_MAX => page,
        _ => return Err(Refusal::field("page", "must be 1 to 10,000").into()),
    };
    let (found, total) = service.checkout.list(caller.user_id, PAGE_SIZE, i64::from(page - 1) * PAGE_SIZE).await?;
    let bookings = found.into_iter().map(|view| encode::booking(view, &service.tickets_key));
    Ok(ListBookingsResponse {
        bookings: bookings.collect::<Result<_, _>>()?,
        page,
        total_pages: i32::try_from((total + PAGE_SIZE - 1) / PAGE_SIZE).unwrap_or(i32::MAX),
        total_count: total,
    })
}
