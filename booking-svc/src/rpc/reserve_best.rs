//! `ReserveBest`: holds seats that the server chooses.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{ReserveBestRequest, ReserveBestResponse},
};
use uuid::Uuid;

use super::{Booking, decode, encode};
use crate::{best::Wanted, best_round::BestWish, error::Error, token};

pub async fn handle(service: &Booking, request: Request<ReserveBestRequest>) -> Result<ReserveBestResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, &body.auth_token, body.user_id).await?;
    let event = decode::event(body.event_id)?;
    let wanted = Wanted {
        quantity: decode::quantity(body.quantity)?,
        max_price: decode::max_price(body.max_price)?,
        section: decode::section(body.section)?,
        allow_split: body.allow_split,
    };
    let request_id = decode::request_id(body.request_id)?;
    let named = request_id.map(|request_id| token::request("best", event, caller.user_id, &request_id));
    let wish = BestWish {
        user_id: caller.user_id,
        event,
        wanted,
        repeatable: named.is_some(),
        reservation: named.unwrap_or_else(Uuid::new_v4),
        pass_until: service.pass_until(&body.pass, event, caller.user_id),
    };
    let reservation = service.best_queue.reserve(wish).await?;
    Ok(ReserveBestResponse { reservation: Some(encode::reservation(&reservation)) })
}
