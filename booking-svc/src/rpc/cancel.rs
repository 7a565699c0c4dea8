//! Cancel: gives a booking or some of its seats back.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        account::Role,
        booking::{CancelRequest, CancelResponse},
    },
    id::EventId,
    serving::Deadline,
};

use super::{Booking, decode, encode};
use crate::{cancel::Cancellation, checkout::WAIT_MAX, error::Error, tickets::CUSTOMER_SEATS_MAX, token};

pub async fn handle(service: &Booking, request: Request<CancelRequest>) -> Result<CancelResponse, Error> {
    let (metadata, extensions, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, &body.auth_token, body.user_id).await?;
    let (event, booking) = token::parse_booking(&body.booking_id).ok_or(Error::UnknownBooking)?;
    let asked = Cancellation {
        user_id: caller.user_id,
        by_house: caller.role == Role::Admin,
        event,
        booking,
        ticket_ids: ticket_ids(event, &body.ticket_ids)?,
        reason: decode::reason(body.reason)?,
        request_id: decode::request_id(body.request_id)?,
    };
    let left = extensions.get::<Deadline>().map_or(WAIT_MAX, |deadline| deadline.left_to_work());
    let (view, quote) = service.checkout.cancel(asked, left).await?;
    let booking = Some(encode::booking(view, &service.tickets_key)?);
    Ok(CancelResponse { booking, refund_amount: quote.refund, fee: quote.fee })
}

/// The seats that are named; none are all.
fn ticket_ids(event: EventId, named: &[i64]) -> Result<Vec<i64>, Error> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let tickets = decode::tickets(0, named, CUSTOMER_SEATS_MAX)?;
    match tickets.event() == event {
        true => Ok(tickets.numbers()),
        false => Err(Error::NotBooked("the booking does not have that seat")),
    }
}
