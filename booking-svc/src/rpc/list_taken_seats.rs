//! `ListTakenSeats`: who has an event's seats.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{ListTakenSeatsRequest, ListTakenSeatsResponse},
};

use super::{Booking, decode, encode};
use crate::{error::Error, store::sales};

pub async fn handle(
    service: &Booking,
    request: Request<ListTakenSeatsRequest>,
) -> Result<ListTakenSeatsResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let event = decode::event(body.event_id)?;
    let taken = service.database.read(move |conn| Box::pin(sales::list_taken(conn, event))).await?;
    let seats = taken.into_iter().map(|(ticket, taker)| encode::taken_seat(event, ticket, taker));
    Ok(ListTakenSeatsResponse { seats: seats.collect() })
}
