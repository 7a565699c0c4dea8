//! `WatchSeats`: an event's seats, and each change as it happens.

use tonic::Request;
use usher::contract::event::WatchSeatsRequest;

use super::{Events, decode};
use crate::{error::Error, live::Watcher};

pub async fn handle(service: &Events, request: Request<WatchSeatsRequest>) -> Result<Watcher, Error> {
    let WatchSeatsRequest { event_id, after_version } = request.into_inner();
    let id = decode::event_id(event_id)?;
    if after_version < 0 {
        return Err(Error::field("after_version", "must be 0, or the version of a message of an earlier stream"));
    }
    service.live.watch(id, after_version).await
}
