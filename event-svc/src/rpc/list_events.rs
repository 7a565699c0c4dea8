//! `ListEvents`: some events without their seats.

use tonic::Request;
use usher::contract::event::{ListEventsRequest, ListEventsResponse};

use super::{Events, decode, encode};
use crate::{error::Error, view};

pub async fn handle(service: &Events, request: Request<ListEventsRequest>) -> Result<ListEventsResponse, Error> {
    let ids = decode::event_ids(request.into_inner().event_ids)?;
    let events = view::list_events(&service.database, ids).await?;
    Ok(ListEventsResponse { events: events.into_iter().map(encode::listed).collect() })
}
