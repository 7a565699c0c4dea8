//! Book: pays for a hold.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        booking::{BookRequest, BookResponse},
    },
    reason::Refusal,
    serving::Deadline,
};
use uuid::Uuid;

use super::{Booking, decode, encode};
use crate::{
    checkout::WAIT_MAX,
    error::Error,
    order::Order,
    tickets::{CUSTOMER_SEATS_MAX, Tickets},
    token,
};

pub async fn handle(service: &Booking, request: Request<BookRequest>) -> Result<BookResponse, Error> {
    let (metadata, extensions, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, &body.auth_token, body.user_id).await?;
    let (reservation, tickets) = seats(&body)?;
    let order = Order {
        user_id: caller.user_id,
        tickets,
        reservation,
        payment_method: decode::payment_method(body.card_info.unwrap_or_default().payment_method)?,
        request_id: decode::request_id(body.request_id)?,
    };
    let left = extensions.get::<Deadline>().map_or(WAIT_MAX, |deadline| deadline.left_to_work());
    let view = service.checkout.book(order, left).await?;
    Ok(BookResponse { booking: Some(encode::booking(view, &service.tickets_key)?) })
}

/// The seats, named in one of three ways.
fn seats(body: &BookRequest) -> Result<(Option<Uuid>, Tickets), Error> {
    if body.reservation_id.is_empty() {
        return Ok((None, decode::tickets(body.ticket_id, &body.ticket_ids, CUSTOMER_SEATS_MAX)?));
    }
    if body.ticket_id != 0 || !body.ticket_ids.is_empty() {
        let wrong = "send reservation_id, ticket_id or ticket_ids, not several of them";
        return Err(Refusal::field("reservation_id", wrong).into());
    }
    let parsed = token::parse_reservation(&body.reservation_id)
        .ok_or_else(|| Refusal::field("reservation_id", "must be the id that Reserve answered (rsv_…)"))?;
    Ok((Some(parsed.0), parsed.1))
}
