//! `JoinLine`: a place in an event's waiting room, and the pass of whoever was let in.

use std::time::Duration;

use chrono::DateTime;
use tonic::Request;
use usher::{
    contract::{
        access::Access,
        event::{JoinLineRequest, JoinLineResponse, join_line_response::Status},
    },
    pass::Bearer,
};

use super::{Events, decode};
use crate::{error::Error, place::Place};

pub async fn handle(service: &Events, request: Request<JoinLineRequest>) -> Result<JoinLineResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, "", 0).await?;
    let event = decode::event_id(body.event_id)?;
    let Some(room) = service.live.view(event).await?.waiting_room else {
        return Ok(JoinLineResponse { status: Status::Open.into(), ..JoinLineResponse::default() });
    };
    let bearer = Bearer { event, user_id: caller.user_id };
    let lot = service.passes.draw(bearer).ok_or_else(no_secret)?;
    let lines = service.lines.as_ref().ok_or_else(|| Error::NoLine("REDIS_URL is not set".to_owned()))?;
    let place = Place::new(
        lines.enter(bearer, room, lot).await.map_err(|error| Error::NoLine(error.to_string()))?,
        room,
        lines.pass_for(),
    );
    encode(service, bearer, &place)
}

fn encode(service: &Events, bearer: Bearer, place: &Place) -> Result<JoinLineResponse, Error> {
    let answer = JoinLineResponse { ask_again_seconds: seconds(place.ask_again()), ..JoinLineResponse::default() };
    Ok(match place {
        Place::Early { opens_at, wait } => JoinLineResponse {
            status: Status::Early.into(),
            opens_at: Some((*opens_at).into()),
            estimated_wait_seconds: seconds(*wait),
            ..answer
        },
        Place::Waiting { position, wait } => JoinLineResponse {
            status: Status::Waiting.into(),
            position: i64::try_from(*position).unwrap_or(i64::MAX),
            estimated_wait_seconds: seconds(*wait),
            ..answer
        },
        Place::Admitted { until } => JoinLineResponse {
            status: Status::Admitted.into(),
            pass: service.passes.sign(bearer, *until).ok_or_else(no_secret)?,
            pass_expires_at: DateTime::from_timestamp(*until, 0).map(Into::into),
            ..answer
        },
    })
}

fn no_secret() -> Error {
    Error::NoLine("WAITING_ROOM_SECRETS is not set".to_owned())
}

/// Rounded up: who asks again is not too early.
fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(i32::MAX)
}
